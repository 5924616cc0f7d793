"""The query strings of the gateway's own routes."""

from collections.abc import Collection

from gateway.target import decode
from kernel.errors import Fault


def parameters(query: str | None, known: Collection[str]) -> dict[str, str]:
    """Names and values, decoded. Raises INVALID_ARGUMENT for an unknown name, a name that stands twice, and a broken escape."""
    found: dict[str, str] = {}
    for part in (query or "").split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if name not in known:
            raise Fault.invalid("query", f"must have no other names than {', '.join(sorted(known))}")
        if name in found:
            raise Fault.invalid(name, "must be given once")
        found[name] = decode(value, name)
    return found


def number(parameters: dict[str, str], name: str, *, most: int, default: int = 0) -> int:
    """A whole number. Raises INVALID_ARGUMENT that names it and its limit."""
    text = parameters.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= most):
        raise Fault.invalid(name, f"must be a whole number of at most {most}")
    return int(text)
