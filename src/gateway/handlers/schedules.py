"""`/api/v1/installs/{install}/schedules`, `…/{schedule}`, `…/{schedule}/run`, `…/{schedule}/history`, for admins of the tenant.

1 find out who asks about which install, 2 read the body, 3 ask the registry, 4 answer JSON.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

from gateway.authorize.gate import Gate
from gateway.bodies import Bodies
from gateway.handlers import admin
from gateway.handlers.admin import Asked, answered
from gateway.query import parameters
from gateway.reply import Reply
from gateway.schedules.ports import Management
from gateway.target import Target
from kernel.errors import Fault, Reason, Violation

MAX_BODY_BYTES: Final = 1 << 20  # a payload of 100,000 characters, escaped
MAX_DEPTH: Final = 64
_TEXTS: Final = ("endpoint", "cron", "timezone", "name")
_FIELDS: Final = (*_TEXTS, "enabled", "payload")
_REMOVABLE: Final = frozenset({"name", "payload"})  # null removes them


class Schedules:
    """The handlers; each raises what becomes a problem."""

    def __init__(self, gate: Gate, bodies: Bodies, management: Management) -> None:
        self._gate, self._bodies, self._management = gate, bodies, management

    async def every(self, request: web.BaseRequest, at: Target) -> Reply:
        """All schedules of an install."""
        of = await self._asked(request, at)
        return answered(200, await self._management.every(*of.key), of)

    async def create(self, request: web.BaseRequest, at: Target) -> Reply:
        """A new one."""
        of = await self._asked(request, at)
        async with self._read(request) as told:
            return answered(201, await self._management.create(*of.key, told), of)

    async def one(self, request: web.BaseRequest, at: Target) -> Reply:
        """One of them."""
        of = await self._asked(request, at)
        return answered(200, await self._management.one(*of.key, of.others[0]), of)

    async def change(self, request: web.BaseRequest, at: Target) -> Reply:
        """Other values for the fields that the body has."""
        of = await self._asked(request, at)
        async with self._read(request) as told:
            return answered(200, await self._management.change(*of.key, of.others[0], told), of)

    async def remove(self, request: web.BaseRequest, at: Target) -> Reply:
        """It fires no more."""
        of = await self._asked(request, at)
        await self._management.remove(*of.key, of.others[0])
        return answered(204, None, of)

    async def run(self, request: web.BaseRequest, at: Target) -> Reply:
        """Let it fire now."""
        of = await self._asked(request, at)
        return answered(202, await self._management.run(*of.key, of.others[0]), of)

    async def history(self, request: web.BaseRequest, at: Target) -> Reply:
        """When it fired, and what came of it."""
        of = await self._asked(request, at)
        return answered(200, await self._management.history(*of.key, of.others[0]), of)

    async def _asked(self, request: web.BaseRequest, at: Target) -> Asked:
        of = await admin.asked(self._gate, request, at)
        parameters(at.query, ())
        return of

    @asynccontextmanager
    async def _read(self, request: web.BaseRequest) -> AsyncIterator[dict[str, Any]]:
        async with self._bodies.read(request, MAX_BODY_BYTES) as body:
            yield _told(admin.told(body, MAX_BODY_BYTES, MAX_DEPTH))


def _told(said: dict[str, Any]) -> dict[str, Any]:
    """What a body says of a schedule, as the registry reads it. Raises INVALID_ARGUMENT that names each wrong field."""
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
