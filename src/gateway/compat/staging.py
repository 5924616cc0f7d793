"""Publishing for tools that cannot sign, over the registry's rpcs, each asked with the caller's own API key."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import grpc
from grpc import aio

from gateway.clients import answers, same
from gen.alga.registry.v1 import staging_service_pb2 as pb
from gen.alga.registry.v1 import staging_service_pb2_grpc as grpc_pb
from kernel.digest import Digest
from kernel.errors import Reason
from kernel.rpc import GO_AHEAD, MAX_CHUNK_BYTES, Peer

UPLOAD_SECONDS: Final = 600.0
FINALIZE_SECONDS: Final = 300.0
ABORT_SECONDS: Final = 10.0
# The registry says it of the caller, whose key it was shown, or of the caller's bundle.
PASS: Final = same(
    *(Reason.UNAUTHENTICATED, Reason.PERMISSION_DENIED, Reason.TENANT_MISMATCH, Reason.NOT_FOUND, Reason.INVALID_ARGUMENT),
    *(Reason.PAYLOAD_TOO_LARGE, Reason.BUNDLE_SIZE_MISMATCH, Reason.BUNDLE_DIGEST_MISMATCH, Reason.QUOTA_EXCEEDED),
    *(Reason.OVERLOADED, Reason.DEADLINE_EXCEEDED, Reason.ENVELOPE_MISSING, Reason.ARCHIVE_INVALID, Reason.MANIFEST_INVALID),
    *(Reason.COMPONENT_INVALID, Reason.NAME_TAKEN, Reason.VERSION_CONFLICT, Reason.SIGNER_UNTRUSTED, Reason.SIGNER_REVOKED),
)


@dataclass(frozen=True, slots=True)
class Published:
    """A version that exists now."""

    extension_id: str
    name: str
    publisher: str
    version_id: str
    version: str
    content_hash: Digest


class StagingClient:
    """Each method takes the caller's API key and the tenant that it named; raises what the rpc documents."""

    def __init__(self, registry: Peer) -> None:
        self._stub = grpc_pb.StagingServiceStub(registry.channel)

    async def stage(self, key: str, tenant_id: str, content_hash: Digest | None, size: int, chunks: AsyncIterator[bytes]) -> str:
        """The id of the archive that waits. Nothing is read of `chunks` before the registry judged the caller."""
        header = pb.StageHeader(tenant_id=tenant_id, content_hash=str(content_hash or ""), size_bytes=size)
        with answers("registry", PASS):
            call = self._stub.StageBundle(metadata=_shown(key), timeout=UPLOAD_SECONDS)
            try:
                await call.write(pb.StageBundleRequest(header=header))
                # Without it the caller is refused, and to write all the same would hide why.
                if GO_AHEAD in tuple(await call.initial_metadata()):
                    await _send(call, chunks)
            except (grpc.RpcError, aio.UsageError):
                pass  # the answer tells why it takes no more
            except BaseException:
                call.cancel()
                raise
            return str((await call).id)

    async def finalize(
        self, key: str, tenant_id: str, upload: str, content_hash: Digest | None, size: int, manifest: bytes
    ) -> Published:
        """Publish it."""
        request = pb.FinalizeBundleRequest(
            tenant_id=tenant_id, id=upload, content_hash=str(content_hash or ""), size_bytes=size, manifest_json=manifest
        )
        with answers("registry", PASS):
            answer = await self._stub.FinalizeBundle(request, metadata=_shown(key), timeout=FINALIZE_SECONDS)
        made = answer.version
        return Published(made.extension_id, made.name, answer.publisher, made.id, made.version, Digest.parse(made.content_hash))

    async def abort(self, key: str, tenant_id: str, upload: str) -> bool:
        """Whether there was one."""
        request = pb.AbortBundleRequest(tenant_id=tenant_id, id=upload)
        with answers("registry", PASS):
            answer = await self._stub.AbortBundle(request, metadata=_shown(key), timeout=ABORT_SECONDS)
        return answer.deleted


async def _send(call: "aio.StreamUnaryCall[Any, Any]", chunks: AsyncIterator[bytes]) -> None:
    async for piece in chunks:
        for start in range(0, len(piece), MAX_CHUNK_BYTES):
            if call.done():
                return
            await call.write(pb.StageBundleRequest(chunk=piece[start : start + MAX_CHUNK_BYTES]))
    await call.done_writing()


def _shown(key: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {key}"),)
