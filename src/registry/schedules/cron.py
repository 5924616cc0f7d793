"""Cron expressions in time zones: five fields of digits and `* / , -`, read as Debian's cron reads them.

Where clocks change, an expression that tells minute and hour fires once for each time of day that it names: at the first of two
equal times, and right after the gap for times that are skipped. With a `*` at the beginning of minute or hour it goes by real time.
The library knows the calendar; what clocks do is decided here.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from kernel.errors import Fault

MAX_CRON: Final = 128  # characters
MAX_TIMEZONE: Final = 64
MIN_MINUTES: Final = 5  # between two times of day
_DAY: Final = 24 * 60
_FIELD: Final = re.compile(r"[0-9*/,-]+")
_ANY_DAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - the library counts local times
_TWICE: Final = timedelta(hours=4)  # more than any night has twice
_ROOM: Final = 2 * 4 * 60 // MIN_MINUTES  # occurrences whose order such a night may change


def normal(text: str) -> str:
    """The expression with one space between its fields. Raises INVALID_ARGUMENT that says which rule of `cron` it breaks."""
    if len(text) > MAX_CRON:
        raise Fault.invalid("cron", f"must have at most {MAX_CRON} characters")
    parts = text.split()
    if len(parts) != 5 or not all(_FIELD.fullmatch(part) for part in parts):
        raise Fault.invalid("cron", "must be five fields of [0-9*/,-]: minute, hour, day of month, month, day of week")
    minute, hour, day, _, weekday = parts
    if day != "*" and weekday != "*":
        raise Fault.invalid("cron", "must not tell both a day of the month and a day of the week: one of them must be *")
    expression = " ".join(parts)
    if next(_simulation(expression, _ANY_DAY), None) is None:
        raise Fault.invalid("cron", "must name a day that exists")
    if _closest(f"{minute} {hour} * * *") < MIN_MINUTES:
        raise Fault.invalid("cron", f"must not fire more often than every {MIN_MINUTES} minutes, also over midnight")
    return expression


def zone(name: str) -> tzinfo:
    """The time zone. Raises INVALID_ARGUMENT for what is no name in the IANA database."""
    if len(name) > MAX_TIMEZONE:
        raise Fault.invalid("timezone", f"must have at most {MAX_TIMEZONE} characters")
    if name not in _names():
        raise Fault.invalid("timezone", "must be the name of an IANA time zone, e.g. Europe/Berlin")
    return UTC if name == "UTC" else ZoneInfo(name)


def after(cron: str, timezone: str, moment: datetime) -> datetime | None:
    """The first occurrence later than a moment, if there is one. Raises INVALID_ARGUMENT."""
    where, fixed = zone(timezone), _names_times(cron)
    seen: list[datetime] = []
    for local in _simulation(cron, _local(moment, where) - _TWICE):
        instants = _instants(local, where, fixed)
        seen += [one for one in instants if one > moment]
        # The second of two equal times is seen with the first, and later ones may come before it.
        if instants and instants[0] > moment:
            return min(seen)
    return None


def latest(cron: str, timezone: str, begin: datetime, end: datetime, most: int) -> list[datetime]:
    """The last occurrences from `begin` to `end`, both included, latest first. Raises INVALID_ARGUMENT."""
    where, fixed = zone(timezone), _names_times(cron)
    found: set[datetime] = set()
    for local in _simulation(cron, _local(end, where) + _TWICE, reverse=True):
        instants = _instants(local, where, fixed)
        if len(found) >= most + _ROOM or (instants and max(instants) < begin):
            break
        found.update(one for one in instants if begin <= one <= end)
    return sorted(found, reverse=True)[:most]


def _local(moment: datetime, where: tzinfo) -> datetime:
    return moment.astimezone(where).replace(tzinfo=None, microsecond=0)


def _instants(local: datetime, where: tzinfo, fixed: bool) -> tuple[datetime, ...]:
    """When clocks show a local time, as far as it fires then: never, once, or twice."""
    first = local.replace(tzinfo=where)
    if not fixed:
        shown = {first.astimezone(UTC), first.replace(fold=1).astimezone(UTC)}
        return tuple(sorted(one for one in shown if one.astimezone(where).replace(tzinfo=None) == local))
    while first.astimezone(UTC).astimezone(where) != first:  # skipped: the end of the gap
        first += timedelta(minutes=1)
    return (first.astimezone(UTC),)


def _simulation(cron: str, moment: datetime, *, reverse: bool = False) -> CronSim:
    try:
        return CronSim(cron, moment, reverse)
    except CronSimError as error:
        raise Fault.invalid("cron", f"must be a cron expression: {str(error).lower()}") from error


def _names_times(cron: str) -> bool:
    """Whether it names times of day, and does not go by real time."""
    minute, hour, *_ = cron.split()
    return not (minute.startswith("*") or hour.startswith("*"))


def _closest(cron: str) -> int:
    """The least number of minutes between two occurrences of an expression for every day, as far as it matters here."""
    end = _ANY_DAY + timedelta(days=2)
    closest, before = _DAY, None
    for one in _simulation(cron, _ANY_DAY - timedelta(seconds=1)):
        if one >= end or closest < MIN_MINUTES:
            break
        if before is not None:
            closest = min(closest, int((one - before).total_seconds()) // 60)
        before = one
    return closest


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """All time zones, the same on every machine."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text().split())
