"""The values of the limits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kernel.errors import Fault, Reason, Violation


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket of `burst` tokens that fills by `per_second`; of zero = no limit."""

    burst: float
    per_second: float

    def lowered(self, other: "Rate") -> "Rate":
        """The smaller values of both."""
        return Rate(min(self.burst, other.burst), min(self.per_second, other.per_second))

    @property
    def window(self) -> int:
        """Whole seconds in which an empty bucket is full again."""
        return max(1, math.ceil(self.burst / self.per_second))


@dataclass(frozen=True, slots=True)
class Want:
    """Tokens of one bucket. `name` says to callers which limit it is; `key` is whose bucket."""

    name: str
    key: str
    rate: Rate
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket is. `wait` is how many seconds the wanted tokens are away; 0 = they were there."""

    want: Want
    remaining: float
    wait: float = 0.0

    @property
    def reset(self) -> int:
        """Whole seconds until the bucket is full."""
        return math.ceil(max(0.0, self.want.rate.burst - self.remaining) / self.want.rate.per_second)


@dataclass(frozen=True, slots=True)
class Place:
    """A place among the calls of `key` that run at once."""

    name: str
    key: str
    most: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used of a day's quotas."""

    calls: int = 0
    cpu_us: int = 0
    egress_bytes: int = 0


NOTHING: Final = Spent()


class Limited(Fault):
    """A limit of a caller is reached: RATE_LIMITED or QUOTA_EXCEEDED, with the header fields that tell it."""

    def __init__(self, reason: Reason, name: str, rule: str, seconds: float, headers: Mapping[str, str] | None = None) -> None:
        self.seconds = max(1, math.ceil(seconds))
        facts: dict[str, str | int] = {"limit": name, "retry_after_seconds": self.seconds}
        super().__init__(reason, violations=(Violation(name, rule),), facts=facts)
        self.headers = {**(headers or {}), "retry-after": str(self.seconds)}
