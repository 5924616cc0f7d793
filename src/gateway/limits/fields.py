"""`RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10: structured fields whose items are named policies.

`q` is the quota and `w` its window in seconds, `r` what remains and `t` the seconds until all of it is there again.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.limits.model import Level, Rate

POLICY: Final = "ratelimit-policy"
STATE: Final = "ratelimit"
DAY_SECONDS: Final = 86_400


def policy(rates: Mapping[str, Rate]) -> str:
    """What the buckets allow."""
    return ", ".join(f'"{name}";q={int(rate.burst)};w={rate.window}' for name, rate in rates.items())


def state(level: Level) -> str:
    """How full one bucket is: that which is the emptiest, since it is the next to refuse."""
    return f'"{level.want.name}";r={int(max(0.0, level.remaining))};t={level.reset}'


def emptiest(levels: Sequence[Level]) -> Level:
    """The one with the smallest part of its burst left."""
    return min(levels, key=lambda level: level.remaining / level.want.rate.burst)


def quota(name: str, most: int, seconds: float) -> dict[str, str]:
    """The fields for a quota of the day that is used up."""
    return {POLICY: f'"{name}";q={most};w={DAY_SECONDS}', STATE: f'"{name}";r=0;t={int(seconds)}'}
