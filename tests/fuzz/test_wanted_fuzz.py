"""Bodies of `/v1/execute` of the reference's server: whatever comes is read or refused by name, and raises nothing else."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.compat import wanted
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from tests.fuzz.documents import Change, changed, changes, dumped

MOST = 1 << 20
WHOLE: dict[str, Any] = {
    "context": {"tenant_id": "a", "extension_id": "com.acme.a", "install_id": "i", "content_hash": Digest.of(b"x").hex},
    "http": {
        "method": "POST",
        "path": "/items/1",
        "query": {"a": "1", "b": ["2", "3"]},
        "headers": {"accept": "*/*", "x": ["y"]},
        "body_b64": "eA==",
    },
    "limits": {"timeout_ms": 5},
    "user": {
        "user_id": "u",
        "user_email": "e",
        "user_name": "n",
        "user_type": "internal",
        "company_name": "c",
        "additional_fields": {"k": "v"},
    },
}


def test_the_whole_is_read() -> None:
    found = wanted.read(dumped(WHOLE), MOST)
    assert (found.path, found.query, found.body, found.timeout_ms) == ("/items/1", "a=1&b=2&b=3", b"x", 5)
    assert found.headers == (("accept", "*/*"), ("x", "y"))
    assert found.user is not None
    assert (found.user.client_name, found.user.additional_fields) == ("c", (("k", "v"),))


def tried(body: bytes) -> None:
    try:
        wanted.read(body, MOST)
    except Fault as fault:
        assert fault.reason in {Reason.INVALID_ARGUMENT, Reason.HEADERS_TOO_LARGE}
        assert fault.violations


@given(changes)
def test_any_change_is_read_or_refused(edits: list[Change]) -> None:
    tried(dumped(changed(WHOLE, edits)))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    tried(body)
