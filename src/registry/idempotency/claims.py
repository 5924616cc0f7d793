"""Who may run a call, and what the others are told.

A claim: 1 check what is asked, 2 find the key, 3 judge what is known of its first call, 4 where there is none, make room and take
the key, 5 where it runs, wait for its end and look again.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from kernel import fields
from kernel.errors import Fault, Reason
from registry.idempotency.model import MAX_KEPT_BYTES, Answer, KeyState, Place, Record
from registry.idempotency.quota import KeyQuota
from registry.idempotency.turns import Turns
from registry.ports import Catalog, Tables

MAX_ENDPOINT: Final = 600
MAX_PRINCIPAL: Final = 128
MAX_KEY: Final = 255
MAX_CLAIM_ID: Final = 64
MAX_HEADERS: Final = 128
LEASE_MS: Final = (1_000, 180_000)
MAX_WAIT_MS: Final = 20_000
HASH_BYTES: Final = 32
MAX_WAITING_HERE: Final = 64  # for the end of one call; more are told at once that it is not over
MAX_WAITING: Final = 512  # of the rpcs that the registry takes at once, others need some too
EXPIRE_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """One claim."""

    place: Place
    request_hash: bytes
    claim_id: str
    lease: timedelta
    wait: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How a claimed call ended. No answer = nobody knows; `released`: nothing ran, and the key is free again."""

    place: Place
    claim_id: str
    answer: Answer | None = None
    released: bool = False


class Claims:
    """The use-case; one for the process. Keys are kept for `keep`."""

    def __init__(self, catalog: Catalog, quota: KeyQuota, keep: timedelta, now: Callable[[], datetime]) -> None:
        self._catalog, self._quota, self._keep, self._now = catalog, quota, keep, now
        self._turns = Turns()

    async def claim(self, asked: Asked) -> Answer | None:
        """The first call's answer; None = the key is the caller's. Raises what the rpc `ClaimKey` names."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + asked.wait
        while True:
            with self._turns.hear(asked.place) as over:
                runs = await self._look(asked)
                if not isinstance(runs, Record):
                    return runs
                # 5 where it runs, wait for its end and look again
                left = min(ends - loop.time(), (runs.lease_ends - self._now()).total_seconds())
                here, all_ = self._turns.waiting(asked.place)
                if left <= 0 or here > MAX_WAITING_HERE or all_ > MAX_WAITING:
                    raise Fault(Reason.IDEMPOTENCY_IN_PROGRESS)
                try:
                    async with asyncio.timeout(left):
                        await over.wait()
                except TimeoutError:
                    continue  # perhaps its lease is over

    async def end(self, ended: Ended) -> bool:
        """Record it; whether the answer was kept whole. Raises NOT_FOUND."""
        async with self._catalog.write(brief=True) as tables:
            kept = await self._end(tables, ended)
        self._turns.over(ended.place)
        return kept

    async def together(self, asks: Sequence[Asked | Ended]) -> list[Answer | bool | Fault | None]:
        """Claims that do not wait, and ends, in one transaction: what `claim` or `end` would answer or raise for each."""
        async with self._catalog.write(brief=True) as tables:
            outcomes = [await self._one(tables, ask) for ask in asks]
        for ask in asks:
            if isinstance(ask, Ended):
                self._turns.over(ask.place)
        return outcomes

    async def _one(self, tables: Tables, ask: Asked | Ended) -> Answer | bool | Fault | None:
        # What fails has written nothing, or removed what was over: the others of its transaction stand.
        try:
            if isinstance(ask, Ended):
                return await self._end(tables, ask)
            found = await self._take(tables, ask)
        except Fault as fault:
            return fault
        return Fault(Reason.IDEMPOTENCY_IN_PROGRESS) if isinstance(found, Record) else found

    async def _look(self, asked: Asked) -> Answer | Record | None:
        async with self._catalog.write(brief=True) as tables:
            return await self._take(tables, asked)

    async def _take(self, tables: Tables, asked: Asked) -> Answer | Record | None:
        # 2 find the key
        now = self._now()
        found = await tables.idempotency.find(asked.place)
        if found is not None and found.expires_at <= now:
            await tables.idempotency.remove(asked.place)
            found = None
        # 3 judge what is known of its first call
        if found is not None:
            return _judge(found, asked, now)
        # 4 where there is none, make room and take the key
        if await tables.installs.standing(asked.place.tenant_id, asked.place.install_id) is None:
            raise Fault(Reason.NOT_FOUND, log=f"install {asked.place.install_id[:80]!r} of {asked.place.tenant_id[:80]!r}")
        await self._make_room(tables, asked.place, now)
        record = Record(asked.place, asked.request_hash, asked.claim_id, now + asked.lease, now + max(self._keep, asked.lease))
        await tables.idempotency.add(record)
        return None

    async def _end(self, tables: Tables, ended: Ended) -> bool:
        record = await _claimed(tables, ended.place, ended.claim_id)
        if ended.released:
            if record.state is not KeyState.RUNNING:
                raise Fault(Reason.NOT_FOUND, log="the claim was completed")
            await tables.idempotency.remove(ended.place)
            return False
        if record.state is KeyState.ANSWERED:
            return record.answer is not None and record.answer.whole
        answer = ended.answer
        if answer is None:
            await tables.idempotency.save(replace(record, state=KeyState.UNKNOWN))
            return False
        whole = answer.whole and answer.size <= MAX_KEPT_BYTES
        if not (whole and self._quota.holds(*await tables.idempotency.usage(ended.place), answer.size)):
            answer = answer.cut()
        await tables.idempotency.save(replace(record, state=KeyState.ANSWERED, answer=answer))
        return answer.whole

    async def _make_room(self, tables: Tables, place: Place, now: datetime) -> None:
        """Raises QUOTA_EXCEEDED. Keys whose time is over make room where it is needed."""
        while True:
            try:
                return self._quota.check(*await tables.idempotency.usage(place))
            except Fault:
                if not await tables.idempotency.expire(now, EXPIRE_AT_ONCE, place.tenant_id):
                    raise


def _judge(found: Record, asked: Asked, now: datetime) -> Answer | Record | None:
    """Its answer, None for the caller's own claim, or the record of a call that runs. Raises what becomes of the others."""
    if found.request_hash != asked.request_hash:
        raise Fault(Reason.IDEMPOTENCY_CONFLICT)
    if found.answer is not None:
        if not found.answer.whole:
            raise Fault(Reason.REPLAY_UNAVAILABLE, facts={"status": found.answer.status})
        return found.answer
    if found.state is KeyState.UNKNOWN or found.lease_ends <= now:
        raise Fault(Reason.OUTCOME_UNKNOWN)
    return None if found.claim_id == asked.claim_id else found


async def _claimed(tables: Tables, place: Place, claim_id: str) -> Record:
    found = await tables.idempotency.find(place)
    if found is None or found.claim_id != claim_id:
        raise Fault(Reason.NOT_FOUND, log="no such claim")
    return found


def place_of(tenant_id: str, install_id: str, endpoint: str, principal: str, key: str) -> Place:
    """A place from outside. Raises INVALID_ARGUMENT."""
    fields.tenant_id(tenant_id, "place.tenant_id")
    fields.text(install_id, "place.install_id", least=1, most=36)
    fields.text(endpoint, "place.endpoint", least=1, most=MAX_ENDPOINT)
    fields.text(principal, "place.principal", least=1, most=MAX_PRINCIPAL)
    fields.text(key, "place.key", least=1, most=MAX_KEY)
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise Fault.invalid("place.key", f"must be 1 to {MAX_KEY} visible ASCII characters")
    return Place.of(tenant_id, install_id, endpoint, principal, key)


def asked_of(place: Place, request_hash: bytes, claim_id: str, lease_ms: int, wait_ms: int) -> Asked:
    """A claim from outside. Raises INVALID_ARGUMENT."""
    # 1 check what is asked
    if len(request_hash) != HASH_BYTES:
        raise Fault.invalid("request_hash", f"must have {HASH_BYTES} bytes")
    fields.text(claim_id, "claim_id", least=1, most=MAX_CLAIM_ID)
    if not LEASE_MS[0] <= lease_ms <= LEASE_MS[1]:
        raise Fault.invalid("lease_ms", f"must be {LEASE_MS[0]} to {LEASE_MS[1]}")
    if wait_ms > MAX_WAIT_MS:
        raise Fault.invalid("wait_ms", f"must be at most {MAX_WAIT_MS}")
    return Asked(place, request_hash, claim_id, timedelta(milliseconds=lease_ms), wait_ms / 1000)
