"""What a tenant limits of an install as one object of JSON: of one call, and of all callers together; zeros are left out."""

from dataclasses import asdict, fields
from typing import Any, Final

from kernel.caller_limits import CallerLimits
from kernel.grants import Limits

_OF_CALLS: Final = frozenset(field.name for field in fields(Limits))
_OF_CALLERS: Final = frozenset(field.name for field in fields(CallerLimits))
# What holds where the column cannot be read: next to nothing, and the tenant's admins can still set it anew.
LEAST: Final = (Limits(**dict.fromkeys(_OF_CALLS, 1)), CallerLimits(**dict.fromkeys(_OF_CALLERS, 1)))


def to_json(limits: Limits, of_callers: CallerLimits) -> dict[str, int] | None:
    """As it is stored; None = the tenant says nothing."""
    return {name: value for name, value in {**asdict(limits), **asdict(of_callers)}.items() if value} or None


def from_json(stored: Any) -> tuple[Limits, CallerLimits] | None:
    """What `to_json` made; None for anything else."""
    found = {} if stored is None else stored
    if not isinstance(found, dict) or not all(type(value) is int and value > 0 for value in found.values()):
        return None
    if found.keys() - _OF_CALLS - _OF_CALLERS:
        return None
    calls, callers = ({name: found[name] for name in found.keys() & known} for known in (_OF_CALLS, _OF_CALLERS))
    return Limits(**calls), CallerLimits(**callers)
