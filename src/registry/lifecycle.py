"""What becomes of extensions and versions after they are published: deprecated, yanked, revoked, shown or hidden."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kernel import fields
from kernel.auth import Principal
from kernel.errors import Fault, Reason
from kernel.watch import ChangeKind
from registry.access import viewer_of, visible_extension, visible_version
from registry.model import Extension, Version, VersionState, Visibility
from registry.ports import Catalog

MAX_DEPRECATION: Final = 1_000
MAX_ALLOWED_TENANTS: Final = 1_000


class Lifecycle:
    """The use-cases; callers are operators, and publishers for what is theirs."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def deprecate(self, principal: Principal, ref: str, message: str) -> Extension:
        """The extension as it is now. Raises NOT_FOUND, INVALID_ARGUMENT."""
        fields.text(message, "message", least=1, most=MAX_DEPRECATION)
        async with self._catalog.write() as tables:
            extension = await visible_extension(tables, ref, viewer_of(principal))
            changed = replace(extension, deprecation=message)
            await tables.extensions.save(changed)
            return changed

    async def show(self, principal: Principal, ref: str, visibility: Visibility, tenants: Sequence[str]) -> Extension:
        """Set who may see and install it; existing installs stay. Raises NOT_FOUND, INVALID_ARGUMENT."""
        if len(tenants) > MAX_ALLOWED_TENANTS:
            raise Fault.invalid("allowed_tenants", f"must be at most {MAX_ALLOWED_TENANTS}")
        allowed = frozenset(fields.tenant_id(tenant, "allowed_tenants") for tenant in tenants)
        async with self._catalog.write() as tables:
            extension = await visible_extension(tables, ref, viewer_of(principal))
            changed = replace(extension, visibility=visibility, allowed_tenants=allowed)
            await tables.extensions.save(changed)
            return changed

    async def yank(self, principal: Principal, ref: str, version: str) -> Version:
        """Withdraw a version from installs and updates. Raises NOT_FOUND, VERSION_REVOKED."""
        async with self._catalog.write() as tables:
            found = await visible_version(tables, ref, version, viewer_of(principal))
            if found.state is VersionState.REVOKED:
                raise Fault(Reason.VERSION_REVOKED)
            await tables.versions.set_state(found.id, VersionState.YANKED)
            return replace(found, state=VersionState.YANKED)

    async def revoke(self, principal: Principal, ref: str, version: str) -> Version:
        """Stop a version everywhere; there is no way back. Raises NOT_FOUND."""
        async with self._catalog.write() as tables:
            found = await visible_version(tables, ref, version, viewer_of(principal))
            if found.state is VersionState.REVOKED:
                return found
            await tables.versions.set_state(found.id, VersionState.REVOKED)
            await tables.changes.append(ChangeKind.VERSION_REVOKED, found.extension_id, found.content_hash)
            return replace(found, state=VersionState.REVOKED)
