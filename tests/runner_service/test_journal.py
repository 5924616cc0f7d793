"""What becomes known of calls: their records at the registry, and what those who follow are told, from real guests."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from gen.alga.common.v1 import context_pb2, errors_pb2
from gen.alga.registry.v1 import execution_pb2
from gen.alga.runner.v1 import execute_service_pb2
from kernel.errors import Fault, Reason
from kernel.grants import Limits
from runner.journal.entry import LINE_BYTES, MAX_RECORD_BYTES
from tests.runner_service.conftest import Platform, make_settings, publish, started
from tests.runner_service.registry import CALLER_SECRET, OPERATOR_SECRET, Registry
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECRET = "sk-live-do-not-record"


def ids(**more: Any) -> dict[str, Any]:
    """A request id of this call alone."""
    return {"context": context_pb2.CallContext(request_id=secrets.token_hex(8), **more)}


async def recorded(registry: Registry, holds: Callable[[execution_pb2.Execution], bool]) -> execution_pb2.Execution:
    """The record of a call; batches leave each second."""
    async with asyncio.timeout(20):
        while True:
            if found := next(filter(holds, registry.executions), None):
                return found
            await asyncio.sleep(0.02)


async def record_of(platform: Platform, named: dict[str, Any]) -> execution_pb2.Execution:
    return await recorded(platform.registry, lambda one: one.request_id == named["context"].request_id)


async def test_an_execution_is_recorded_with_its_lines(platform: Platform) -> None:
    content_hash = platform.publish("log")
    named = ids(trigger=context_pb2.TRIGGER_HTTP)
    grant = platform.registry.grant(content_hash, tenant_id="rec", install_id="i-rec")
    await platform.runner.execute(grant, "PUT", f"/run?token={SECRET}", headers={"x-token": SECRET}, body=SECRET.encode(), **named)
    found = await record_of(platform, named)
    assert (found.tenant_id, found.install_id, found.extension_id, found.version_id) == ("rec", "i-rec", "e1", "v1")
    assert (found.method, found.path, found.status, found.reason, found.blame) == ("PUT", "/run", 200, 0, 0)
    assert (found.content_hash, found.trigger) == (str(content_hash), context_pb2.TRIGGER_HTTP)
    assert found.duration_us >= found.usage.handler_us > 0
    assert found.usage.request_bytes == len(SECRET)
    assert [(line.level, line.stream, line.message) for line in found.lines[1:]] == [
        ("warn", "log", "a warning"),
        ("error", "log", "an error"),
    ]
    # What the guest itself logs is its own to answer for: this one logs its URL.
    assert found.lines[0].message == f"/run?token={SECRET}"
    del found.lines[0]
    assert SECRET not in str(found)


async def test_a_failure_is_recorded_with_its_reason_and_whose_fault_it_is(platform: Platform) -> None:
    for guest, reason, blame in (
        ("trap", errors_pb2.ERROR_REASON_GUEST_TRAPPED, execution_pb2.BLAME_GUEST),
        ("spin", errors_pb2.ERROR_REASON_GUEST_TIMED_OUT, execution_pb2.BLAME_GUEST),
        ("badstatus", errors_pb2.ERROR_REASON_GUEST_RESPONSE_INVALID, execution_pb2.BLAME_GUEST),
    ):
        named = ids()
        await failure(platform.runner.execute(platform.registry.grant(platform.publish(guest)), timeout_ms=300, **named))
        found = await record_of(platform, named)
        assert (found.status, found.reason, found.blame) == (0, reason, blame)


async def test_a_caller_that_goes_away_is_recorded_as_such(platform: Platform) -> None:
    named, registry = ids(), platform.registry
    registry.hold, registry.storing = asyncio.Event(), asyncio.Event()
    try:
        call = asyncio.create_task(platform.runner.execute(registry.grant(platform.publish("storage")), **named))
        async with asyncio.timeout(20):
            await registry.storing.wait()
        call.cancel()
        found = await record_of(platform, named)
    finally:
        registry.hold.set()
        registry.hold = None
    assert (found.reason, found.blame) == (errors_pb2.ERROR_REASON_CANCELLED, execution_pb2.BLAME_CALLER)


async def test_what_is_refused_before_it_begins_is_nobodys_execution(platform: Platform) -> None:
    named, content_hash = ids(), platform.publish("hello")
    grant = platform.registry.grant(content_hash, limits=Limits(request_bytes=1))
    await failure(platform.runner.execute(grant, "POST", body=b"12", **named))
    await failure(platform.runner.execute(grant, "x" * 100, "/\x00", **named))
    await failure(platform.runner.execute(platform.registry.grant(content_hash, age=31), **named))
    await failure(platform.runner.execute(platform.registry.grant(content_hash, platform.registry.publisher_key), **named))
    last = ids()
    await platform.runner.execute(platform.registry.grant(content_hash), **last)
    await record_of(platform, last)
    assert [one for one in platform.registry.executions if one.request_id == named["context"].request_id] == []


async def test_host_calls_are_counted_by_interface_and_storage_by_bytes(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("storage"), install_id="metered")
    for method, status, spent in (("POST", 200, 5), ("GET", 200, 5), ("DELETE", 200, 0)):
        named = ids()
        answer = await platform.runner.execute(grant, method, "/run/k", body=b"value" if method == "POST" else None, **named)
        assert answer.status == status
        assert dict(answer.usage.host_calls_by_interface) == {"storage": answer.usage.host_calls}
        assert answer.usage.storage_bytes == spent
        found = await record_of(platform, named)
        assert dict(found.usage.host_calls) == {"storage": answer.usage.host_calls}
        assert (found.usage.storage_bytes, found.usage.host_wait_us) == (spent, answer.usage.host_wait_us)
        assert list(found.usage.host_failures) == []


async def test_host_calls_that_fail_are_recorded_with_whose_fault_it_is(platform: Platform) -> None:
    named = ids()
    grant = platform.registry.grant(platform.publish("storage"), install_id="nothing-there")
    assert (await platform.runner.execute(grant, "GET", "/run/k", **named)).status == 404
    found = await record_of(platform, named)
    assert [(one.interface, one.reason, one.blame, one.count) for one in found.usage.host_failures] == [
        ("storage", errors_pb2.ERROR_REASON_STORAGE_KEY_MISSING, execution_pb2.BLAME_GUEST, 1)
    ]


async def test_what_is_printed_arrives_in_the_same_stream(platform: Platform) -> None:
    named = ids()
    grant = platform.registry.grant(platform.publish("hostile/stdoutflood"), limits=Limits(timeout_ms=300, log_lines=2))
    await failure(platform.runner.execute(grant, **named))
    found = await record_of(platform, named)
    assert [(line.level, line.stream) for line in found.lines] == [("info", "stdout")] * 3
    assert [line.truncated for line in found.lines] == [False, False, True]
    assert found.lines[2].message.startswith("truncated: a call may log 2 lines")


async def test_a_flood_of_the_log_is_cut_marked_and_kept_within_64_kib(platform: Platform) -> None:
    named = ids()
    grant = platform.registry.grant(platform.publish("hostile/logflood"), limits=Limits(log_bytes=1 << 20, log_lines=1000))
    await failure(platform.runner.execute(grant, **named))
    found = await record_of(platform, named)
    assert sum(len(line.message.encode()) + LINE_BYTES for line in found.lines) <= MAX_RECORD_BYTES
    assert found.lines_truncated
    assert all(line.truncated and line.message.endswith("... (cut)") for line in found.lines)


async def test_a_reader_is_told_lines_and_the_end(platform: Platform) -> None:
    content_hash, named = platform.publish("log"), ids()
    grant = platform.registry.grant(content_hash, tenant_id="told", install_id="i-told")
    async with platform.runner.tail(tenant_id="told", last=10) as events:
        await platform.runner.execute(grant, "GET", "/run?q=1", **named)
        *lines, end = await events.until_end()
    assert [(one.level, one.stream, one.message, one.truncated) for one in lines] == [
        ("info", "log", "/run?q=1", False),
        ("warn", "log", "a warning", False),
        ("error", "log", "an error", False),
    ]
    who = ("told", "i-told", "e1", "v1", str(content_hash), named["context"].request_id)
    for one in (*lines, end):
        assert (one.tenant_id, one.install_id, one.extension_id, one.version_id, one.content_hash, one.request_id) == who
    assert (end.level, end.execution.status, end.execution.reason) == ("info", 200, 0)
    assert end.execution.usage.log_lines == 3
    assert end.message.startswith("GET /run 200 in ")
    found = await record_of(platform, named)
    assert (found.id, found.duration_us) == (end.execution.execution_id, end.execution.duration_us)
    # Those who come later are told what was.
    async with platform.runner.tail(tenant_id="told", last=2) as events:
        assert [one.id for one in await events.until_end()] == [lines[-1].id, end.id]
    async with platform.runner.tail(tenant_id="told", after=lines[1].id) as events:
        assert [one.id for one in await events.until_end()] == [lines[-1].id, end.id]


async def test_a_failure_is_told_at_its_level(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("trap"), tenant_id="traps")
    async with platform.runner.tail(tenant_id="traps", level="error", last=9) as events:
        await failure(platform.runner.execute(grant))
        (end,) = await events.until_end()
    assert (end.level, end.execution.reason, end.execution.status) == ("error", errors_pb2.ERROR_REASON_GUEST_TRAPPED, 0)


async def test_a_tenants_reader_sees_nothing_of_another(platform: Platform) -> None:
    content_hash = platform.publish("log")
    async with platform.runner.tail(tenant_id="alone", last=2000) as events:
        await platform.runner.execute(platform.registry.grant(content_hash, tenant_id="stranger"))
        await platform.runner.execute(platform.registry.grant(content_hash, tenant_id="alone"))
        assert {one.tenant_id for one in await events.until_end()} == {"alone"}


async def test_gateways_name_a_tenant_and_operators_need_not(platform: Platform) -> None:
    with pytest.raises(Fault) as caught:
        async with platform.runner.tail():
            pass
    assert (caught.value.reason, caught.value.violations[0].field) == (Reason.INVALID_ARGUMENT, "tenant_id")
    await platform.runner.execute(platform.registry.grant(platform.publish("hello"), tenant_id="seen"))
    async with platform.runner.showing(OPERATOR_SECRET).tail(last=1) as events:
        assert (await events.next()).event.stream == "execution"
    with pytest.raises(Fault) as caught:
        async with platform.runner.showing(CALLER_SECRET).tail(tenant_id="seen"):
            pass
    assert caught.value.reason is Reason.PERMISSION_DENIED


async def test_a_reader_that_does_not_read_slows_nobody(platform: Platform) -> None:
    """Its stream's window fills, then its queue; the calls go on, and it is told what it missed."""
    content_hash = platform.publish("hostile/logflood")
    grant = platform.registry.grant(content_hash, tenant_id="flood", limits=Limits(log_bytes=1 << 20, log_lines=1000))
    async with platform.runner.tail(tenant_id="flood", last=1) as slow:
        for _ in range(20):
            await failure(platform.runner.execute(grant))
        dropped = 0
        last = None
        while last is None or last.event.stream != "execution" or not dropped:
            last = await slow.next()
            dropped += last.dropped.count
    assert dropped > 0


async def test_a_runner_that_stops_ends_readers_at_once_and_sends_its_records(own_root: Path) -> None:
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    try:
        settings = make_settings(registry, own_root, drain_seconds=300)
        named = ids()
        async with asyncio.timeout(60):
            async with started(settings) as runner:
                grant = registry.grant(publish(registry, "hello"))
                async with runner.tail(tenant_id="t1", last=1) as events:
                    await runner.execute(grant, **named)
                    await events.next()
                    reading = asyncio.create_task(events.next())
            with pytest.raises((StopAsyncIteration, Fault, asyncio.CancelledError, grpc.RpcError)):
                await reading
        assert [one.request_id for one in registry.executions] == [named["context"].request_id]
    finally:
        await server.stop(0)


async def test_an_event_is_cut_at_a_character(own_root: Path) -> None:
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    try:
        settings = make_settings(registry, own_root, RUNNER_DEBUG_MAX_EVENT_BYTES=64)
        async with started(settings) as runner:
            grant = registry.grant(publish(registry, "log"))
            async with runner.tail(tenant_id="t1", last=9) as events:
                await runner.execute(grant, "GET", "/" + "\u00e4" * 100)
                line, *_ = await events.until_end()
        assert line.truncated
        assert line.message == "/" + "\u00e4" * 27 + "... (cut)"
        assert len(line.message.encode()) <= 64
    finally:
        await server.stop(0)


async def test_a_registry_that_is_away_costs_no_call(platform: Platform) -> None:
    platform.registry.recording = Fault(Reason.UNAVAILABLE)
    try:
        named = ids()
        answer = await platform.runner.execute(platform.registry.grant(platform.publish("hello")), **named)
        assert isinstance(answer, execute_service_pb2.ExecuteResponse)
    finally:
        platform.registry.recording = None
    await record_of(platform, named)
