"""What a caller may see: shared by all use-cases that name extensions, versions and installs."""

from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason
from registry.model import Extension, Install, Version, Viewer
from registry.ports import Tables


def viewer_of(principal: Principal) -> Viewer:
    """Through whose eyes the caller reads: publishers see their own extensions, tenants what they may install, others all."""
    if principal.role is Role.PUBLISHER:
        return Viewer(publisher=principal.publisher)
    if principal.role is Role.TENANT_ADMIN:
        return Viewer(tenant_id=principal.tenant_id)
    return Viewer()


async def visible_extension(tables: Tables, ref: str, viewer: Viewer) -> Extension:
    """By id or name. Raises NOT_FOUND, alike for one that does not exist and one that the viewer may not see."""
    extension = await tables.extensions.find(ref)
    if extension is None or not viewer.sees(extension):
        raise Fault(Reason.NOT_FOUND, log=f"extension {ref[:80]!r} for {viewer}")
    return extension


async def visible_version(tables: Tables, ref: str, version: str, viewer: Viewer) -> Version:
    """By extension and semver. Raises NOT_FOUND."""
    extension = await visible_extension(tables, ref, viewer)
    found = await tables.versions.find(extension.id, version)
    if found is None:
        raise Fault(Reason.NOT_FOUND, log=f"{extension.name} has no version {version[:80]!r}")
    return found


async def own_install(tables: Tables, tenant_id: str, ref: str, if_revision: int | None = None) -> Install:
    """An install of this tenant; with `if_revision` as the caller last read it. Raises NOT_FOUND, REVISION_CONFLICT."""
    install = await tables.installs.find(tenant_id, ref)
    if install is None:
        raise Fault(Reason.NOT_FOUND, log=f"install {ref[:80]!r} of {tenant_id}")
    if if_revision is not None and if_revision != install.revision:
        raise Fault(Reason.REVISION_CONFLICT, facts={"revision": install.revision})
    return install
