"""What a tenant limits of an install as one object of JSON: of one call, and of all callers together; zeros are left out."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from kernel.caller_limits import CallerLimits
from kernel.grants import Limits

_OF_CALLERS: Final = frozenset(field.name for field in fields(CallerLimits))


def to_json(limits: Limits, of_callers: CallerLimits) -> dict[str, int] | None:
    """As it is stored; None = the tenant says nothing."""
    return {name: value for name, value in {**asdict(limits), **asdict(of_callers)}.items() if value} or None


def from_json(stored: Mapping[str, Any] | None) -> tuple[Limits, CallerLimits]:
    """What was stored. Raises TypeError for a name that nobody knows."""
    found = stored or {}
    callers = {name: value for name, value in found.items() if name in _OF_CALLERS}
    return Limits(**{name: value for name, value in found.items() if name not in _OF_CALLERS}), CallerLimits(**callers)
