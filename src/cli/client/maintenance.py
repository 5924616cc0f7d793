"""Looking after the registry, over `alga.registry.v1.MaintenanceService`. Every method raises Fault with what the rpc documents."""

from collections.abc import AsyncIterator
from typing import Final

from cli.client.convert import record
from cli.output import Record
from gen.alga.registry.v1 import maintenance_service_pb2, maintenance_service_pb2_grpc
from kernel.rpc import Peer
from kernel.status import remote

DIAGNOSIS_SECONDS: Final = 600.0
WORK_SECONDS: Final = 300.0


class Maintenance:
    """What operators do for the registry."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = maintenance_service_pb2_grpc.MaintenanceServiceStub(peer.channel)

    async def diagnose(self, *, deep: bool) -> AsyncIterator[Record]:
        """Findings as they are made; `deep` reads and hashes every blob, too."""
        request = maintenance_service_pb2.DiagnoseRequest(deep=deep)
        with remote():
            async for answer in self._stub.Diagnose(request, metadata=self._peer.metadata(), timeout=DIAGNOSIS_SECONDS):
                yield record(answer.finding)

    async def collect(self, *, dry_run: bool) -> Record:
        """Remove, or only count, blobs that no version refers to."""
        request = maintenance_service_pb2.CollectGarbageRequest(dry_run=dry_run)
        with remote():
            return record(await self._stub.CollectGarbage(request, metadata=self._peer.metadata(), timeout=WORK_SECONDS))

    async def reattest(self) -> Record:
        """Sign the attestations of earlier keys again."""
        request = maintenance_service_pb2.ReattestRequest()
        with remote():
            return record(await self._stub.Reattest(request, metadata=self._peer.metadata(), timeout=WORK_SECONDS))
