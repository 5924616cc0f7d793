"""The hostile corpus in real executors: each attack ends in bounded time with its own reason, and the next call is right."""

import asyncio

import pytest

from tests.guests import HOSTILE
from tests.guests.hostile import ATTACKS, Attack
from tests.runner.execution.calls import Backend, Caller, reason

SLACK = 10.0  # seconds beyond the guest's own time: a busy machine, never a guest


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
async def test_an_attack_ends_with_its_reason_and_the_next_call_is_right(caller: Caller, attack: Attack) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    backend = Backend()
    outcome = await caller.run(attack.guest, attack.body, ms=attack.ms, backend=backend)
    assert loop.time() - began < attack.ms / 1000 + SLACK
    assert reason(outcome) in attack.reasons, outcome
    assert attack.words in outcome.failure.log_text
    assert sum(len(line.message) for line in backend.lines) < 100_000
    assert (await caller.run("poison")).response.status == 200
    assert (await caller.run("echo", b"innocent")).response.body == b"innocent"


def test_every_guest_of_the_corpus_attacks() -> None:
    assert set(HOSTILE) <= {attack.guest for attack in ATTACKS.values()}
