"""Limits of a call from the signed grant to the guest: what version and tenant say holds, the runner's own maxima above it."""

import logging

import pytest

from kernel.errors import Reason
from kernel.grants import Limits
from tests.runner_service.conftest import Platform
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")


by_version_and_tenant = pytest.mark.parametrize("who", ["limits", "tenant_limits"])


@by_version_and_tenant
async def test_time_ends(platform: Platform, who: str) -> None:
    grant = platform.registry.grant(platform.publish("spin"), **{who: Limits(timeout_ms=100)})
    fault = await failure(platform.runner.execute(grant))
    assert (fault.reason, fault.facts["limit_ms"]) == (Reason.GUEST_TIMED_OUT, "100")


@by_version_and_tenant
async def test_memory_ends(platform: Platform, who: str) -> None:
    content_hash = platform.publish("hello")
    # The guest begins with more pages than one.
    fault = await failure(platform.runner.execute(platform.registry.grant(content_hash, **{who: Limits(memory_bytes=1 << 16)})))
    assert (fault.reason, fault.facts["limit_bytes"]) == (Reason.GUEST_MEMORY_EXCEEDED, str(1 << 16))
    grant = platform.registry.grant(content_hash, **{who: Limits(memory_bytes=1 << 20)})
    assert (await platform.runner.execute(grant)).status == 200


@by_version_and_tenant
async def test_a_request_is_bounded(platform: Platform, who: str) -> None:
    grant = platform.registry.grant(platform.publish("echo"), **{who: Limits(request_bytes=2)})
    assert (await platform.runner.execute(grant, "POST", body=b"12")).body == b"12"
    fault = await failure(platform.runner.execute(grant, "POST", body=b"123"))
    assert (fault.reason, fault.facts) == (Reason.PAYLOAD_TOO_LARGE, {"limit_bytes": "2", "nothing_ran": "true"})


@by_version_and_tenant
async def test_an_answer_is_bounded(platform: Platform, who: str) -> None:
    grant = platform.registry.grant(platform.publish("echo"), **{who: Limits(response_bytes=2)})
    assert (await platform.runner.execute(grant, "POST", body=b"12")).body == b"12"
    fault = await failure(platform.runner.execute(grant, "POST", body=b"123"))
    assert (fault.reason, fault.facts["limit_bytes"]) == (Reason.GUEST_RESPONSE_TOO_LARGE, "2")


@by_version_and_tenant
async def test_host_calls_are_bounded(platform: Platform, who: str) -> None:
    content_hash, before = platform.publish("storage_twice"), platform.registry.storage_calls
    grant = platform.registry.grant(content_hash, **{who: Limits(host_calls=1)})
    answer = await platform.runner.execute(grant)
    # `missing` the first time, `denied` the second.
    assert (answer.status, answer.usage.host_calls, platform.registry.storage_calls - before) == (403, 2, 1)


@by_version_and_tenant
async def test_bytes_of_host_calls_are_bounded(platform: Platform, who: str) -> None:
    content_hash, before = platform.publish("storage_twice"), platform.registry.storage_calls
    grant = platform.registry.grant(content_hash, **{who: Limits(host_bytes=1)})
    assert (await platform.runner.execute(grant)).status == 403
    assert platform.registry.storage_calls == before


@by_version_and_tenant
async def test_a_log_is_bounded(platform: Platform, who: str, caplog: pytest.LogCaptureFixture) -> None:
    content_hash = platform.publish("log")
    cases = (
        (Limits(log_lines=1), ["/run", "truncated: a call may log 1 lines of 65536 bytes together"]),
        (Limits(log_bytes=6), ["/run", "a ", "truncated: a call may log 200 lines of 6 bytes together"]),
    )
    for limits, told in cases:
        caplog.clear()
        with caplog.at_level(logging.INFO, "runner.backends.call"):
            answer = await platform.runner.execute(platform.registry.grant(content_hash, **{who: limits}))
        assert [record.text for record in caplog.records if record.name == "runner.backends.call"] == told
        assert answer.usage.log_lines == len(told) - 1


async def test_a_tenant_lowers_and_never_raises(platform: Platform) -> None:
    content_hash = platform.publish("spin")
    grant = platform.registry.grant(content_hash, limits=Limits(timeout_ms=100), tenant_limits=Limits(timeout_ms=30_000))
    assert (await failure(platform.runner.execute(grant))).facts["limit_ms"] == "100"
