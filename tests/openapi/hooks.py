"""What schemathesis cannot know of us: values of formats of our own, streams that end only if they are told to, what is staged.

Every request comes from a page of another origin, and every field of an answer has to be in the document.
"""

import hashlib
import json
import os
import re
import urllib.request
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

KNOWN = json.loads(os.environ["ALGA_KNOWN"])
DOCUMENT = json.loads(Path(KNOWN["document"]).read_text())
ORIGIN = KNOWN["origin"]
FORMATS = {
    "page-token": st.just(""),
    "endpoint": st.just("POST /run"),
    "cron": st.integers(0, 59).map(lambda minute: f"{minute} 3 * * *"),
    "time-zone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"]),
    "destination": st.integers(0, 9_999).map(lambda number: f"https://api.example.com/v{number}"),
    "origin": st.just("https://api.example.com"),
    "header-name": st.sampled_from(["authorization", "x-token"]),
    "tenant": st.just("demo"),
    "version": st.sampled_from(["1.0.0", "1.0.*"]),
    "host-of-ui": st.just("none.apps.example.com"),
    "key-id": st.just(KNOWN["key_id"]),
}
for name, values in FORMATS.items():
    schemathesis.openapi.format(name, values)


@schemathesis.hook
def before_call(context, case, **kwargs):  # type: ignore[no-untyped-def]
    case.headers = {**(case.headers or {}), "Origin": ORIGIN}
    query = case.query or {}
    if case.operation.path.endswith("/finalize") and case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        case.body = finalizing(case.body)
    if case.operation.path == "/api/ext-debug/stream" and str(query.get("seconds", 1)) in SECONDS:
        case.query = {**query, "seconds": "1"}
    if (
        case.operation.path.endswith("/upload-proxy")
        and str(query.get("size", "")).isdigit()
        and isinstance(case.body, bytes | str)
    ):
        case.query = {**query, "size": len(case.body)}
        if HASH.fullmatch(str(query.get("declaredHash", ""))):
            content = case.body.encode() if isinstance(case.body, str) else case.body
            case.query["declaredHash"] = hashlib.sha256(content).hexdigest()
    if isinstance(case.body, dict):
        for field, names in DISTINCT.items():
            case.body = {name: distinct(value, names) if name == field else value for name, value in case.body.items()}
        if isinstance(access := case.body.get("access"), dict) and "roles" in access:
            case.body = {**case.body, "access": {**access, "roles": distinct(access["roles"], ("role",))}}


@schemathesis.hook
def after_call(context, case, response):  # type: ignore[no-untyped-def]
    # Few of one caller may wait.
    if case.operation.path.endswith("/upload-proxy") and response.status_code == 200:
        asked("abort", json.dumps({"key": json.loads(response.content)["upload"]["key"]}).encode())


@schemathesis.check
def every_header_field_is_in_the_document(ctx, response, case):  # type: ignore[no-untyped-def]
    answers = DOCUMENT["paths"][case.operation.path].get(case.method.lower(), {}).get("responses", {})
    said = answers.get(str(response.status_code), answers.get("default"))
    if said is None:  # another method; or no request that a route gets: other checks judge whether that is right
        return
    if "$ref" in said:
        said = DOCUMENT["components"]["responses"][said["$ref"].rpartition("/")[2]]
    told = {name.lower() for name in said["headers"]} | OF_HTTP
    if "*/*" in said.get("content", {}) or case.method == "HEAD":
        told |= {name for name in response.headers if name.startswith("x-ext-")}
    assert not (more := set(response.headers) - told), f"{response.status_code} has fields that are not in the document: {more}"
    assert "access-control-allow-origin" in response.headers


def finalizing(body: Any) -> Any:
    """The same of an archive that waits: finalized once it is gone, and which ones wait no schema knows."""
    archive = Path(KNOWN["archive"]).read_bytes()
    upload = asked(f"upload-proxy?size={len(archive)}", archive)["upload"]["key"]
    real = {
        "key": upload,
        "size": len(archive),
        "declaredHash": hashlib.sha256(archive).hexdigest(),
        "manifestJson": KNOWN["manifest"],
    }
    return {name: real.get(name, value) if value is not None else None for name, value in body.items()}


def asked(what: str, body: bytes) -> Any:
    key = {"x-api-key": os.environ["ALGA_ADMIN_KEY"]}
    request = urllib.request.Request(f"{KNOWN['gateway']}/api/ext-bundles/{what}", body, key, method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


OF_HTTP = frozenset({"content-length", "content-type", "transfer-encoding", "connection", "date", "server"})
# No schema can say that two of a list must not agree in some of their members.
DISTINCT = {"credentials": ("origin", "header"), "boxes": ("key_id",)}
HASH = re.compile("(sha256:)?[0-9a-fA-F]{64}")
SECONDS = {str(number) for number in range(1, 3_601)}


def distinct(items: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return items
    return list({json.dumps([item.get(name) for name in names], default=str): item for item in items}.values())
