"""`/api/ext-debug/stream`: what the extensions of the caller's tenant do, as server-sent events.

1 find out who calls, 2 read the query, 3 take a place, 4 find the extension, 5 follow, 6 tell events until the client goes, the
time is over or the gateway stops.
"""

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.authorize.gate import Gate
from gateway.model import Told, Wanted
from gateway.ports import Events, EventStream
from gateway.query import number, parameters
from gateway.reply import Reply
from gateway.resolver import Resolver
from gateway.target import Target
from kernel.errors import Fault, Reason

HEARTBEAT_SECONDS: Final = 15.0  # proxies close what is silent for a minute
RETRY_MS: Final = 1_000  # after which an EventSource comes back
DEFAULT_TAIL: Final = 200  # as the reference system has it
MAX_TAIL: Final = 2_000
RESOLVE_SECONDS: Final = 1.0  # that a route must still last; only its ids are used
MAX_SECONDS: Final = 3_600
LEVELS: Final = ("debug", "info", "warn", "error")
_AFTER: Final = re.compile(r"[A-Za-z0-9._-]{1,2048}")  # a place in the streams of up to 64 runners
_NAMES: Final = ("tenantId", "extensionId", "installId", "requestId", "level", "tail", "seconds")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Debug:
    """The handler; at most `most` streams at once, `most_per_tenant` of one tenant."""

    def __init__(self, gate: Gate, resolver: Resolver, events: Events, *, most: int, most_per_tenant: int) -> None:
        self._gate = gate
        self._resolver = resolver
        self._events = events
        self._most = most
        self._most_per_tenant = most_per_tenant
        self._places: Counter[str] = Counter()
        self._stopping = asyncio.Event()

    def close(self) -> None:
        """End all streams at once: a gateway that drains does not wait for them."""
        self._stopping.set()

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        headers.check_size(request.headers.items())
        # 1 find out who calls
        caller = await self._gate.admin(request)
        # 2 read the query
        given = parameters(at.query, _NAMES)
        ends = _ends(given)
        wanted = _wanted(given, caller.tenant_id, request.headers.get("last-event-id", ""))
        # 3 take a place
        leave = self._take(caller.tenant_id)
        try:
            # 4 find the extension
            if "extensionId" in given:
                name = target.reference(given["extensionId"], Reason.EXTENSION_NOT_AVAILABLE)
                route = await self._resolver.install((caller.tenant_id, name), RESOLVE_SECONDS)
                wanted = replace(wanted, extension_id=route.extension_id)
            # 5 follow
            stream = await self._events.follow(wanted)
        except BaseException:
            leave()
            raise
        # 6 tell events until the client goes or the gateway stops
        fields = CIMultiDict(
            {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no"}
        )
        return Reply(200, fields, stream=_Sent(stream, self._stopping, leave, ends), live=True, notes={"tenant": caller.tenant_id})

    def _take(self, tenant_id: str) -> Callable[[], None]:
        """A place; call what this answers to leave it. Raises OVERLOADED, UNAVAILABLE."""
        if self._stopping.is_set():
            raise Fault(Reason.UNAVAILABLE, log="the gateway stops")
        if self._places.total() >= self._most or self._places[tenant_id] >= self._most_per_tenant:
            raise Fault(Reason.OVERLOADED, log="too many streams of events")
        self._places[tenant_id] += 1

        def leave() -> None:
            self._places[tenant_id] -= 1
            if not self._places[tenant_id]:
                del self._places[tenant_id]

        return leave


class _Sent:
    """The stream of an answer: events, and comments where there are none for a while."""

    def __init__(self, events: EventStream, stopping: asyncio.Event, leave: Callable[[], None], ends: float) -> None:
        self._events, self._ends = events, ends
        self._stopping = stopping
        self._leave: Callable[[], None] | None = leave

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Its bytes. Raises as the rpc does."""
        yield f"retry: {RETRY_MS}\n\n".encode()
        clock = asyncio.get_running_loop().time
        stopped = asyncio.ensure_future(self._stopping.wait())
        coming = asyncio.ensure_future(self._events.next())
        try:
            while True:
                left = self._ends - clock()
                await asyncio.wait(
                    {stopped, coming}, timeout=max(0, min(HEARTBEAT_SECONDS, left)), return_when=asyncio.FIRST_COMPLETED
                )
                if stopped.done() or left <= 0:
                    return
                if not coming.done():
                    if clock() >= self._ends:
                        return
                    yield b": nothing happens\n\n"
                    continue
                told = coming.result()
                if told is None:
                    return
                coming = asyncio.ensure_future(self._events.next())
                yield _block(told)
        finally:
            stopped.cancel()
            coming.cancel()
            await asyncio.gather(stopped, coming, return_exceptions=True)

    def close(self) -> None:
        """Stop it; legal more than once."""
        self._events.close()
        if self._leave is not None:
            self._leave()
            self._leave = None


def _block(told: Told) -> bytes:
    # JSON has no line ends of its own, so a guest's line cannot begin a field of the stream.
    head = f"id: {told.id}\n" if told.id else "event: dropped\n"
    return f"{head}data: {json.dumps(told.content)}\n\n".encode()


def _ends(given: dict[str, str]) -> float:
    """When the stream ends, by the loop's clock. Raises INVALID_ARGUMENT."""
    if (seconds := number(given, "seconds", most=MAX_SECONDS, default=-1)) == 0:
        raise Fault.invalid("seconds", f"must be a whole number of 1 to {MAX_SECONDS}")
    return math.inf if seconds < 0 else asyncio.get_running_loop().time() + seconds


def _wanted(given: dict[str, str], tenant_id: str, after: str) -> Wanted:
    """What the query wants of a tenant. Raises TENANT_MISMATCH for another one, INVALID_ARGUMENT."""
    if given.get("tenantId", tenant_id) != tenant_id:
        raise Fault(Reason.TENANT_MISMATCH)
    for name in ("installId", "requestId"):
        if name in given and not _ID.fullmatch(given[name]):
            raise Fault.invalid(name, "must be 1 to 128 characters of [A-Za-z0-9._-]")
    if given.get("level", "debug") not in LEVELS:
        raise Fault.invalid("level", f"must be one of {', '.join(LEVELS)}")
    return Wanted(
        tenant_id=tenant_id,
        install_id=given.get("installId", ""),
        request_id=given.get("requestId", ""),
        level=given.get("level", ""),
        last=number(given, "tail", most=MAX_TAIL, default=DEFAULT_TAIL),
        after=after if _AFTER.fullmatch(after) else "",
    )
