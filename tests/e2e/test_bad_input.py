"""What bad input gets, through gateway, registry and runner."""

import pytest

from tests.platform import HttpAnswer, Platform

HELLO = "com.example.hello-python"


def seen(answer: HttpAnswer) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a client can tell two answers apart by, but for the date."""
    return answer.status, answer.body, sorted((k.lower(), v) for k, v in answer.headers.items() if k.lower() != "date")


def test_unknown_and_not_installed_are_the_same_to_the_byte(platform: Platform) -> None:
    guest = platform.guest("hello")
    name = guest.removeprefix("/api/ext/")
    stranger = platform.caller("stranger")
    # Of the same length, so that nothing but knowledge could make a difference.
    unknown = "x" * len(name)
    answers = [
        platform.call(f"/api/ext/{reference}/run", key=stranger, headers={"x-request-id": "same"})
        for reference in (name, unknown, platform.resolve(name).install.id, "com.example.unknown")
    ]
    assert answers[0].status == 404
    assert answers[0].json()["code"] == "extension_not_available"
    assert {str(seen(answer)) for answer in answers} == {str(seen(answers[0]))}


def test_what_one_tenant_stores_no_other_can_read(platform: Platform) -> None:
    path = platform.guest("storage")
    platform.guest("storage", tenant="other")
    assert platform.call(f"{path}/run", "POST", b"of demo").status == 200
    assert platform.call(f"{path}/run").body == b"of demo"
    assert platform.call(f"{path}/run", key=platform.caller("other")).status == 404


def test_a_header_cannot_choose_the_tenant(platform: Platform) -> None:
    path = platform.guest("context")
    assert platform.call(f"{path}/run", headers={"x-alga-tenant": "other"}).json()["code"] == "tenant_mismatch"
    assert platform.call(f"{path}/run").body.splitlines()[0] == b"demo"


@pytest.mark.parametrize("key", [None, "alga_" + "A" * 43, "publisher"])
def test_credentials(platform: Platform, key: str | None) -> None:
    answer = platform.call(f"/api/ext/{HELLO}/hello", key=None if key == "publisher" else key)
    assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")


def test_an_operators_key_calls_no_extension(platform: Platform) -> None:
    assert platform.call(f"/api/ext/{HELLO}/hello", key="operator.key").status == 403


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/undeclared"), ("DELETE", "/hello"), ("GET", "/hello/more"), ("GET", "/Hello")]
)
def test_undeclared_endpoints(platform: Platform, method: str, path: str) -> None:
    answer = platform.call(f"/api/ext/{HELLO}{path}", method)
    assert (answer.status, answer.json()["code"]) == (404, "endpoint_not_found")


def test_a_body_over_the_limit(platform: Platform) -> None:
    path = platform.guest("echo")
    answer = platform.call(f"{path}/run", "POST", bytes((10 << 20) + 1))
    assert (answer.status, answer.json()["code"]) == (413, "payload_too_large")


def test_the_largest_body_arrives(platform: Platform) -> None:
    assert platform.call(f"{platform.guest('hello')}/run", "POST", bytes(10 << 20)).status == 200


FAILURES = [
    ("trap", 502, {"guest_trapped"}),
    ("recurse", 502, {"guest_trapped"}),
    ("grow", 502, {"guest_trapped", "guest_memory_exceeded"}),
    ("bigbody", 502, {"guest_response_too_large"}),
    ("badstatus", 502, {"guest_response_invalid"}),
    ("badheader", 502, {"guest_response_invalid"}),
    ("manyheaders", 502, {"guest_response_invalid"}),
    ("spin", 504, {"guest_timed_out"}),
    ("wasisleep", 504, {"guest_timed_out"}),
]


@pytest.mark.parametrize(("name", "status", "codes"), FAILURES, ids=[row[0] for row in FAILURES])
def test_a_guest_that_fails_is_told_and_the_next_call_works(platform: Platform, name: str, status: int, codes: set[str]) -> None:
    options = {"limits": {"timeout_ms": 500}} if status == 504 else {}
    answer = platform.call(f"{platform.guest(name, **options)}/run")
    assert (answer.status, answer.json()["code"] in codes) == (status, True), answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert platform.call(f"/api/ext/{HELLO}/hello").status == 200


def test_nothing_of_a_call_reaches_the_next(platform: Platform) -> None:
    path = platform.guest("poison")
    assert [platform.call(f"{path}/run").status for _ in range(5)] == [200] * 5
