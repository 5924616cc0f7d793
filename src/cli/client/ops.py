"""One runner as its operators see it, over `alga.runner.v1.OpsService`. Every method raises Fault with what the rpc documents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

from cli.client.convert import record, records
from cli.output import Record
from gen.alga.runner.v1 import ops_service_pb2, ops_service_pb2_grpc
from kernel.rpc import Peer, connect
from kernel.status import remote

_SECONDS: Final = 30.0
_PAGE: Final = 200


class Ops:
    """What operators do with a runner."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = ops_service_pb2_grpc.OpsServiceStub(peer.channel)

    @classmethod
    @asynccontextmanager
    async def connect(cls, address: str, key: str, tls_ca: Path | None) -> AsyncIterator[Self]:
        """Talk to a runner while the block runs. Raises INVALID_ARGUMENT for an address beyond this machine without roots."""
        peer = connect(address, key, tls_ca)
        try:
            yield cls(peer)
        finally:
            await peer.channel.close(None)

    async def status(self) -> Record:
        """The runner at this moment."""
        with remote():
            request = ops_service_pb2.GetStatusRequest()
            return record(await self._stub.GetStatus(request, metadata=self._peer.metadata(), timeout=_SECONDS))

    async def versions(self) -> list[Record]:
        """All versions on its disk."""
        found: list[Record] = []
        token = ""
        while True:
            request = ops_service_pb2.ListVersionsRequest(page_size=_PAGE, page_token=token)
            with remote():
                answer = await self._stub.ListVersions(request, metadata=self._peer.metadata(), timeout=_SECONDS)
            found += records(answer.versions)
            token = answer.next_page_token
            if not token:
                return found

    async def drain(self, seconds: float) -> Record:
        """Take no new calls; wait so long for those that run."""
        request = ops_service_pb2.DrainRequest(wait_ms=round(seconds * 1000))
        with remote():
            return record(await self._stub.Drain(request, metadata=self._peer.metadata(), timeout=seconds + _SECONDS))

    async def resume(self) -> None:
        """Take calls again."""
        with remote():
            await self._stub.Resume(ops_service_pb2.ResumeRequest(), metadata=self._peer.metadata(), timeout=_SECONDS)
