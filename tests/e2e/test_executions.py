"""Records and usage of a whole platform: from the guest's call to what its tenant's admin reads, and nobody else."""

import json
from typing import Any

from tests.e2e.test_configuration import eventually
from tests.platform import HttpAnswer, Platform

SECRET = "sk-live-do-not-record"


def read(platform: Platform, path: str, what: str, key: str = "demo-admin.key") -> HttpAnswer:
    name = path.removeprefix("/api/ext/")
    return platform.call(f"/api/v1/installs/{name}/{what}", key=key)


def record_of(platform: Platform, path: str, request_id: str, key: str = "demo-admin.key") -> Any:
    """The record of a call, which is there within a second or two."""
    eventually(lambda: read(platform, path, f"executions/{request_id}", key), lambda answer: answer.status == 200)
    return read(platform, path, f"executions/{request_id}", key).json()


def test_a_call_is_recorded_counted_and_read_by_its_tenant_alone(platform: Platform) -> None:
    path = platform.guest("storage")
    platform.guest("storage", tenant="bystander")
    for number, (method, status) in enumerate((("POST", 200), ("GET", 200), ("DELETE", 200), ("GET", 404))):
        headers = {"x-request-id": f"rec-{number}", "authorization": f"Bearer {platform.key('demo-caller.key')}"}
        headers |= {"cookie": SECRET, "user-agent": SECRET}
        body = b"value" if method == "POST" else None
        got = platform.call(f"{path}/run?token={SECRET}", method, body, headers=headers)
        assert got.status == status
    last = record_of(platform, path, "rec-3")
    assert (last["tenant_id"], last["method"], last["path"], last["status"], last["reason"]) == (
        *("demo", "GET", "/run"),
        404,
        None,
    )
    assert last["trigger"] == "http"
    assert last["usage"]["host_calls"] == {"storage": 1}
    assert last["usage"]["host_failures"] == [
        {"interface": "storage", "reason": "storage_key_missing", "blame": "guest", "count": 1}
    ]
    listed = read(platform, path, "executions?page_size=4")
    assert [one["request_id"] for one in listed.json()["executions"]] == [f"rec-{number}" for number in (3, 2, 1, 0)]
    # Neither headers nor bodies nor the query are there to be read.
    assert SECRET.encode() not in listed.body + json.dumps(last).encode()
    assert b"value" not in listed.body
    (today,) = read(platform, path, "usage?days=1").json()["days"]
    assert today["executions"] >= 4
    assert today["storage_bytes"] >= 10
    assert today["host_calls"]["storage"] >= 4

    # The other tenant's install of the same extension has done nothing, and knows nothing of these calls.
    admin = platform.admin("bystander")
    assert read(platform, path, "executions", admin).json()["executions"] == []
    assert read(platform, path, "usage", admin).json()["days"] == []
    assert read(platform, path, "executions/rec-0", admin).status == 404
    install_id = last["install_id"]
    assert platform.call(f"/api/v1/installs/{install_id}/executions", key=admin).status == 404
    assert read(platform, path, "executions", "demo-caller.key").status == 403


def test_a_guest_that_fails_is_recorded_with_the_blame(platform: Platform) -> None:
    path = platform.guest("trap")
    assert platform.call(f"{path}/run", headers={"x-request-id": "failed-1"}).status == 502
    found = record_of(platform, path, "failed-1")
    assert (found["status"], found["reason"], found["blame"]) == (None, "guest_trapped", "guest")
    (today,) = read(platform, path, "usage?days=1").json()["days"]
    assert (today["executions"], today["failures"], today["failures_by_blame"]) == (1, 1, {"guest": 1})


def test_what_a_guest_logs_is_kept_with_its_call(platform: Platform) -> None:
    path = platform.guest("log")
    assert platform.call(f"{path}/run", headers={"x-request-id": "logged-1"}).status == 200
    lines = record_of(platform, path, "logged-1")["lines"]
    assert [(line["level"], line["stream"], line["message"]) for line in lines] == [
        ("info", "log", "/run"),
        ("warn", "log", "a warning"),
        ("error", "log", "an error"),
    ]
