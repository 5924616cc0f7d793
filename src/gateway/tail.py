"""Events of the runner's extensions as they happen, over `ExecuteService.Tail`."""

from typing import Any, Final

from grpc import aio

from gateway.clients import answers, same
from gateway.execution_log import code_of
from gateway.model import Told, Wanted
from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from kernel.errors import Fault, Reason
from kernel.rpc import Peer

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


class TailClient:
    """The `Events` port."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = execute_service_pb2_grpc.ExecuteServiceStub(peer.channel)

    async def follow(self, wanted: Wanted) -> _Events:
        """See the port."""
        request = execute_service_pb2.TailRequest(
            tenant_id=wanted.tenant_id,
            extension_id=wanted.extension_id,
            install_id=wanted.install_id,
            request_id=wanted.request_id,
            level=wanted.level,
            last=wanted.last,
            after=wanted.after,
        )
        events = _Events(self._stub.Tail(request, metadata=self._peer.metadata()))
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
