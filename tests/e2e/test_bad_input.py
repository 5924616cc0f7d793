"""What requests that ask for too much get, through gateway, registry and runner; tests/hostile has the worse ones."""

import pytest

from tests.platform import Platform

HELLO = "com.example.hello-python"


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


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/undeclared"), ("DELETE", "/hello"), ("GET", "/hello/more"), ("GET", "/Hello")]
)
def test_undeclared_endpoints(platform: Platform, method: str, path: str) -> None:
    answer = platform.call(f"/api/ext/{HELLO}{path}", method)
    assert (answer.status, answer.json()["code"]) == (404, "endpoint_not_found")


def test_the_largest_body_arrives(platform: Platform) -> None:
    assert platform.call(f"{platform.guest('hello')}/run", "POST", bytes(10 << 20)).status == 200
