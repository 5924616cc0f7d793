"""What a tenant says that all callers of one install may ask together."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from kernel.errors import Violation

MOST: Final = 999_999_999_999_999  # the largest number of a structured header field, in which callers are told


@dataclass(frozen=True, slots=True)
class CallerLimits:
    """As `alga.registry.v1.CallerLimits` has it; zero says nothing. Gateways hold callers to the least of it and their settings."""

    calls_per_minute: int = 0
    calls_at_once: int = 0
    calls_per_day: int = 0
    cpu_seconds_per_day: int = 0
    egress_bytes_per_day: int = 0


def caller_limits_of(said: Any) -> CallerLimits:
    """Those of a message."""
    return CallerLimits(**{field.name: getattr(said, field.name) for field in fields(CallerLimits)})


def too_large(limits: CallerLimits) -> Iterator[Violation]:
    """Those that are."""
    for name, value in asdict(limits).items():
        if value > MOST:
            yield Violation(f"caller_limits.{name}", f"must be at most {MOST}")
