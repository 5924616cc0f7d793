"""What schemathesis cannot know of us: values of formats of our own, and streams that end only if they are told to."""

import json
import os

import schemathesis
from hypothesis import strategies as st

KNOWN = json.loads(os.environ["ALGA_KNOWN"])
FORMATS = {
    "page-token": st.just(""),
    "endpoint": st.just("POST /run"),
    "cron": st.integers(0, 59).map(lambda minute: f"{minute} 3 * * *"),
    "time-zone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"]),
    "destination": st.integers(0, 9_999).map(lambda number: f"https://api.example.com/v{number}"),
    "origin": st.just("https://api.example.com"),
    "header-name": st.sampled_from(["authorization", "x-token"]),
    "key-id": st.just(KNOWN["key_id"]),
}
for name, values in FORMATS.items():
    schemathesis.openapi.format(name, values)


@schemathesis.hook
def before_call(context, case, **kwargs):  # type: ignore[no-untyped-def]
    if case.operation.path == "/api/ext-debug/stream" and "seconds" not in (case.query or {}):
        case.query = {**(case.query or {}), "seconds": "1"}
    if isinstance(case.body, dict):
        # No schema can say that two of a list must not agree in some of their members.
        for field, names in (("credentials", ("origin", "header")), ("boxes", ("key_id",))):
            if isinstance(items := case.body.get(field), list) and all(isinstance(item, dict) for item in items):
                once = {json.dumps([item.get(name) for name in names], default=str): item for item in items}
                case.body = {**case.body, field: list(once.values())}
