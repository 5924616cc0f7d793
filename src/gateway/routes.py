"""Which handler answers a method and a path, and the header fields that all its answers carry."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import web

from gateway.reply import Reply, problem
from gateway.target import Target
from kernel.errors import Fault, Reason

API_PREFIX: Final = "/api/ext/"
PROXY_PREFIX: Final = "/api/ext-proxy/"
UI_PREFIX: Final = "/ext-ui"

Handler = Callable[[web.BaseRequest, Target], Awaitable[Reply]]
SANDBOX: Final = "sandbox allow-scripts"
_COMMON: Final = (("server", "alga-gateway"), ("x-content-type-options", "nosniff"))
# Guests' answers are not to become pages with the gateway's origin.
API_FIELDS: Final = (*_COMMON, ("content-security-policy", "sandbox; default-src 'none'"))
# Frames are sandboxed, so their requests come from the origin `null`. A page that is opened on its own is sandboxed by its policy.
UI_FIELDS: Final = (
    *_COMMON,
    ("content-security-policy", SANDBOX),
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("referrer-policy", "no-referrer"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """One row: who answers which methods below which pattern, on the raw path.

    `{name}` in a pattern stands for one segment that is not empty, and the handler gets it raw, in `Target.values`. A pattern that
    ends in `/{name*}` takes everything below its literal beginning, and its handler reads the path itself. `fields` are set where
    the answer does not set them itself; `limited` routes count as requests at work.
    """

    name: str
    methods: tuple[str, ...]
    pattern: str
    handler: Handler
    fields: tuple[tuple[str, str], ...] = API_FIELDS
    limited: bool = True


Found = tuple[Route, tuple[str, ...]]


class _Place:
    """What answers at one pattern: a route a method, and one that refuses the other methods."""

    __slots__ = ("by_method", "refuses")

    def __init__(self, rows: list[Route]) -> None:
        self.by_method: dict[str, Found] = {}
        for row in rows:
            for method in row.methods:
                if method in self.by_method:
                    raise ValueError(f"two routes for {method} {row.pattern}")
                self.by_method[method] = (row, ())
        self.refuses: Found = (replace(rows[0], handler=_refusal(", ".join(self.by_method)), limited=False), ())

    def find(self, method: str) -> Found:
        return self.by_method.get(method, self.refuses)


@dataclass(slots=True)
class _Node:
    """One segment of the patterns that have names; a literal goes before a name."""

    below: dict[str, "_Node"] = field(default_factory=dict)
    named: "_Node | None" = None
    place: _Place | None = None

    def set(self, parts: list[str], place: _Place) -> None:
        node = self
        for part in parts:
            if part.startswith("{"):
                node.named = node.named or _Node()
                node = node.named
            else:
                node = node.below.setdefault(part, _Node())
        if node.place is not None:
            raise ValueError(f"two patterns for {'/'.join(parts)}")
        node.place = place

    def walk(self, parts: list[str], at: int = 0) -> tuple[_Place, tuple[str, ...]] | None:
        if at == len(parts):
            return None if self.place is None else (self.place, ())
        part = parts[at]
        literal = self.below.get(part)
        if literal is not None and (found := literal.walk(parts, at + 1)) is not None:
            return found
        if part and self.named is not None and (found := self.named.walk(parts, at + 1)) is not None:
            return found[0], (part, *found[1])
        return None


class Routes:
    """The table, ready for many look-ups. Raises ValueError for two rows that answer the same."""

    def __init__(self, rows: Iterable[Route]) -> None:
        self.rows = tuple(rows)
        self._exact: dict[str, _Place] = {}
        self._root = _Node()
        self._deepest = 0
        below = []
        for pattern, place in _places(self.rows).items():
            if pattern.endswith("*}"):
                below.append((pattern.partition("{")[0], place.by_method, place.refuses))
            elif "{" not in pattern:
                self._exact[pattern] = place
            else:
                parts = pattern.split("/")
                self._deepest = max(self._deepest, len(parts))
                self._root.set(parts, place)
        # Calls and files stand here: first of all, and by nothing but their beginning.
        self._below = tuple(below)
        self._missing: Found = (Route("missing", (), "", _missing, limited=False), ())
        self.missing_ui: Found = (Route("missing", (), "", _missing, UI_FIELDS, limited=False), ())

    def find(self, method: str, raw: str) -> Found:
        """The route of a raw target, with or without its query, or of any text: every one has one."""
        for prefix, by_method, refuses in self._below:
            if raw.startswith(prefix):
                return by_method.get(method, refuses)
        path = raw.partition("?")[0]
        place = self._exact.get(path)
        if place is not None:
            return place.find(method)
        found = self._root.walk(path.split("/", self._deepest))
        if found is None:
            return self.missing_ui if path.startswith(UI_PREFIX) else self._missing
        place, values = found
        return place.find(method)[0], values


def _places(rows: Iterable[Route]) -> dict[str, _Place]:
    by_pattern: dict[str, list[Route]] = {}
    for row in rows:
        by_pattern.setdefault(row.pattern, []).append(row)
    return {pattern: _Place(found) for pattern, found in by_pattern.items()}


def _refusal(allow: str) -> Handler:
    async def refuse(request: web.BaseRequest, at: Target) -> Reply:
        reply = problem(Fault(Reason.METHOD_NOT_ALLOWED))
        reply.headers["allow"] = allow
        return reply

    return refuse


async def _missing(request: web.BaseRequest, target: Target) -> Reply:
    raise Fault(Reason.NOT_FOUND)
