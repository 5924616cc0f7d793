"""Sets where an install may send requests, and which secrets the host adds to them.

1 check it, 2 find the install, as it was read, 3 record and tell.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from kernel import egress, header_names, sealing
from kernel.egress import Destination
from kernel.errors import Fault
from kernel.grants import Credential
from kernel.watch import ChangeKind
from registry.access import own_install
from registry.changed import record
from registry.model import Install
from registry.ports import Catalog
from registry.update import installed_version

MAX_CREDENTIALS: Final = 16  # each one is a secret to open for each request to its origin
_PREFIX: Final = re.compile(r"[\x20-\x7e]{0,64}")


class Reaching:
    """The use-cases; one for the process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def set_egress(self, tenant_id: str, ref: str, told: Sequence[str] | None, if_revision: int | None) -> Install:
        """The install as it is now; unchanged when it says that already. None = the tenant says nothing.

        With `if_revision` only when it has that revision. Raises NOT_FOUND, INVALID_ARGUMENT, REVISION_CONFLICT.
        """
        # 1 check it
        destinations = None if told is None else checked_egress(told)
        async with self._catalog.write() as tables:
            # 2 find the install, as it was read
            install = await own_install(tables, tenant_id, ref, if_revision)
            if destinations == install.tenant_egress:
                return install
            # 3 record and tell
            return await record(tables, install, ChangeKind.EGRESS_CHANGED, self._now(), tenant_egress=destinations)

    async def set_credentials(self, tenant_id: str, ref: str, told: Sequence[Credential], if_revision: int | None) -> Install:
        """As `set_egress`. An origin that no destination of the installed manifest admits is INVALID_ARGUMENT."""
        # 1 check it
        credentials = checked_credentials(told)
        async with self._catalog.write() as tables:
            # 2 find the install, as it was read
            install = await own_install(tables, tenant_id, ref, if_revision)
            _check_within(credentials, (await installed_version(tables, install)).egress)
            if credentials == install.credentials:
                return install
            # 3 record and tell
            return await record(tables, install, ChangeKind.EGRESS_CHANGED, self._now(), credentials=credentials)


def checked_egress(told: Sequence[str]) -> tuple[str, ...]:
    """The destinations in their canonical text. Raises INVALID_ARGUMENT that names the entry."""
    if len(told) > egress.MAX_DESTINATIONS:
        raise Fault.invalid("egress.destinations", f"must be at most {egress.MAX_DESTINATIONS}")
    found = tuple(str(egress.parse(text, f"egress.destinations[{index}]")) for index, text in enumerate(told))
    for index, text in enumerate(found):
        if text in found[:index]:
            raise Fault.invalid(f"egress.destinations[{index}]", "must not be there twice")
    return found


def checked_credentials(told: Sequence[Credential]) -> tuple[Credential, ...]:
    """The credentials, origins and headers in their canonical text. Raises INVALID_ARGUMENT that names entry and field."""
    if len(told) > MAX_CREDENTIALS:
        raise Fault.invalid("credentials", f"must be at most {MAX_CREDENTIALS}")
    found: list[Credential] = []
    for index, one in enumerate(told):
        field = f"credentials[{index}]"
        origin, header = str(egress.parse_origin(one.origin, f"{field}.origin")), one.header.lower()
        if not header_names.is_name(header):
            raise Fault.invalid(f"{field}.header", "must be the name of a header")
        if header_names.is_reserved(header):
            raise Fault.invalid(f"{field}.header", "is set by the host alone")
        if not _PREFIX.fullmatch(one.prefix):
            raise Fault.invalid(f"{field}.prefix", "must be at most 64 visible ASCII characters and spaces")
        sealing.check_name(one.secret, f"{field}.secret")
        if any((other.origin, other.header) == (origin, header) for other in found):
            raise Fault.invalid(field, "must be the only one for its origin and header")
        found.append(Credential(origin, header, one.prefix, one.secret))
    return tuple(found)


def _check_within(credentials: Iterable[Credential], named: Iterable[str]) -> None:
    destinations = [found for text in named if (found := _destination(text)) is not None]
    for index, one in enumerate(credentials):
        origin = egress.parse_origin(one.origin, "")
        if not any(destination.touches(origin) for destination in destinations):
            raise Fault.invalid(f"credentials[{index}].origin", "must be one that a destination of the manifest's egress admits")


def _destination(text: str) -> Destination | None:
    try:
        return egress.parse(text, "")
    except Fault:  # published before destinations were checked
        return None
