"""What a call used and logged, as the JSON of two columns."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from kernel.errors import TABLE, Reason
from registry.catalog.rows import to_micros, to_time
from registry.execution import HostFailures, Line, Spent

_NUMBERS: Final = tuple(field.name for field in fields(Spent) if field.name not in ("host_calls", "host_failures"))


def spent_to_json(spent: Spent) -> dict[str, Any]:
    """An object; what is zero or empty is left out."""
    told: dict[str, Any] = {name: getattr(spent, name) for name in _NUMBERS}
    told["host_calls"] = dict(spent.host_calls)
    told["host_failures"] = [[one.interface, one.reason.value, one.count] for one in spent.host_failures]
    return {name: value for name, value in told.items() if value}


def spent_from_json(stored: dict[str, Any]) -> Spent:
    """What `spent_to_json` made."""
    failures = [
        HostFailures(interface, Reason(reason), TABLE[Reason(reason)].blame, count)
        for interface, reason, count in stored.get("host_failures", ())
    ]
    numbers = {name: stored.get(name, 0) for name in _NUMBERS}
    return Spent(host_calls=stored.get("host_calls", {}), host_failures=tuple(failures), **numbers)


def lines_to_json(lines: Sequence[Line]) -> list[list[Any]]:
    """A list for each line."""
    return [[to_micros(line.at), line.level, line.stream, line.message, line.truncated] for line in lines]


def lines_from_json(stored: Sequence[Sequence[Any]]) -> tuple[Line, ...]:
    """What `lines_to_json` made."""
    return tuple(Line(to_time(at), level, stream, message, truncated) for at, level, stream, message, truncated in stored)
