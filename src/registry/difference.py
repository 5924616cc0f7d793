"""How what one version asks for differs from what another one asks for."""

from collections.abc import Iterable

from kernel.capabilities import DEFAULTS
from registry.model import Difference, Endpoint, Version


def difference(old: Version, new: Version) -> Difference:
    """From `old` to `new`; empty exactly when both ask for the same.

    Capabilities that every install has make no difference, asked for or not. Endpoints are the same when method and path are: which
    handler answers, and how long it may take, is the publisher's matter.
    """
    return Difference(
        added_capabilities=_only(new.capabilities, DEFAULTS.union(old.capabilities)),
        removed_capabilities=_only(old.capabilities, DEFAULTS.union(new.capabilities)),
        added_egress=_only(new.egress, old.egress),
        removed_egress=_only(old.egress, new.egress),
        added_endpoints=_unknown(new.endpoints, old.endpoints),
        removed_endpoints=_unknown(old.endpoints, new.endpoints),
    )


def _only(these: Iterable[str], those: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(these) - set(those)))


def _unknown(these: Iterable[Endpoint], those: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    known = {(one.method, one.path) for one in those}
    return tuple(one for one in these if (one.method, one.path) not in known)
