"""kill -9 of the registry at 100 random points: nothing is half-done, nothing acknowledged is lost, the doctor is content."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gen.alga.registry.v1 import maintenance_service_pb2 as maintenance
from kernel.errors import Fault, Reason
from registry.receive import MAX_UPLOADS_EACH
from tests.crash.victim import Victim, blobs
from tests.crash.world import Tenant
from tests.registry.bundles import PUBLISHER
from tests.registry.stack import Stack

KILLS = 25
TENANTS = ("one", "two", "three")
LONGEST = 0.25  # seconds between an operation's begin and the kill: the longest operation takes about that long
AFTER_WRITE = 0.004  # seconds from a write to the database to the kill: in between are the flush and the answer
MAX_AMBUSH = 2
LONG_AGO = (1_700_000_000, 1_700_000_000)


@asynccontextmanager
async def tormented(stack: Stack, rng: random.Random) -> AsyncIterator[tuple[Victim, list[Tenant]]]:
    async with Victim(stack).alive() as victim:
        await stack.publisher(PUBLISHER, stack.publisher_key)
        for name in TENANTS:
            await victim.admin(name)
        uploads = asyncio.Semaphore(MAX_UPLOADS_EACH)
        yield victim, [Tenant(stack, rng, name, uploads) for name in TENANTS]


class Torment:
    """All tenants work at once until the registry dies under their hands: some time into an operation, or as it writes."""

    def __init__(self, victim: Victim, tenants: list[Tenant], rng: random.Random) -> None:
        self.victim, self.tenants, self.rng = victim, tenants, rng
        self._left = rng.randrange(1, 20)  # operations until the one during which it dies
        self._aimed = asyncio.Event()
        self.acknowledged = 0

    async def run(self) -> None:
        """Raises what a call got that is not UNAVAILABLE."""
        async with asyncio.TaskGroup() as tasks:
            for tenant in self.tenants:
                tasks.create_task(self._work(tenant))
            await self._aimed.wait()
            if self.rng.random() < 0.5:
                await asyncio.sleep(self.rng.uniform(0, LONGEST) ** 2 / LONGEST)  # more often early: most operations are short
            else:
                await asyncio.to_thread(self._ambush, self.rng.uniform(0, AFTER_WRITE))
            await self.victim.kill()

    def _ambush(self, later: float) -> None:
        """Wait for the next write to the database, which is before the answer; blocks."""
        log = self.victim.stack.data / "registry.db-wal"
        end, before = time.monotonic() + MAX_AMBUSH, log.stat().st_mtime_ns
        while log.stat().st_mtime_ns == before and time.monotonic() < end:
            time.sleep(0.0001)
        time.sleep(later)
        self.victim.strike()

    async def _work(self, tenant: Tenant) -> None:
        try:
            while True:
                self._left -= 1
                if not self._left:
                    self._aimed.set()
                await tenant.step()
                self.acknowledged += 1
        except Fault as fault:
            assert fault.reason is Reason.UNAVAILABLE, f"{tenant.flight}: {fault}"
            assert self._aimed.is_set(), f"unavailable before it was killed: {fault}"


@pytest.mark.parametrize("batch", range(4))
async def test_killed_at_any_point_it_keeps_what_it_acknowledged_and_nothing_half(fresh: Stack, batch: int) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    async with tormented(fresh, rng) as (victim, tenants):
        try:
            for _ in range(KILLS):
                torment = Torment(victim, tenants, rng)
                await torment.run()
                outcomes["acknowledged"] += torment.acknowledged
                await victim.restart()
                errors = [finding for finding in await victim.diagnose() if finding.severity == maintenance.SEVERITY_ERROR]
                assert errors == []
                outcomes.update([await tenant.settle() for tenant in tenants])
            await collects_what_crashes_left(victim)
        except BaseException:
            print(f"batch {batch}: seed {seed}, {dict(outcomes)}\n{victim.log()}")
            raise
    print(f"batch {batch}: seed {seed}, {dict(sorted(outcomes.items()))}")
    # It did die during operations.
    assert sum(count for outcome, count in outcomes.items() if outcome.endswith((" lost", " kept"))) >= KILLS / 2


async def collects_what_crashes_left(victim: Victim) -> None:
    for folder in blobs(victim.stack):
        for path in (*folder.iterdir(), folder):
            os.utime(path, LONG_AGO)
    told = [finding.check for finding in await victim.diagnose()]
    request = maintenance.CollectGarbageRequest()
    collected = await victim.stack.operator.call("maintenance", "CollectGarbage", request)
    assert collected.blobs == len(told)
    assert await victim.diagnose() == []
    left = victim.stack.left()
    assert left["extension_bundle"] == left["extension_version"] == len(blobs(victim.stack))
    assert left["uploads"] == 0
