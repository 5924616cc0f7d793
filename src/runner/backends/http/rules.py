"""Where one install may send requests: what the operator, the manifest and the tenant say, all of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from kernel import egress
from kernel.egress import Destination
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from runner.backends.http.target import Target
from runner.egress_settings import ANY

_KEPT: Final = 1024  # lists that are not read again for each request


class Rules:
    """The lists that hold for one call. The operator's and the manifest's hold even when they are empty: then nothing passes."""

    def __init__(self, platform: Sequence[str], grant: ExecutionGrant) -> None:
        self._lists = {"manifest": _read(grant.egress)}
        if ANY not in platform:
            self._lists["platform"] = _read(tuple(platform))
        if grant.tenant_egress is not None:
            self._lists["tenant"] = _read(grant.tenant_egress)

    def check(self, target: Target) -> None:
        """Raises EGRESS_DENIED; which list did not name the target is for the log."""
        for name, entries in self._lists.items():
            if not any(entry.admits(target.origin, target.path) for entry in entries):
                raise Fault(Reason.EGRESS_DENIED, log=f"the {name}'s list does not name it")


@lru_cache(_KEPT)
def _read(entries: tuple[str, ...]) -> tuple[Destination, ...]:
    found = []
    for entry in entries:
        try:
            found.append(egress.parse(entry, ""))
        except Fault:  # of another version of the registry; what cannot be read admits nothing
            continue
    return tuple(found)
