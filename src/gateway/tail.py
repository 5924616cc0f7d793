"""Events of all runners' extensions as they happen, over `ExecuteService.Tail`."""

import asyncio
from dataclasses import replace
from typing import Any, Final

from grpc import aio

from gateway.clients import answers, same
from gateway.execution_log import code_of
from gateway.model import Told, Wanted
from gateway.runners.member import Member
from gateway.runners.pool import Runners
from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from kernel.errors import Fault, Reason

QUEUED: Final = 64  # events of all runners that wait for one reader
BEGIN_SECONDS: Final = 3.0  # a runner that is silent must not keep those that speak from being heard
AGAIN_SECONDS: Final = 1.0  # between two tries to follow a runner that went away
_PASS: Final = same(Reason.OVERLOADED, Reason.INVALID_ARGUMENT)


class _Events:
    """An `EventStream`."""

    def __init__(self, call: "aio.UnaryStreamCall[execute_service_pb2.TailRequest, execute_service_pb2.TailResponse]") -> None:
        self._call = call

    async def begin(self) -> None:
        with answers("runner", _PASS):
            first = await self._call.read()
        if not isinstance(first, execute_service_pb2.TailResponse) or first.WhichOneof("message") != "begun":
            raise Fault(Reason.INTERNAL, log="a stream of events does not begin")

    async def next(self) -> Told | None:
        while True:
            with answers("runner", _PASS):
                message = await self._call.read()
            if not isinstance(message, execute_service_pb2.TailResponse):  # the end
                return None
            match message.WhichOneof("message"):
                case "event":
                    return Told(message.event.id, _event(message.event))
                case "dropped":
                    return Told("", {"dropped": message.dropped.count or None})

    def close(self) -> None:
        self._call.cancel()


class _Merged:
    """An `EventStream` of all runners. One that goes away is followed again when it is back; when none is left, it ends."""

    def __init__(self, runners: Runners, wanted: Wanted) -> None:
        self._runners, self._wanted = runners, wanted
        self._told: asyncio.Queue[Told] = asyncio.Queue(QUEUED)  # a reader that is slow slows the runners' streams, not their calls
        self._ids: dict[Member, str] = {}
        self._open: set[Member] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._ended: asyncio.Future[Fault | None] = asyncio.get_running_loop().create_future()

    async def begin(self) -> None:
        """Raises as `Events.follow` does when no runner tells anything."""
        began = await asyncio.gather(*(self._begin(member) for member in self._runners.members), return_exceptions=True)
        for failed in began:
            if isinstance(failed, BaseException) and not isinstance(failed, Fault):
                raise failed
        if not self._open:
            raise next(failed for failed in began if isinstance(failed, Fault))
        self._tasks = [
            asyncio.create_task(self._follow(member, None if isinstance(events, BaseException) else events))
            for member, events in zip(self._runners.members, began, strict=True)
        ]

    async def next(self) -> Told | None:
        while self._told.empty() and not self._ended.done():
            coming = asyncio.ensure_future(self._told.get())
            try:
                waits: set[asyncio.Future[Any]] = {coming, self._ended}
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    return coming.result()
            finally:
                coming.cancel()
        if not self._told.empty():
            return self._told.get_nowait()
        if (fault := self._ended.result()) is not None:
            raise fault
        return None

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if not self._ended.done():
            self._ended.set_result(None)

    async def _begin(self, member: Member) -> _Events:
        request = execute_service_pb2.TailRequest(
            tenant_id=self._wanted.tenant_id,
            extension_id=self._wanted.extension_id,
            install_id=self._wanted.install_id,
            request_id=self._wanted.request_id,
            level=self._wanted.level,
            last=self._wanted.last,
            after=self._ids.get(member, self._wanted.after),
        )
        stub = execute_service_pb2_grpc.ExecuteServiceStub(member.peer.channel)
        events = _Events(stub.Tail(request, metadata=member.peer.metadata()))
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                await events.begin()
        except TimeoutError as error:
            events.close()
            raise Fault(Reason.UNAVAILABLE, log=f"{member.address} is silent") from error
        except BaseException:
            events.close()
            raise
        self._open.add(member)
        return events

    async def _follow(self, member: Member, events: _Events | None) -> None:
        while True:
            fault = None
            try:
                while events is not None and (told := await events.next()) is not None:
                    if told.id:
                        self._ids[member] = told.id
                    # Each id names a place in all of them, so that a reader can go on behind it.
                    await self._told.put(replace(told, id=".".join(self._ids.values()) if told.id else ""))
            except Fault as found:
                fault = found
            finally:
                if events is not None:
                    events.close()
                self._open.discard(member)
            if not self._open:
                if not self._ended.done():
                    self._ended.set_result(fault)
                return
            events = await self._again(member)

    async def _again(self, member: Member) -> _Events | None:
        await self._runners.wait(AGAIN_SECONDS)
        if not member.serving:
            return None
        try:
            return await self._begin(member)
        except Fault:
            return None


class TailClient:
    """The `Events` port."""

    def __init__(self, runners: Runners) -> None:
        self._runners = runners

    async def follow(self, wanted: Wanted) -> _Merged:
        """See the port."""
        events = _Merged(self._runners, wanted)
        try:
            await events.begin()
        except BaseException:
            events.close()
            raise
        return events


def _event(event: execute_service_pb2.TailEvent) -> dict[str, Any]:
    """The reference system's shape; the end of a call has `execution` beside it."""
    told: dict[str, Any] = {
        "ts": event.at.ToJsonString(),
        "level": event.level,
        "stream": event.stream,
        "tenantId": event.tenant_id,
        "extensionId": event.extension_id,
        "installId": event.install_id,
        "requestId": event.request_id,
        "versionId": event.version_id,
        "contentHash": event.content_hash,
        "message": event.message,
        "truncated": event.truncated,
    }
    if event.HasField("execution"):
        told["execution"] = _execution(event.execution)
    return told


def _execution(ended: execute_service_pb2.TailExecution) -> dict[str, Any]:
    usage = ended.usage
    return {
        "id": ended.execution_id,
        "status": ended.status or None,
        "reason": code_of(ended.reason),
        "ms": round(ended.duration_us / 1000, 3),
        "usage": {
            "handlerUs": usage.handler_us,
            "hostWaitUs": usage.host_wait_us,
            "hostCalls": dict(usage.host_calls_by_interface),
            "egressBytes": usage.egress_bytes,
            "storageBytes": usage.storage_bytes,
            "logLines": usage.log_lines,
            "logBytes": usage.log_bytes,
        },
    }
