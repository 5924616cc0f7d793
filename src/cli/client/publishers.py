"""Publishers and their keys, over `alga.registry.v1.PublisherService`. Every method raises Fault with what the rpc documents."""

from datetime import datetime
from typing import Final

from cli.client.calls import Calls
from cli.client.convert import record
from cli.output import Record
from gen.alga.registry.v1 import publisher_service_pb2, publisher_service_pb2_grpc
from kernel.rpc import Peer

MAX_REVOKED_TOLD: Final = 1_000  # bundles in one answer of the registry


class Publishers(Calls):
    """Who may publish, and which keys sign for whom."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._stub = publisher_service_pb2_grpc.PublisherServiceStub(peer.channel)

    async def create(self, name: str) -> Record:
        """Make a publisher, or answer with the existing one."""
        request = publisher_service_pb2.CreatePublisherRequest(name=name)
        answer = await self._ask(self._stub.CreatePublisher, request)
        return record(answer.publisher)

    async def get(self, name: str) -> Record:
        """A publisher and its keys."""
        request = publisher_service_pb2.GetPublisherRequest(name=name)
        answer = await self._ask(self._stub.GetPublisher, request)
        return record(answer.publisher)

    async def add_key(
        self, publisher: str, public_key_pem: str, not_before: datetime | None = None, not_after: datetime | None = None
    ) -> Record:
        """Let a key, or those below a certificate's, sign for a publisher; answers the publisher."""
        request = publisher_service_pb2.AddPublisherKeyRequest(
            publisher=publisher, public_key_pem=public_key_pem, not_before=not_before, not_after=not_after
        )
        answer = await self._ask(self._stub.AddPublisherKey, request)
        return record(answer.publisher)

    async def retire_key(self, publisher: str, key_id: str, not_after: datetime | None) -> Record:
        """End a key in good order, now or then; answers the publisher."""
        request = publisher_service_pb2.RetirePublisherKeyRequest(publisher=publisher, key_id=key_id, not_after=not_after)
        answer = await self._ask(self._stub.RetirePublisherKey, request)
        return record(answer.publisher)

    async def revoke_key(self, publisher: str, key_id: str, compromised_since: datetime | None) -> Record:
        """End a key and what it signed; answers the publisher, with the `revoked_hashes` of bundles: the first 1,000."""
        request = publisher_service_pb2.RevokePublisherKeyRequest(
            publisher=publisher, key_id=key_id, compromised_since=compromised_since
        )
        answer = await self._ask(self._stub.RevokePublisherKey, request)
        return record(answer.publisher) | {"revoked_hashes": list(answer.revoked_hashes)}
