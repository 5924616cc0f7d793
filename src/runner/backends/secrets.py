"""The host side of `secrets`, and of what the host itself needs of them. A value is opened for one call and kept nowhere."""

from collections.abc import Callable, Mapping
from datetime import datetime

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult, SecretNames
from kernel.errors import Fault, Reason
from kernel.rpc import Peer
from kernel.sealing import SealingKey, open_one
from runner.backends.sealed import SealedSecrets
from runner.caller import Caller


class RegistrySecrets:
    """The service of `secrets`, and the port `SecretValues`. `keys` by key id; empty = nothing can be opened here."""

    def __init__(self, registry: Peer, keys: Callable[[], Mapping[str, SealingKey]], now: Callable[[], datetime]) -> None:
        self._sealed, self._keys, self._now = SealedSecrets(registry), keys, now

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """One call of `secrets`. Raises as `reveal` does, and what `SealedSecrets.of` raises."""
        if call.WhichOneof("function") == "secret_get":
            return HostResult(secret=await self.reveal(caller, call.secret_get.name))
        return HostResult(secret_names=SecretNames(names=sorted(await self._sealed.of(caller))))

    async def reveal(self, caller: Caller, name: str) -> str:
        """See the port."""
        found = (await self._sealed.of(caller)).get(name)
        if found is None:
            raise Fault(Reason.SECRET_MISSING)
        if found.place.expires_at is not None and self._now() >= found.place.expires_at:
            raise Fault(Reason.SECRET_EXPIRED)
        return open_one(found.boxes, found.place, self._keys())
