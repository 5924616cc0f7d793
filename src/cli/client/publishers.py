"""Publishers and their keys, over `alga.registry.v1.PublisherService`. Every method raises Fault with what the rpc documents."""

from cli.client.convert import record
from cli.client.extensions import TIMEOUT
from cli.output import Record
from gen.alga.registry.v1 import publisher_service_pb2, publisher_service_pb2_grpc
from kernel.rpc import Peer
from kernel.status import remote


class Publishers:
    """Who may publish, and which keys sign for whom."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = publisher_service_pb2_grpc.PublisherServiceStub(peer.channel)

    async def create(self, name: str) -> Record:
        """Make a publisher, or answer with the existing one."""
        request = publisher_service_pb2.CreatePublisherRequest(name=name)
        with remote():
            answer = await self._stub.CreatePublisher(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.publisher)

    async def get(self, name: str) -> Record:
        """A publisher and its keys."""
        request = publisher_service_pb2.GetPublisherRequest(name=name)
        with remote():
            answer = await self._stub.GetPublisher(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.publisher)

    async def add_key(self, publisher: str, public_key_pem: str) -> Record:
        """Let a key sign for a publisher; answers the publisher."""
        request = publisher_service_pb2.AddPublisherKeyRequest(publisher=publisher, public_key_pem=public_key_pem)
        with remote():
            answer = await self._stub.AddPublisherKey(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.publisher)

    async def revoke_key(self, publisher: str, key_id: str) -> Record:
        """End a key; answers the publisher."""
        request = publisher_service_pb2.RevokePublisherKeyRequest(publisher=publisher, key_id=key_id)
        with remote():
            answer = await self._stub.RevokePublisherKey(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.publisher)
