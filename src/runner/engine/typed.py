"""Checked JSON of described types as values that guests are given."""

from typing import Any, Final

from runner.engine.types import Enumeration, Many, Number, Option, Record, Type
from runner.engine.values import U16, U32, U64, Enum, Some

_SIZED: Final = {"u16": U16, "u32": U32, "u64": U64}


def typed(kind: Type, value: Any) -> Any:
    """Checked JSON as `runner.engine.values.lower` takes it."""
    match kind:
        case Number(wat="f64"):
            return float(value)
        case Number(wat=wat) if wat in _SIZED:
            return _SIZED[wat](value)
        case Enumeration():
            return Enum(value)
        case Option(item):
            return None if value is None else Some(typed(item, value))
        case Many(item):
            return [typed(item, one) for one in value]
        case Record():
            return {name: typed(part, value[name]) for name, part in kind.fields.items()}
    return value
