"""Several runners as one: each call goes to the one with the fewest calls of those that serve.

A call is sent to another runner when it is sure that nothing of it ran, whatever its method; and once when a read lost its runner,
as reading twice does no harm. What may have run is never sent again.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from gateway.model import Answer, AssetQuery, Call
from gateway.ports import AssetStream
from gateway.runners.member import Member
from kernel.errors import Fault, Reason
from kernel.process import background

MAX_TRIES: Final = 4  # of one call, all runners together
WAIT_SECONDS: Final = 1.0  # for a runner that serves, when none did a moment ago
_AWAY: Final = frozenset({Reason.UNAVAILABLE, Reason.DRAINING})
_ELSEWHERE: Final = _AWAY | {Reason.OVERLOADED}


class Runners:
    """The `Runner` port."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        self._turned = asyncio.Event()
        self._empty_since: float | None = None
        self._next = 0

    def serve(self) -> bool:
        """Whether one of them says that it serves."""
        return any(member.serving for member in self.members)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow the health of all of them while the block runs."""
        async with AsyncExitStack() as stack:
            for member in self.members:
                await stack.enter_async_context(background("health", partial(member.follow, self.turn)))
            yield

    async def execute(self, call: Call) -> Answer:
        """See the port. Raises EXECUTOR_LOST when what may have run lost its runner."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + call.timeout_ms / 1000
        full: set[Member] = set()
        lost: Fault | None = None
        for tried in range(1, MAX_TRIES + 1):
            member = await self._choose(full, lost, ends)
            try:
                with member:
                    return await member.client.execute(call)
            except Fault as fault:
                if not self._elsewhere(member, fault, full):
                    if fault.reason is not Reason.UNAVAILABLE:
                        raise
                    # Its runner went away while it had the call.
                    if call.method != "GET":
                        raise Fault(Reason.EXECUTOR_LOST, log=str(fault)) from fault
                    if lost is not None:
                        raise
                lost = fault
                left = int((ends - loop.time()) * 1000)
                if tried == MAX_TRIES or left <= 0:
                    raise
                call = replace(call, timeout_ms=left)
        raise AssertionError  # the last try answers or raises

    async def open_asset(self, query: AssetQuery) -> AssetStream:
        """See the port. To read does no harm, so what fails there is read elsewhere."""
        full: set[Member] = set()
        lost: Fault | None = None
        ends = asyncio.get_running_loop().time() + WAIT_SECONDS
        for tried in range(1, MAX_TRIES + 1):
            member = await self._choose(full, lost, ends)
            try:
                with member:
                    return await member.client.open_asset(query)
            except Fault as fault:
                if fault.reason not in _ELSEWHERE or tried == MAX_TRIES or (lost is not None and len(self.members) == 1):
                    raise
                lost = fault
                member.suspects()
                if fault.reason is Reason.OVERLOADED:
                    full.add(member)
        raise AssertionError  # the last try answers or raises

    async def wait(self, seconds: float) -> None:
        """Wait for a turn of anybody's health, at most so long."""
        turned = self._turned
        try:
            async with asyncio.timeout(seconds):
                await turned.wait()
        except TimeoutError:
            return

    def turn(self) -> None:
        """Somebody's health turned."""
        self._turned.set()
        self._turned = asyncio.Event()

    def _elsewhere(self, member: Member, fault: Fault, full: set[Member]) -> bool:
        """Whether a call that failed may be sent again: nothing of it ran, and another runner, or this one soon, may take it."""
        if fault.reason in _AWAY:
            member.suspects()
        elif fault.reason is Reason.OVERLOADED:
            full.add(member)
        return fault.reason in _ELSEWHERE and (fault.nothing_ran or fault.reason is not Reason.UNAVAILABLE)

    async def _choose(self, full: Collection[Member], lost: Fault | None, ends: float) -> Member:
        """The best of those that are not full. Raises what the call was refused with before, or UNAVAILABLE."""
        loop = asyncio.get_running_loop()
        while True:
            serving = [member for member in self.members if member.serving and member not in full]
            if serving:
                self._empty_since = None
                return self._least(serving)
            now = loop.time()
            if self._empty_since is None:
                self._empty_since = now
            left = min(self._empty_since + WAIT_SECONDS, ends) - now
            # Where all are full there is nothing to wait for: they wait themselves.
            if left <= 0 or full:
                raise lost or Fault(Reason.UNAVAILABLE, log="no runner serves").before_anything_ran()
            await self.wait(left)

    def _least(self, serving: Sequence[Member]) -> Member:
        trusted = [member for member in serving if not member.suspect] or serving
        fewest = min(member.outstanding for member in trusted)
        best = [member for member in trusted if member.outstanding == fewest]
        self._next += 1  # in turn, where all have as many
        return best[self._next % len(best)]
