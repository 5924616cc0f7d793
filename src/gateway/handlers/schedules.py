"""`/api/v1/installs/{install}/schedules`, `…/{schedule}`, `…/{schedule}/run`, `…/{schedule}/history`, for admins of the tenant.

1 find out who calls, 2 read the URL, 3 check the method, 4 read the body, 5 ask the registry, 6 answer JSON.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.authorize.gate import Gate
from gateway.bodies import Bodies
from gateway.query import parameters
from gateway.reply import Reply, problem
from gateway.routes import INSTALLS_PREFIX
from gateway.schedules.ports import Management
from gateway.target import Target
from kernel import strict_json
from kernel.errors import Fault, Reason, Violation

MAX_BODY_BYTES: Final = 1 << 20  # a payload of 100,000 characters, escaped
MAX_DEPTH: Final = 64
_TEXTS: Final = ("endpoint", "cron", "timezone", "name")
_FIELDS: Final = (*_TEXTS, "enabled", "payload")
_REMOVABLE: Final = frozenset({"name", "payload"})  # null removes them
_METHODS: Final = {0: ("GET", "POST"), 1: ("GET", "PATCH", "DELETE")}
_ACTIONS: Final = {"run": ("POST",), "history": ("GET",)}


class Schedules:
    """The handler."""

    def __init__(self, gate: Gate, bodies: Bodies, management: Management) -> None:
        self._gate, self._bodies, self._management = gate, bodies, management

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        headers.check_size(request.headers.items())
        # 1 find out who calls
        caller = await self._gate.admin(request)
        # 2 read the URL
        install, _, *rest = at.path.removeprefix(INSTALLS_PREFIX).split("/")
        key = (caller.tenant_id, target.reference(install, Reason.NOT_FOUND))
        parameters(at.query, ())
        which = tuple(target.reference(part, Reason.NOT_FOUND) for part in rest)
        # 3 check the method
        method = "GET" if request.method == "HEAD" else request.method
        allowed = _allowed(which)
        if method not in allowed:
            reply = problem(Fault(Reason.METHOD_NOT_ALLOWED))
            reply.headers["allow"] = ", ".join((*allowed, "HEAD") if "GET" in allowed else allowed)
            return reply
        # 4 read the body
        async with self._bodies.read(request, MAX_BODY_BYTES) as body:
            told = _told(body or b"") if method in {"POST", "PATCH"} and len(which) < 2 else {}
            # 5 ask the registry
            status, found = await self._ask(method, key, which, told)
        # 6 answer JSON
        fields = CIMultiDict({"content-type": "application/json", "cache-control": "no-store"})
        notes = {"tenant": key[0], "install": key[1]}
        if found is None:
            return Reply(status, CIMultiDict({"cache-control": "no-store"}), notes=notes)
        return Reply(status, fields, json.dumps(found).encode(), notes=notes)

    async def _ask(
        self, method: str, key: tuple[str, str], which: tuple[str, ...], told: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any] | None]:
        match method, which:
            case "GET", ():
                return 200, await self._management.every(*key)
            case "POST", ():
                return 201, await self._management.create(*key, told)
            case "GET", (schedule,):
                return 200, await self._management.one(*key, schedule)
            case "PATCH", (schedule,):
                return 200, await self._management.change(*key, schedule, told)
            case "DELETE", (schedule,):
                await self._management.remove(*key, schedule)
                return 204, None
            case "POST", (schedule, _):
                return 202, await self._management.run(*key, schedule)
            case _, (schedule, *_):
                return 200, await self._management.history(*key, schedule)
        raise Fault(Reason.NOT_FOUND)


def _allowed(which: tuple[str, ...]) -> tuple[str, ...]:
    """The methods of a path below `schedules`. Raises NOT_FOUND for a path that is none."""
    found = _METHODS.get(len(which)) or (_ACTIONS.get(which[1]) if len(which) == 2 else None)
    if found is None:
        raise Fault(Reason.NOT_FOUND)
    return found


def _told(body: bytes) -> dict[str, Any]:
    """What a body says of a schedule, as the registry reads it. Raises INVALID_ARGUMENT that names each wrong field."""
    said = strict_json.read_object(body, name="body", reason=Reason.INVALID_ARGUMENT, max_bytes=MAX_BODY_BYTES, max_depth=MAX_DEPTH)
    violations = [Violation(name[:80], f"must be one of {', '.join(_FIELDS)}") for name in said if name not in _FIELDS]
    told: dict[str, Any] = {}
    for name in _FIELDS:
        if name not in said:
            continue
        value = said[name]
        if value is None and name in _REMOVABLE:
            told[name] = ""
        elif name == "payload" and isinstance(value, dict | list):
            told[name] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        elif isinstance(value, bool) if name == "enabled" else isinstance(value, str) and name in _TEXTS:
            told[name] = value
        else:
            violations.append(Violation(name, f"must be {_kind(name)}"))
    if violations:
        raise Fault(Reason.INVALID_ARGUMENT, violations=tuple(violations))
    return told


def _kind(name: str) -> str:
    if name == "payload":
        return "an object, a list or null"
    return "true or false" if name == "enabled" else f"text{' or null' if name in _REMOVABLE else ''}"
