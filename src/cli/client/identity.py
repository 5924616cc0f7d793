"""API keys, over `alga.registry.v1.IdentityService`. Every method raises Fault with what the rpc documents."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from cli.client.calls import Calls
from cli.client.convert import enum_number, record
from cli.output import Record
from gen.alga.registry.v1 import identity_service_pb2, identity_service_pb2_grpc
from kernel.rpc import Peer
from kernel.user import User, to_proto


class Identity(Calls):
    """Who calls."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._stub = identity_service_pb2_grpc.IdentityServiceStub(peer.channel)

    async def create(
        self,
        role: str,
        *,
        tenant: str = "",
        publisher: str = "",
        label: str = "",
        expires_at: datetime | None = None,
        user: User | None = None,
    ) -> tuple[Record, str]:
        """Make a key: the key, and its secret, which is shown this once."""
        expires = None
        if expires_at is not None:
            expires = Timestamp()
            expires.FromDatetime(expires_at)
        number = enum_number(identity_service_pb2.Role.DESCRIPTOR, role, "--role")
        request = identity_service_pb2.CreateApiKeyRequest(
            role=number,  # type: ignore[arg-type]  # enums are ints
            tenant_id=tenant,
            publisher=publisher,
            label=label,
            expires_at=expires,
            user=to_proto(user) if user else None,
        )
        answer = await self._ask(self._stub.CreateApiKey, request)
        return record(answer.key), answer.secret

    async def list_all(self, tenant: str) -> list[Record]:
        """All keys of a tenant (empty = of everybody), newest first, without secrets."""
        request = identity_service_pb2.ListApiKeysRequest(tenant_id=tenant)
        return await self._every(self._stub.ListApiKeys, request, lambda page: page.keys)

    async def revoke(self, key_id: str) -> Record:
        """End a key; answers it as it is now."""
        request = identity_service_pb2.RevokeApiKeyRequest(id=key_id)
        answer = await self._ask(self._stub.RevokeApiKey, request)
        return record(answer.key)

    async def verify(self, secret: str) -> Record:
        """Whose key this is; for callers that show a gateway's or runner's token. Raises NOT_FOUND for an unknown one."""
        request = identity_service_pb2.VerifyRequest(secret=secret)
        answer = await self._ask(self._stub.Verify, request)
        return record(answer.key)
