"""What operators see of a runner, and what happens to calls when they take it out of service."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from gen.alga.runner.v1 import ops_service_pb2 as pb
from gen.alga.runner.v1 import ops_service_pb2_grpc
from kernel import fields, status
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.app import running
from runner.executor.quarantine import Quarantine
from runner.ops.drain import MAX_WAIT_MS
from runner.ops.gate import Gate
from runner.ops.look import Look
from tests.runner_service.conftest import Platform, Runner, client, make_settings, publish, started, turned
from tests.runner_service.registry import CALLER_SECRET, OPERATOR_SECRET, Registry
from tests.runner_service.test_execute import failure

loop = pytest.mark.asyncio(loop_scope="session")
Requests = pb.GetStatusRequest | pb.ListVersionsRequest | pb.DrainRequest | pb.ResumeRequest


class Operator:
    """An operator of a runner."""

    def __init__(self, runner: Runner, token: str = OPERATOR_SECRET) -> None:
        self.runner = runner.showing(token)
        self._stub = ops_service_pb2_grpc.OpsServiceStub(runner.peer.channel)

    async def ask(self, request: Requests) -> Any:
        name = type(request).__name__.removesuffix("Request")
        with status.remote():
            return await getattr(self._stub, name)(request, metadata=self.runner.peer.metadata(), timeout=60)

    async def version(self, content_hash: Digest) -> pb.CachedVersion:
        """One version, by way of all pages of one."""
        token, found = "", []
        while True:
            answer = await self.ask(pb.ListVersionsRequest(page_size=1, page_token=token))
            assert len(answer.versions) == 1
            found += answer.versions
            token = answer.next_page_token
            if not token:
                break
        hashes = [one.content_hash for one in found]
        assert hashes == sorted(set(hashes))
        return next(one for one in found if one.content_hash == str(content_hash))


@pytest_asyncio.fixture(loop_scope="session")
async def own(own_root: Path) -> AsyncIterator[Platform]:
    """A runner and a registry for one test: draining would end the tests of others."""
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    try:
        async with started(make_settings(registry, own_root, drain_seconds=20.0, drain_notice_ms=50)) as runner:
            yield Platform(registry, runner)
    finally:
        await server.stop(0)


@loop
@pytest.mark.parametrize("request_", [pb.GetStatusRequest(), pb.ListVersionsRequest(), pb.DrainRequest(), pb.ResumeRequest()])
async def test_nobody_but_operators(platform: Platform, request_: Requests) -> None:
    refused = {CALLER_SECRET: Reason.PERMISSION_DENIED, platform.runner.peer.token: Reason.PERMISSION_DENIED}
    refused |= dict.fromkeys(("", "wrong", "alga_" + "x" * 43), Reason.UNAUTHENTICATED)
    for token, reason in refused.items():
        assert (await failure(Operator(platform.runner, token).ask(request_))).reason is reason
    assert not (await Operator(platform.runner).ask(pb.GetStatusRequest())).draining


@loop
async def test_status_and_versions_tell_what_a_call_left(own: Platform) -> None:
    operator = Operator(own.runner)
    before = await operator.ask(pb.GetStatusRequest())
    assert (before.registry_heard, before.draining, before.requests) == (True, False, 0)
    assert [(one.index, one.lanes, one.calls, one.recycled, one.alone) for one in before.executors] == [(0, 4, 0, 0, False)]
    assert before.executors[0].pid > 0
    assert (before.queue.waiting, before.queue.limit, before.cache.bundles) == (0, 256, 0)
    called, warmed = own.publish("hello"), own.publish("echo")
    await own.runner.execute(own.registry.grant(called))
    await own.runner.warm(warmed)
    after = await operator.ask(pb.GetStatusRequest())
    cache = after.cache
    assert (cache.bundles, cache.verified, cache.artifacts) == (2, 2, 2)
    assert 0 < cache.bundle_bytes < cache.bundle_limit_bytes
    assert 0 < cache.artifact_bytes < cache.artifact_limit_bytes
    told = await operator.version(called)
    assert (told.verified, list(told.loaded_in), told.isolated_ms, told.revoked, told.users) == (True, [0], 0, False, 0)
    assert (told.extension, told.version) == ("com.example.hello", "1.0.0")
    assert told.artifact_bytes > 0
    assert list((await operator.version(warmed)).loaded_in) == []


@loop
async def test_an_executor_that_died_is_replaced_in_its_place(own: Platform) -> None:
    operator = Operator(own.runner)
    (first,) = (await operator.ask(pb.GetStatusRequest())).executors
    os.kill(first.pid, signal.SIGKILL)
    async with asyncio.timeout(20):
        while True:
            (now,) = (await operator.ask(pb.GetStatusRequest())).executors
            if now.pid not in (0, first.pid):
                break
    assert (now.index, now.recycled, now.calls) == (0, 1, 0)
    assert now.started_at.ToDatetime() > first.started_at.ToDatetime()


@loop
async def test_a_version_that_was_killed_runs_alone_for_a_while() -> None:
    quarantine = Quarantine(seconds=60)
    quarantine.offended("one")
    assert 59 < quarantine.seconds_left("one") <= 60
    assert quarantine.seconds_left("another") == 0


@loop
async def test_drain_refuses_new_calls_and_lets_running_ones_end(own: Platform) -> None:
    operator, registry = Operator(own.runner), own.registry
    held, other = registry.grant(own.publish("storage")), own.publish("hello")
    registry.hold = asyncio.Event()
    call = asyncio.create_task(own.runner.execute(held, "POST", body=b"x"))
    await registry.storing.wait()
    assert (await operator.ask(pb.DrainRequest())).requests == 1
    await turned(own.runner, serving=False)
    attempts = (
        own.runner.execute(registry.grant(other)),
        own.runner.warm(other),
        own.runner.asset(registry.asset_grant(other)),
    )
    for fault in await asyncio.gather(*(failure(attempt) for attempt in attempts)):
        assert (fault.reason, fault.nothing_ran) == (Reason.DRAINING, True)
    told = await operator.ask(pb.GetStatusRequest())
    assert (told.draining, told.requests, told.executors[0].calls) == (True, 1, 1)
    waiting = asyncio.create_task(operator.ask(pb.DrainRequest(wait_ms=MAX_WAIT_MS)))
    registry.hold.set()
    assert (await call).status == 200
    assert (await waiting).requests == 0
    await operator.ask(pb.ResumeRequest())
    await turned(own.runner, serving=True)
    assert (await own.runner.execute(registry.grant(other))).status == 200
    await operator.ask(pb.ResumeRequest())


@loop
async def test_a_runner_that_ends_says_that_nothing_ran(own_root: Path) -> None:
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    settings = make_settings(registry, own_root, drain_seconds=20.0)
    try:
        async with client(settings) as runner, AsyncExitStack() as serving:
            await serving.enter_async_context(running(settings))
            await turned(runner, serving=True)
            held, other = registry.grant(publish(registry, "storage")), registry.grant(publish(registry, "hello"))
            registry.hold = asyncio.Event()
            call = asyncio.create_task(runner.execute(held, "POST", body=b"x"))
            await registry.storing.wait()

            async def meanwhile() -> Fault:
                await turned(runner, serving=False)
                fault = await failure(runner.execute(other))
                assert (await failure(Operator(runner).ask(pb.ResumeRequest()))).reason is Reason.DRAINING
                assert registry.hold is not None
                registry.hold.set()
                return fault

            ending = asyncio.create_task(meanwhile())
            await serving.aclose()  # as SIGTERM does: over only when what ran is over
            fault = await ending
            assert (fault.reason, fault.nothing_ran) == (Reason.DRAINING, True)
            assert (await call).status == 200
    finally:
        await server.stop(0)


@loop
async def test_bounds_are_named(platform: Platform) -> None:
    operator = Operator(platform.runner)
    hostile: list[tuple[Requests, str]] = [
        (pb.DrainRequest(wait_ms=MAX_WAIT_MS + 1), "wait_ms"),
        (pb.DrainRequest(wait_ms=2**32 - 1), "wait_ms"),
        (pb.ListVersionsRequest(page_size=fields.MAX_PAGE + 1), "page_size"),
        (pb.ListVersionsRequest(page_token="x"), "page_token"),
        (pb.ListVersionsRequest(page_token=fields.next_token("a" * 63)), "page_token"),
        (pb.ListVersionsRequest(page_token=fields.next_token("a" * 64, "b")), "page_token"),
        (pb.ListVersionsRequest(page_token="A" * 100_000), "page_token"),
    ]
    for request, field in hostile:
        fault = await failure(operator.ask(request))
        assert (fault.reason, [one.field for one in fault.violations]) == (Reason.INVALID_ARGUMENT, [field])
    assert not (await operator.ask(pb.GetStatusRequest())).draining


class Nothing:
    """A runner that has nothing."""

    max_bytes = 0

    async def compiled(self) -> list[Any]:
        return []

    def cached(self) -> list[Any]:
        return []

    def state(self) -> None:
        return None


@given(st.integers(0, 2**32 - 1), st.text() | st.binary().map(lambda raw: fields.next_token(raw.decode("latin1"))))
def test_page_tokens_raise_faults_only(size: int, token: str) -> None:
    nothing: Any = Nothing()
    look = Look(Gate(), nothing, nothing, nothing, nothing, nothing, lambda: None)  # type: ignore[arg-type, return-value]
    try:
        assert asyncio.run(look.versions(size, token)) == ([], "")
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
