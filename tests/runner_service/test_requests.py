"""The rules of requests: each limit is met exactly, passed by one, and refused with its reason."""

import pytest

from kernel.errors import Reason
from kernel.grants import Limits
from runner.policy import MIB
from runner.request import MAX_HEADER_BYTES, MAX_HEADERS, MAX_URL_BYTES
from tests.runner_service.conftest import Platform
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="session")
def grant(platform: Platform):
    return platform.registry.grant(platform.publish("echo"))


@pytest.mark.parametrize("method", ["", "get", "HEAD", "OPTIONS", "TRACE", "CONNECT", "GET ", "GET\r\n"])
async def test_unknown_method_is_refused(platform: Platform, grant, method: str) -> None:
    fault = await failure(platform.runner.execute(grant, method))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "http.method")


@pytest.mark.parametrize("url", ["", "run", "http://host/run", "/a b", "/a\r\nx: y", "/a\0", "\\run", "/" + "a" * MAX_URL_BYTES])
async def test_bad_url_is_refused(platform: Platform, grant, url: str) -> None:
    fault = await failure(platform.runner.execute(grant, "GET", url))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "http.url")


@pytest.mark.parametrize("name", ["", "Upper", "a b", "a:", "a\r\n", "é"])
async def test_bad_header_name_is_refused(platform: Platform, grant, name: str) -> None:
    fault = await failure(platform.runner.execute(grant, headers={name: "x"}))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "http.headers[0].name")


@pytest.mark.parametrize("value", ["a\r\nb: c", "\n", "a\0", "\x7f"])
async def test_header_value_with_control_characters_is_refused(platform: Platform, grant, value: str) -> None:
    fault = await failure(platform.runner.execute(grant, headers={"x": value}))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "http.headers[0].value")


async def test_limits_of_url_and_headers_are_met_exactly(platform: Platform, grant) -> None:
    url = "/" + "a" * (MAX_URL_BYTES - 1)
    many = [(f"x{number}", "") for number in range(MAX_HEADERS)]
    large = [("x", "a" * (MAX_HEADER_BYTES - 1))]
    assert (await platform.runner.execute(grant, "GET", url)).status == 200
    assert (await platform.runner.execute(grant, headers=many)).status == 200
    assert (await platform.runner.execute(grant, headers=large)).status == 200
    for headers in ([*many, ("x", "")], [("x", "a" * MAX_HEADER_BYTES)]):
        assert (await failure(platform.runner.execute(grant, headers=headers))).reason is Reason.HEADERS_TOO_LARGE


@pytest.mark.parametrize("request_id", ["a b", "a" * 129, "a\n", "é"])
async def test_malformed_request_id_is_refused(platform: Platform, grant, request_id: str) -> None:
    fault = await failure(platform.runner.execute(grant, context={"request_id": request_id}))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "context.request_id")


async def test_body_limit_is_the_smaller_of_grant_and_runner(platform: Platform) -> None:
    content_hash = platform.publish("echo")
    small = platform.registry.grant(content_hash, limits=Limits(request_bytes=100))
    assert (await platform.runner.execute(small, "POST", body=bytes(100))).status == 200
    fault = await failure(platform.runner.execute(small, "POST", body=bytes(101)))
    assert (fault.reason, fault.facts) == (Reason.PAYLOAD_TOO_LARGE, {"limit_bytes": "100", "nothing_ran": "true"})
    greedy = platform.registry.grant(content_hash, limits=Limits(request_bytes=100 * MIB))
    fault = await failure(platform.runner.execute(greedy, "POST", body=bytes(10 * MIB + 1)))
    assert (fault.reason, fault.facts) == (Reason.PAYLOAD_TOO_LARGE, {"limit_bytes": str(10 * MIB), "nothing_ran": "true"})
