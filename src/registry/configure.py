"""Sets an install's configuration: 1 check it, 2 find the install, as it was read, 3 record and tell."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from kernel.archive.rules import printable
from kernel.errors import Fault, Reason, Violation
from kernel.watch import ChangeKind
from registry import lifetime
from registry.access import own_install
from registry.changed import record
from registry.model import Install
from registry.ports import Catalog

# Every grant carries the configuration, and so does every call: a tenant's large one must not make calls slow.
MAX_KEYS: Final = 64
MAX_VALUE_BYTES: Final = 4 << 10
MAX_TOTAL_BYTES: Final = 16 << 10
_KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Configuring:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def set(self, tenant_id: str, ref: str, configuration: Mapping[str, str], if_revision: int | None) -> Install:
        """The install as it is now; unchanged when it has that configuration.

        With `if_revision` only when it has that revision. Raises NOT_FOUND, INVALID_ARGUMENT, REVISION_CONFLICT.
        """
        # 1 check it
        check(configuration)
        async with self._catalog.write() as tables:
            # 2 find the install, as it was read
            install = await own_install(tables, tenant_id, ref, if_revision)
            if configuration == install.configuration:
                return install
            # 3 record and tell
            return await record(tables, install, ChangeKind.CONFIGURED, self._now(), configuration=dict(configuration))


def check(configuration: Mapping[str, str]) -> None:
    """Raises INVALID_ARGUMENT that names each key that breaks a rule."""
    if len(configuration) > MAX_KEYS:
        raise Fault.invalid("configuration", f"must have at most {MAX_KEYS} keys")
    violations = (*_violations(configuration), *lifetime.violations(configuration))
    total = sum(len(key.encode()) + len(value.encode()) for key, value in configuration.items())
    if total > MAX_TOTAL_BYTES:
        violations += (Violation("configuration", f"must have at most {MAX_TOTAL_BYTES} bytes of keys and values"),)
    if violations:
        raise Fault(Reason.INVALID_ARGUMENT, violations=violations)


def _violations(configuration: Mapping[str, str]) -> Iterator[Violation]:
    for key, value in sorted(configuration.items()):
        field = f"configuration[{printable(key)}]"
        if not _KEY.fullmatch(key):
            yield Violation(field, "must have a key of 1 to 64 characters of [A-Za-z0-9._-]")
        if len(value.encode()) > MAX_VALUE_BYTES:
            yield Violation(field, f"must have at most {MAX_VALUE_BYTES} bytes")
