"""Which endpoint of an installed version a request means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

ANY_PATH: Final = "*"
Mode = Literal["enforced", "advisory", "off"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path such as `/agreements/:id`; `timeout_ms` of zero is not set. `listed` = the version lists it."""

    method: str
    path: str
    timeout_ms: int = 0
    listed: bool = True


def segments(path: str) -> tuple[str, ...]:
    """The segments of a path; slashes at both ends do not count."""
    bare = path.strip("/")
    return tuple(bare.split("/")) if bare else ()


class EndpointTable:
    """The endpoints of one version, ready for many look-ups.

    Same method, same number of segments; a literal equals the decoded segment in every letter, `:name` takes any non-empty one.
    Of several the one with most literals wins, then the one whose literals stand further left. A handler whose version declares
    no endpoint takes every path, in every mode; without a handler there is nothing to call, in every mode.
    """

    __slots__ = ("_by_shape", "_has_handler")

    def __init__(self, endpoints: Iterable[Endpoint], *, has_handler: bool) -> None:
        self._by_shape: dict[tuple[str, int], list[tuple[tuple[str | None, ...], Endpoint]]] = {}
        for endpoint in endpoints if has_handler else ():
            pattern = tuple(None if part.startswith(":") else part for part in segments(endpoint.path))
            self._by_shape.setdefault((endpoint.method.upper(), len(pattern)), []).append((pattern, endpoint))
        for found in self._by_shape.values():
            found.sort(key=lambda item: _rank(item[0]), reverse=True)
        self._has_handler = has_handler

    def match(self, method: str, parts: Sequence[str], mode: Mode = "enforced") -> Endpoint | None:
        """The endpoint for a method and decoded segments, or None. `advisory`: what is not listed passes; `off`: no list counts."""
        if not self._has_handler:
            return None
        if mode == "off" or not self._by_shape:
            return Endpoint(method, ANY_PATH)
        for pattern, endpoint in self._by_shape.get((method, len(parts)), ()):
            if all(part == want if want is not None else part != "" for part, want in zip(parts, pattern, strict=True)):
                return endpoint
        return Endpoint(method, ANY_PATH, listed=False) if mode == "advisory" else None


def _rank(pattern: tuple[str | None, ...]) -> tuple[int, tuple[bool, ...]]:
    literal = tuple(part is not None for part in pattern)
    return sum(literal), literal
