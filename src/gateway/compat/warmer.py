"""Makes all runners ready for a bundle, over their rpc `Warm`."""

import asyncio
from collections.abc import Sequence
from typing import Final

from gateway.clients import answers, same
from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from kernel.digest import Digest
from kernel.errors import Reason
from kernel.rpc import Peer

WARM_SECONDS: Final = 180.0  # compiling takes ten on a free machine
_PASS: Final = same(
    *(Reason.NOT_FOUND, Reason.VERSION_REVOKED, Reason.GUEST_NOT_RUNNABLE, Reason.ENDPOINT_NOT_FOUND, Reason.OVERLOADED),
    *(Reason.BUNDLE_INTEGRITY, Reason.ATTESTATION_INVALID),
)


class RunnerWarmer:
    """See `Warmer` of the handler."""

    def __init__(self, runners: Sequence[Peer]) -> None:
        self._stubs = [(execute_service_pb2_grpc.ExecuteServiceStub(peer.channel), peer) for peer in runners]

    async def warm(self, content_hash: Digest) -> bool:
        """Whether any of them had to compile it."""
        request = execute_service_pb2.WarmRequest(content_hash=str(content_hash))
        with answers("runner", _PASS):
            asked = (stub.Warm(request, metadata=peer.metadata(), timeout=WARM_SECONDS) for stub, peer in self._stubs)
            found = await asyncio.gather(*asked)
        return any(answer.compiled for answer in found)
