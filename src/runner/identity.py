"""API keys at the runner's door: operators call it with the keys that the registry issued."""

import asyncio
import hashlib
from collections import OrderedDict
from typing import Final

from gen.alga.registry.v1 import identity_service_pb2, identity_service_pb2_grpc
from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason
from kernel.rpc import Peer
from runner.registry_rpc import registry_rpc

KEEP_SECONDS: Final = 30.0  # a revoked key is worth this long
MAX_KEPT: Final = 1_024
VERIFY_SECONDS: Final = 5.0
MAX_SECRET_CHARS: Final = 128  # `alga_` and 43 characters are used; longer text is not worth a question
_PREFIX: Final = "alga_"
_TOLD: Final = frozenset({Reason.NOT_FOUND})


class RegistryKeys:
    """Asks the registry whose key it is, and remembers good answers for 30 s. Kept by hash: secrets stay with their callers."""

    def __init__(self, registry: Peer) -> None:
        self._registry = registry
        self._stub = identity_service_pb2_grpc.IdentityServiceStub(registry.channel)
        self._kept: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()

    async def authenticate(self, secret: str) -> Principal | None:
        """The key's holder, or None for a key that nobody issued. Raises UNAVAILABLE when the registry does not answer."""
        if not secret.startswith(_PREFIX) or len(secret) > MAX_SECRET_CHARS:
            return None
        now, shown = asyncio.get_running_loop().time(), hashlib.sha256(secret.encode()).digest()
        if (kept := self._kept.get(shown)) is not None and now < kept[1]:
            return kept[0]
        try:
            with registry_rpc(_TOLD):
                answer = await self._stub.Verify(
                    identity_service_pb2.VerifyRequest(secret=secret), metadata=self._registry.metadata(), timeout=VERIFY_SECONDS
                )
        except Fault as fault:
            self._kept.pop(shown, None)
            if fault.reason is Reason.NOT_FOUND:
                return None
            raise
        principal = _principal(answer.key)
        if principal is not None:
            self._kept[shown] = (principal, now + KEEP_SECONDS)
            self._kept.move_to_end(shown)
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return principal


def _principal(key: identity_service_pb2.ApiKey) -> Principal | None:
    try:
        role = Role(identity_service_pb2.Role.Name(key.role).removeprefix("ROLE_").lower())
    except ValueError:  # a role of a newer registry
        return None
    return Principal(role, tenant_id=key.tenant_id, publisher=key.publisher, key_id=key.id)
