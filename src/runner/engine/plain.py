"""Values of described types as JSON has them: what crosses between executor and runner where no bodies do.

Records are objects with the names of the world, lists arrays, an absent option null, cases of enums their names. Both ends check
what arrives against the type: an executor may have been taken over by its guest. Nothing here loads the engine.
"""

import math
from typing import Any

from runner.engine.types import Bytes, Enumeration, Many, Number, Option, Record, Text, Type


class NotOfType(Exception):  # noqa: N818 - it is what happened
    """JSON that is no value of the type; says where."""


def plain(kind: Type, value: Any) -> Any:
    """A value that was lifted from a guest, as JSON has it."""
    match kind:
        case Many(item):
            return [plain(item, one) for one in value]  # the lifted empty list is b""
        case Option(item):
            return None if value is None else plain(item, value)
        case Record():
            return {name: plain(part, value[name]) for name, part in kind.fields.items()}
    return value


def checked(kind: Type, value: Any, where: str = "value") -> Any:
    """The same JSON, if it is a value of the type; members that may be absent become null. Raises NotOfType."""
    match kind:
        case Text():
            good = isinstance(value, str) and _is_unicode(value)
        case Number(wat="bool"):
            good = isinstance(value, bool)
        case Number(wat="f64"):
            good = isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
        case Number():
            good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 8 * kind.size
        case Enumeration():
            good = isinstance(value, str) and value in kind.cases
        case Option(item):
            return None if value is None else checked(item, value, where)
        case Many(item):
            if isinstance(value, list):
                return [checked(item, one, f"{where}[{index}]") for index, one in enumerate(value)]
            good = False
        case Record():
            if isinstance(value, dict) and value.keys() <= kind.fields.keys():
                return {name: checked(part, value.get(name), f"{where}.{name}") for name, part in kind.fields.items()}
            good = False
        case Bytes():
            good = False
    if not good:
        raise NotOfType(f"{where} is not a {kind.wat[:40]}")
    return value


def _is_unicode(text: str) -> bool:
    """JSON can escape half a character; no component can hold one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_finite(number: int | float) -> bool:
    """Whether it is a number of a double's range: JSON's integers have no end."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False
