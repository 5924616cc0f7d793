"""Runs a call once for its client's key.

1 claim the key, or answer as the first call was answered, 2 run, to the end, whatever becomes of the client: who comes back with
the key gets the answer, 3 tell the registry how it ended, 4 say so when nobody knows.

A registry that does not answer fails the call before anything ran. After that the answer is delivered all the same, and the
registry is told for some time more; when it cannot be told, the next call with the key hears that the outcome is unknown.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from multidict import CIMultiDict

from gateway.idempotency.model import Claim, Kept
from gateway.idempotency.ports import Keys
from gateway.reply import Reply, problem
from kernel.errors import Blame, Fault, Reason
from kernel.steady import to_the_end

REPLAYED: Final = "x-idempotency-replayed"
FIRST_STATUS: Final = "x-idempotency-first-status"
TELL_SECONDS: Final = 30.0  # of trying to tell the registry afterwards: it may be starting again
AGAIN_SECONDS: Final = 1.0
MAX_LATE: Final = 64  # ends that wait to be told, each with an answer of at most 256 KiB
_log = logging.getLogger(__name__)


class Once:
    """The use-case."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._late: set[asyncio.Task[None]] = set()

    async def run(self, claim: Claim, work: Callable[[], Awaitable[Reply]]) -> Reply:
        """The answer of `work`, or of the call that was the first with this key.

        Raises what `Keys.claim` raises, OUTCOME_UNKNOWN when the work may have had effects and gave no answer, and what the work
        raises when it is known what became of it.
        """
        # 1 claim the key, or answer as the first call was answered
        try:
            kept = await self._keys.claim(claim)
        except Fault as fault:
            if fault.reason is Reason.REPLAY_UNAVAILABLE:
                reply = problem(fault)
                if status := fault.facts.get("status"):
                    reply.headers[FIRST_STATUS] = status
                return reply
            if fault.reason is Reason.UNAVAILABLE:  # it may have been claimed all the same, and nothing ran
                self._later(lambda: self._keys.release(claim))
            raise
        except asyncio.CancelledError:
            self._later(lambda: self._keys.release(claim))
            raise
        if kept is not None:
            return Reply(kept.status, CIMultiDict((*kept.headers, (REPLAYED, "true"))), kept.body, notes={"replayed": True})
        # 2 run, to the end
        return await to_the_end(self._owned(claim, work))

    async def close(self) -> None:
        """Give those that wait to be told one last moment."""
        if self._late:
            _, left = await asyncio.wait(self._late, timeout=AGAIN_SECONDS)
            for task in left:
                task.cancel()

    async def _owned(self, claim: Claim, work: Callable[[], Awaitable[Reply]]) -> Reply:
        try:
            reply = await work()
        except Fault as fault:
            # 3 tell the registry how it ended
            if fault.nothing_ran:
                await self._tell(lambda: self._keys.release(claim))
                raise
            await self._tell(lambda: self._keys.complete(claim, None))
            # 4 say so when nobody knows; what the guest did wrong is told as it is
            if fault.row.blame is Blame.GUEST:
                raise
            raise Fault(Reason.OUTCOME_UNKNOWN, log=str(fault)) from fault
        except BaseException:
            await self._tell(lambda: self._keys.complete(claim, None))
            raise
        kept = Kept(reply.status, tuple(reply.headers.items()), reply.body)
        await self._tell(lambda: self._keys.complete(claim, kept))
        return reply

    async def _tell(self, tell: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await tell()
        except Fault as fault:
            _log.warning("the end of a call with a key is not recorded yet", extra={"why": str(fault)})
            self._later(tell)

    def _later(self, tell: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if len(self._late) >= MAX_LATE:
            return
        task = asyncio.create_task(_again(tell), name="idempotency")
        self._late.add(task)
        task.add_done_callback(self._late.discard)


async def _again(tell: Callable[[], Coroutine[Any, Any, None]]) -> None:
    ends = asyncio.get_running_loop().time() + TELL_SECONDS
    while True:
        try:
            return await tell()
        except Fault as fault:
            if asyncio.get_running_loop().time() >= ends:
                _log.warning("the end of a call with a key is not recorded", extra={"why": str(fault)})
                return None
        await asyncio.sleep(AGAIN_SECONDS)
