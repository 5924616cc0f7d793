"""Values of described types as the host application writes them: names in camelCase, absent members left out."""

from typing import Any

from runner.engine.types import Many, Option, Record, Type


def camel(name: str) -> str:
    """`page-size` as `pageSize`."""
    first, *rest = name.split("-")
    return first + "".join(part.capitalize() for part in rest)


def to_host(value: Any) -> Any:
    """A value with the names of the world, for the host application."""
    if isinstance(value, dict):
        return {camel(name): to_host(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [to_host(part) for part in value]
    return value


def from_host(kind: Type, value: Any) -> Any:
    """What the host application said, with the names of the world. Unknown members are dropped; nothing is checked."""
    match kind:
        case Option(item):
            return None if value is None else from_host(item, value)
        case Many(item) if isinstance(value, list):
            return [from_host(item, one) for one in value]
        case Record() if isinstance(value, dict):
            return {name: from_host(part, value.get(camel(name))) for name, part in kind.fields.items()}
    return value
