"""Attacks and innocent calls side by side: no wrong answer, and nothing that a pool holds grows.

`scripts/test tests/runner/execution/test_mixed.py --mixed-calls 10000` makes the long run.
"""

import asyncio
import itertools
import os
import random
from collections import Counter
from pathlib import Path

import pytest

from kernel.errors import Fault
from runner.executor.pool import ExecutorPool
from tests.guests.hostile import ATTACKS
from tests.runner.execution.calls import Backend, Caller, reason
from tests.runner.execution.conftest import Artifact

AT_ONCE = 32
INNOCENT = ("echo", "hello", "storage", "poison")
GROWTH = 5 * 1024 * 1024  # bytes that a process may gain after its first fifth
# Each of these costs a tenth of a second of a processor or more; the others cost milliseconds.
SLOW = frozenset(name for name, attack in ATTACKS.items() if attack.ms < 10_000 or "flood" in name) - {"sleep"}
QUICK = ATTACKS.keys() - SLOW - {"sleep"}  # a guest that sleeps costs its executor, which is tested elsewhere


class Held:
    """What a process holds: resident bytes, threads, descriptors."""

    def __init__(self, pid: int) -> None:
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        self.resident = int(status["VmRSS"].split()[0]) * 1024
        self.counted = (int(status["Threads"]), len(os.listdir(f"/proc/{pid}/fd")))


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
        outcome = await self.caller.run(attack.guest, attack.body, ms=attack.ms, backend=Backend())
        self._judge(name, reason(outcome) in attack.reasons and attack.words in outcome.failure.log_text, outcome)

    async def _innocent(self, number: int) -> None:
        body = number.to_bytes(4, "big") * self._chance.choice([0, 1, 500, 20_000])
        for guest, answer in (("echo", body), ("hello", b"hello"), ("storage", b"v"), ("poison", b"")):
            if number % 8 == 2 * INNOCENT.index(guest) + 1:
                outcome = await self.caller.run(guest, body, backend=Backend())
                self._judge(guest, (outcome.response.status, outcome.response.body) == (200, answer), outcome)

    def _judge(self, name: str, right: bool, answer: object) -> None:
        self.seen[name] += 1
        if not right:
            self.wrong.append(f"{name}: {answer!r:.500}")


@pytest.mark.timeout(1_800)
async def test_a_mixed_run_has_no_wrong_answer_and_leaves_nothing(artifact: Artifact, pytestconfig: pytest.Config) -> None:
    calls = int(pytestconfig.getoption("--mixed-calls"))
    # A busy machine is late; this run is about what stays behind, not about who is killed when.
    async with ExecutorPool(2, 4, queue_seconds=60, kill_after=5.0) as pool:
        mix = Mix(Caller(pool, artifact))
        numbers = itertools.count()

        async def until(end: int) -> None:
            async def work() -> None:
                while (number := next(numbers)) < end:
                    await mix.call(number)

            await asyncio.gather(*[work() for _ in range(AT_ONCE)])

        # Each loaded component holds a descriptor: every guest in both executors first.
        for guest in (*INNOCENT, *(ATTACKS[name].guest for name in SLOW | QUICK)):
            await asyncio.gather(*[mix.caller.run(guest, ms=200) for _ in range(2)])
        await until(calls // 5)
        pids = (os.getpid(), *pool.pids)
        before = [Held(pid) for pid in pids]
        await until(calls)
        assert (os.getpid(), *pool.pids) == pids
        after = [Held(pid) for pid in pids]
    assert mix.wrong == []
    assert mix.seen.total() > calls * 0.9
    assert [held.counted for held in after] == [held.counted for held in before]
    print(dict(mix.seen), [(old.resident >> 10, new.resident >> 10) for old, new in zip(before, after, strict=True)])
    assert [new.resident - old.resident < GROWTH for old, new in zip(before, after, strict=True)] == [True] * len(pids)
