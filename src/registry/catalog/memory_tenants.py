"""Installs, their storage and the change log in memory."""

from dataclasses import replace

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.fields import Page
from kernel.watch import Change, ChangeKind
from registry import ports
from registry.catalog.memory_state import State
from registry.model import Install, Standing


class MemoryInstalls:
    """The `Installs` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, install: Install) -> None:
        """Record an install."""
        if any(one.extension_id == install.extension_id for one in self._of(install.tenant_id)):
            raise Fault(Reason.ALREADY_EXISTS)
        self._state.installs[install.tenant_id, install.id] = install

    async def find(self, tenant_id: str, ref: str) -> Install | None:
        """Of this tenant, by any of its names."""
        wanted, mine = ref.lower(), self._of(tenant_id)
        for names in zip(*(self._names(one) for one in mine), strict=True):
            if wanted in names:
                return mine[names.index(wanted)]
        return None

    async def standing(self, tenant_id: str, install_id: str) -> Standing | None:
        """What an install may do now."""
        found = self._state.installs.get((tenant_id, install_id))
        if found is None:
            return None
        state = self._current(found).version_state
        return Standing(found.enabled, found.version_id, state, found.capabilities, found.configuration)

    async def save(self, install: Install) -> None:
        """Write what can change."""
        self._state.installs[install.tenant_id, install.id] = install

    async def remove(self, tenant_id: str, install_id: str) -> None:
        """Remove an install."""
        self._state.installs.pop((tenant_id, install_id), None)

    async def page(self, tenant_id: str, page: Page) -> list[Install]:
        """Of this tenant, ordered by extension name."""
        mine = sorted(self._of(tenant_id), key=lambda one: one.extension_name)
        return [one for one in mine if not page.after or one.extension_name > page.after[0]][: page.size + 1]

    async def located(self, install_id: str) -> Install | None:
        """Any tenant's install by its id."""
        return next((self._current(one) for one in self._state.installs.values() if one.id == install_id), None)

    async def serving(self, ref: str, content_hash: Digest) -> Install | None:
        """Any tenant's enabled install of this bundle."""
        for install in map(self._current, self._state.installs.values()):
            if install.enabled and install.content_hash == content_hash and ref.lower() in self._names(install)[:3]:
                return install
        return None

    def _of(self, tenant_id: str) -> list[Install]:
        return [self._current(one) for one in self._state.installs.values() if one.tenant_id == tenant_id]

    def _current(self, install: Install) -> Install:
        version = self._state.versions[install.version_id]
        return replace(install, version_state=version.state, hooks=version.hooks)

    def _names(self, install: Install) -> tuple[str, str, str, str]:
        qualified = f"{self._state.publisher_of(install.extension_id)}.{install.extension_name}"
        return install.id, install.extension_id, install.extension_name, qualified


class MemoryChanges:
    """The `Changes` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def append(
        self, kind: ChangeKind, extension_id: str, content_hash: Digest, tenant_id: str = "", install_id: str = ""
    ) -> int:
        """Write one change, and forget those that nobody may still read."""
        self._state.revision += 1
        change = Change(self._state.revision, kind, tenant_id, install_id, extension_id, content_hash)
        self._state.changes = [*self._state.changes, change][-ports.MAX_BEHIND :]
        return change.revision

    async def after(self, revision: int, most: int) -> list[Change]:
        """The oldest changes with a greater revision."""
        return [change for change in self._state.changes if change.revision > revision][:most]

    async def head(self) -> int:
        """The last revision."""
        return self._state.revision
