"""Attacks and innocent calls side by side: no wrong answer, and nothing that a pool holds grows.

`scripts/test tests/runner/execution/test_mixed.py --mixed-calls 10000` makes the long run.
"""

import asyncio
import gc
import operator
import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kernel.errors import Fault
from runner.executor.lane import IDLE_SECONDS
from runner.executor.pool import ExecutorPool
from tests.guests.hostile import ATTACKS
from tests.runner.execution.calls import Backend, Caller, reason
from tests.runner.execution.conftest import Artifact

AT_ONCE = 32
INNOCENT = ("echo", "hello", "storage", "poison")
WARM = 2_000  # calls after which a process has what it needs; half of them all in a shorter run
GROWTH = 5 * 1024 * 1024  # bytes that it may gain from then on
REST = 3 * IDLE_SECONDS
LATE = 20.0
AGES = 120  # seconds for a call that ends by itself: 10,000 host calls among 31 other calls on a busy machine took more than 10
# Each of these costs a tenth of a second of a processor or more; the others cost milliseconds.
SLOW = frozenset(name for name, attack in ATTACKS.items() if attack.ms < 10_000 or "flood" in name)
QUICK = ATTACKS.keys() - SLOW


class Held:
    """What a process holds: resident bytes, threads, descriptors."""

    def __init__(self, pid: int) -> None:
        self.resident = resident(pid)
        self.threads = len(os.listdir(f"/proc/{pid}/task"))
        try:
            self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        except PermissionError:  # executors hide from their own user; root sees them
            self.descriptors = 0


def resident(pid: int) -> int:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]) * 1024


async def at_rest(pids: Sequence[int], most: Sequence[int] = ()) -> list[Held]:
    """What processes hold when they have given back what they keep only for the next call.

    That is the least of some seconds; longer where a process has more than `most` and this machine may only be late.
    """
    loop = asyncio.get_running_loop()
    least = [resident(pid) for pid in pids]
    began = loop.time()
    while (waited := loop.time() - began) < REST or (waited < LATE and any(map(operator.gt, least, most))):
        await asyncio.sleep(0.05)
        least = [min(old, resident(pid)) for old, pid in zip(least, pids, strict=True)]
    gc.collect()
    held = [Held(pid) for pid in pids]
    for process, lowest in zip(held, least, strict=True):
        process.resident = min(process.resident, lowest)
    return held


class Mix:
    """Makes calls and judges their answers."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._chance = random.Random(4)
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def call(self, number: int) -> None:
        """Half of the calls are innocent, and one in forty is slow."""
        name = self._chance.choice(sorted(SLOW if number % 40 == 0 else QUICK))
        try:
            if number % 2:
                await self._innocent(number)
            else:
                await self._attack(name)
        except Fault as fault:
            self._judge(name, False, fault)

    async def _attack(self, name: str) -> None:
        attack = ATTACKS[name]
        ms = attack.ms if attack.ms < 10_000 else AGES * 1000
        outcome = await self.caller.run(attack.guest, attack.body, ms=ms, backend=Backend(), within=2 * AGES)
        self._judge(name, reason(outcome) in attack.reasons and attack.words in outcome.failure.log_text, outcome)

    async def _innocent(self, number: int) -> None:
        body = number.to_bytes(4, "big") * self._chance.choice([0, 1, 500, 20_000])
        for guest, answer in (("echo", body), ("hello", b"hello"), ("storage", b"v"), ("poison", b"")):
            if number % 8 == 2 * INNOCENT.index(guest) + 1:
                outcome = await self.caller.run(guest, body, ms=AGES * 1000, backend=Backend(), within=2 * AGES)
                self._judge(guest, (outcome.response.status, outcome.response.body) == (200, answer), outcome)

    def _judge(self, name: str, right: bool, answer: object) -> None:
        self.seen[name] += 1
        if not right:
            self.wrong.append(f"{name}: {answer!r:.500}")


@pytest.mark.timeout(1_800)
async def test_a_mixed_run_has_no_wrong_answer_and_leaves_nothing(
    artifact: Artifact, artifacts: Path, pytestconfig: pytest.Config
) -> None:
    calls = int(pytestconfig.getoption("--mixed-calls"))
    # A busy machine is late; this run is about what stays behind, not about who is killed when.
    async with ExecutorPool(2, 4, artifacts=artifacts, queue_seconds=AGES, kill_after=30.0) as pool:
        mix = Mix(Caller(pool, artifact))

        async def make(numbers: Iterator[int]) -> None:
            async def work() -> None:
                for number in numbers:
                    await mix.call(number)

            await asyncio.gather(*[work() for _ in range(AT_ONCE)])

        # Each loaded component holds a descriptor: every guest in both executors first.
        for guest in (*INNOCENT, *(ATTACKS[name].guest for name in SLOW | QUICK)):
            await asyncio.gather(*[mix.caller.run(guest, ms=200) for _ in range(2)])
        warm = min(WARM, calls // 2)
        await make(iter(range(warm)))
        pids = (os.getpid(), *pool.pids)
        before = await at_rest(pids)
        await make(iter(range(warm, calls)))
        assert (os.getpid(), *pool.pids) == pids
        after = await at_rest(pids, [held.resident + GROWTH for held in before])
    print(dict(mix.seen), [(old.resident >> 10, new.resident >> 10) for old, new in zip(before, after, strict=True)])
    assert mix.wrong == []
    assert mix.seen.total() == calls
    assert [held.threads for held in after] == [held.threads for held in before]
    assert [held.descriptors for held in after[1:]] == [held.descriptors for held in before[1:]]
    assert after[0].descriptors <= before[0].descriptors  # of this process, other tests' garbage may have gone
    assert [new.resident - old.resident < GROWTH for old, new in zip(before, after, strict=True)] == [True] * len(pids)
