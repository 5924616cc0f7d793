"""Sealed secrets of installs in memory."""

from registry.catalog.memory_state import State
from registry.model import SealedSecret


class MemorySecrets:
    """The `Secrets` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def of(self, tenant_id: str, install_id: str) -> tuple[SealedSecret, ...]:
        """All of an install, by name."""
        mine = [one for key, one in self._state.secrets.items() if key[:2] == (tenant_id, install_id)]
        return tuple(sorted(mine, key=lambda one: one.name))

    async def put(self, tenant_id: str, install_id: str, secret: SealedSecret) -> None:
        """Write one, new or not."""
        self._state.secrets[tenant_id, install_id, secret.name] = secret

    async def remove(self, tenant_id: str, install_id: str, name: str) -> None:
        """Remove one, if it is there."""
        self._state.secrets.pop((tenant_id, install_id, name), None)

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all of an install."""
        for key in [key for key in self._state.secrets if key[:2] == (tenant_id, install_id)]:
            del self._state.secrets[key]
