"""Sealed secrets of installs, as the registry keeps them: asked for once for each revision, and never opened here.

No request says for whom it is: the registry reads that from the grant, and checks it against live state.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gen.alga.registry.v1 import secret_service_pb2, secret_service_pb2_grpc
from kernel.convert import signed_to_proto
from kernel.errors import Reason
from kernel.rpc import Peer
from kernel.sealing import Box, Place
from runner.caller import Caller
from runner.registry_rpc import registry_rpc

MAX_KEPT_BYTES: Final = 8 << 20  # of ciphertext: one install has at most 256 KiB
_CAPABILITY: Final = "cap:secrets.get"
_TOLD: Final = frozenset(
    {
        Reason.CAPABILITY_DENIED,
        Reason.GRANT_INVALID,
        Reason.GRANT_EXPIRED,
        Reason.GRANT_STALE,
        Reason.EXTENSION_REVOKED,
        Reason.DEADLINE_EXCEEDED,
    }
)
_Key = tuple[str, str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret that is still closed."""

    place: Place
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    revision: int
    secrets: Mapping[str, Sealed]
    size: int


class SealedSecrets:
    """Asks the registry; keeps the last answers while grants say that nothing changed."""

    def __init__(self, registry: Peer) -> None:
        self._registry = registry
        self._stub = secret_service_pb2_grpc.SecretServiceStub(registry.channel)
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._size = 0

    async def of(self, caller: Caller) -> Mapping[str, Sealed]:
        """Those that the caller's grant opens, by name.

        Raises CAPABILITY_DENIED, GRANT_INVALID, GRANT_EXPIRED, GRANT_STALE, EXTENSION_REVOKED, DEADLINE_EXCEEDED, UNAVAILABLE.
        """
        grant = caller.grant
        if not grant.secrets_revision:
            return {}
        # What the registry answers depends on these.
        rights = (grant.capabilities & {_CAPABILITY}) or grant.capabilities | {one.secret for one in grant.credentials}
        key = (grant.tenant_id, grant.install_id, frozenset(rights))
        kept = self._kept.get(key)
        if kept is None or kept.revision != grant.secrets_revision:
            kept = await self._ask(caller)
            self._keep(key, kept)
        self._kept.move_to_end(key)
        return kept.secrets

    async def _ask(self, caller: Caller) -> _Kept:
        request = secret_service_pb2.ReadSealedRequest(grant=signed_to_proto(caller.signed))
        with registry_rpc(_TOLD):
            answer = await self._stub.ReadSealed(request, metadata=self._registry.metadata(), timeout=caller.seconds)
        secrets = {one.name: _sealed(caller, one) for one in answer.secrets}
        return _Kept(answer.revision, secrets, answer.ByteSize())

    def _keep(self, key: _Key, kept: _Kept) -> None:
        old = self._kept.pop(key, None)
        self._kept[key] = kept
        self._size += kept.size - (old.size if old else 0)
        while self._size > MAX_KEPT_BYTES and len(self._kept) > 1:
            self._size -= self._kept.popitem(last=False)[1].size


def _sealed(caller: Caller, message: secret_service_pb2.SealedSecret) -> Sealed:
    # Tenant and install are those of the grant, whatever the registry answers.
    ends: datetime | None = message.expires_at.ToDatetime(UTC) if message.HasField("expires_at") else None
    place = Place(caller.grant.tenant_id, caller.grant.install_id, message.name, message.revision, ends)
    return Sealed(place, tuple(Box(box.key_id, box.algorithm, box.ciphertext) for box in message.boxes))
