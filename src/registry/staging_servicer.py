"""`alga.registry.v1.StagingService`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import staging_service_pb2 as pb
from gen.alga.registry.v1 import staging_service_pb2_grpc as grpc_pb
from kernel.auth import current_principal
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import GO_AHEAD
from registry import convert
from registry.staging.finalize import Finalize, Told
from registry.staging.stage import Stage

_Context = ServicerContext[Any, Any]


class StagingServicer(grpc_pb.StagingServiceServicer):
    """Converts, calls, converts. An upload has to begin within `idle_seconds`."""

    def __init__(self, stage: Stage, finalize: Finalize, *, idle_seconds: float) -> None:
        self._stage, self._finalize, self._idle_seconds = stage, finalize, idle_seconds

    async def StageBundle(
        self, request_iterator: AsyncIterator[pb.StageBundleRequest], context: _Context
    ) -> pb.StageBundleResponse:
        """Take an archive."""
        try:
            async with asyncio.timeout(self._idle_seconds):
                first = await anext(request_iterator, None)
        except TimeoutError as error:
            raise Fault(Reason.DEADLINE_EXCEEDED, log=f"the upload did not begin within {self._idle_seconds:g} s") from error
        if first is None or first.WhichOneof("part") != "header":
            raise Fault.invalid("header", "must be the first message")
        header = first.header
        content_hash = _digest(header.content_hash, "header.content_hash")
        staged = await self._stage.stage(
            current_principal(), header.tenant_id, content_hash, header.size_bytes, _chunks(request_iterator, context)
        )
        return pb.StageBundleResponse(id=staged.id, content_hash=str(staged.content_hash))

    async def FinalizeBundle(self, request: pb.FinalizeBundleRequest, context: _Context) -> pb.FinalizeBundleResponse:
        """Publish a staged archive."""
        told = Told(_digest(request.content_hash, "content_hash"), request.size_bytes, request.manifest_json)
        version, existed = await self._finalize.finalize(current_principal(), request.tenant_id, request.id, told)
        return pb.FinalizeBundleResponse(version=convert.version_to_proto(version), existed=existed, publisher=version.publisher)

    async def AbortBundle(self, request: pb.AbortBundleRequest, context: _Context) -> pb.AbortBundleResponse:
        """Forget a staged archive."""
        return pb.AbortBundleResponse(deleted=self._stage.abort(current_principal(), request.tenant_id, request.id))


def _digest(text: str, field: str) -> Digest | None:
    return Digest.parse(text, field) if text else None


async def _chunks(messages: AsyncIterator[pb.StageBundleRequest], context: _Context) -> AsyncIterator[bytes]:
    # Asked for once the caller was judged: who waits for this uploads nothing in vain, and hears every refusal.
    await context.send_initial_metadata((GO_AHEAD,))
    async for message in messages:
        if message.WhichOneof("part") != "chunk":
            raise Fault.invalid("part", "must be a chunk after the first message")
        yield message.chunk
