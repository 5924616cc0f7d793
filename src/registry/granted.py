"""What a running guest may still do: its grant compared with its install as it is now."""

from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from registry.model import Install, Standing, VersionState
from registry.ports import Tables


async def granted_install(tables: Tables, said: ExecutionGrant, capability: str) -> Install:
    """The install that a verified grant names, if it still has the capability.

    Raises EXTENSION_REVOKED, GRANT_STALE, CAPABILITY_DENIED.
    """
    install = await tables.installs.find(said.tenant_id, said.install_id)
    check_standing(said, install, capability)
    assert install is not None
    return install


def check_standing(said: ExecutionGrant, standing: Install | Standing | None, capability: str) -> None:
    """Whether a grant opens what needs a capability now. Raises EXTENSION_REVOKED, GRANT_STALE, CAPABILITY_DENIED."""
    if standing is not None and standing.version_state is VersionState.REVOKED:
        raise Fault(Reason.EXTENSION_REVOKED)
    # What it may do now counts, not whether anything changed: a new configuration takes nothing from running calls.
    if standing is None or not standing.enabled or standing.version_id != said.version_id:
        raise Fault(Reason.GRANT_STALE, log=f"grant for version {said.version_id} of {said.install_id}")
    if capability not in said.capabilities & standing.capabilities:
        raise Fault(Reason.CAPABILITY_DENIED, facts={"capability": capability})
