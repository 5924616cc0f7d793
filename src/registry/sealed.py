"""Hands sealed secrets to the runner that runs the install's guest.

1 verify the grant, 2 compare it with the install as it is now, 3 which secrets, 4 read them. 2 and 4 are one transaction: what was
switched off or taken away is not read any more.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from kernel.capabilities import HOST_SECRETS
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.signing import PublicKey, Signed
from registry.model import VersionState
from registry.ports import Catalog
from registry.secrets import Stored

CAPABILITY: Final = "cap:secrets.get"


class SealedSecrets:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, keys: Callable[[], Mapping[str, PublicKey]], now: Callable[[], datetime]) -> None:
        self._catalog, self._keys, self._now = catalog, keys, now

    async def read(self, grant: Signed) -> Stored:
        """Raises GRANT_INVALID, GRANT_EXPIRED, GRANT_STALE, EXTENSION_REVOKED, CAPABILITY_DENIED."""
        # 1 verify the grant
        said = ExecutionGrant.verify(grant, self._keys(), self._now())
        async with self._catalog.read() as tables:
            # 2 compare it with the install as it is now
            install = await tables.installs.find(said.tenant_id, said.install_id)
            if install is not None and install.version_state is VersionState.REVOKED:
                raise Fault(Reason.EXTENSION_REVOKED)
            if install is None or install.id != said.install_id or not install.enabled or install.version_id != said.version_id:
                raise Fault(Reason.GRANT_STALE, log=f"grant for version {said.version_id} of {said.install_id}")
            # 3 which secrets
            every = CAPABILITY in said.capabilities & install.capabilities
            named = {one.secret for one in said.credentials} & {one.secret for one in install.credentials}
            named |= {HOST_SECRETS[one] for one in said.capabilities & install.capabilities & HOST_SECRETS.keys()}
            if not (every or named):
                raise Fault(Reason.CAPABILITY_DENIED, facts={"capability": CAPABILITY})
            # 4 read them
            found = await tables.secrets.of(install.tenant_id, install.id)
            mine = tuple(one for one in found if every or one.name in named)
            return Stored(install.id, install.secrets_revision, mine)
