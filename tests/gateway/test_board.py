"""A registry that comes and goes, as the background work that fires schedules sees it: nothing is lost, nothing runs twice."""

import asyncio
import logging

import pytest

from gateway.schedules import firing
from gateway.schedules.firing import Firing
from gateway.schedules.model import Occurrence, Outcome
from kernel.errors import Fault, Reason
from tests.gateway.conftest import eventually


def occurrence(key: str) -> Occurrence:
    return Occurrence(key, "s", "t", "i", "GET", "/x", None, 0, 60.0)


class Board:
    """Has occurrences to give; fails as often as it is told to."""

    def __init__(self, *keys: str) -> None:
        self.left = [occurrence(key) for key in keys]
        self.ended: dict[str, Outcome] = {}
        self.silent = {"due": 0, "claim": 0, "complete": 0}
        self.asked: list[int] = []

    def _fail(self, call: str) -> None:
        if self.silent[call]:
            self.silent[call] -= 1
            raise Fault(Reason.UNAVAILABLE)

    async def due(self, seconds: float) -> bool:
        self._fail("due")
        if not self.left:
            await asyncio.Event().wait()
        return True

    async def claim(self, most: int) -> list[Occurrence]:
        self._fail("claim")
        self.asked.append(most)
        taken, self.left = self.left[:most], self.left[most:]
        return taken

    async def complete(self, occurrence_id: str, outcome: Outcome) -> None:
        self._fail("complete")
        assert occurrence_id not in self.ended
        self.ended[occurrence_id] = outcome


class Run:
    """Answers 200 once its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.ran: list[str] = []
        self.error: Exception | None = None

    async def run(self, one: Occurrence) -> Outcome:
        self.ran.append(one.id)
        if self.error is not None:
            raise self.error
        await self.gate.wait()
        return Outcome(200)


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firing, "REST_SECONDS", 0.0)


@pytest.mark.parametrize("call", ["due", "claim", "complete"])
async def test_it_goes_on_when_the_registry_is_back(call: str, caplog: pytest.LogCaptureFixture) -> None:
    board, run = Board("a", "b"), Run()
    board.silent[call] = 3
    with caplog.at_level(logging.WARNING):
        async with Firing(board, run, 4).running(5):  # type: ignore[arg-type]  # it has what is asked of it
            await eventually(lambda: len(board.ended) == 2)
    assert (sorted(run.ran), set(board.ended.values())) == (["a", "b"], {Outcome(200)})
    assert [record.message for record in caplog.records].count("schedules do not fire") == (call != "complete")


async def test_it_takes_no_more_than_it_has_room_for() -> None:
    board, run = Board(*"abcde"), Run()
    run.gate.clear()
    async with Firing(board, run, 2).running(5):  # type: ignore[arg-type]
        await eventually(lambda: len(run.ran) == 2)
        assert (board.asked, len(board.left)) == ([2], 3)
        run.gate.set()
        await eventually(lambda: len(board.ended) == 5)
    assert all(1 <= most <= 2 for most in board.asked)


async def test_a_mistake_of_ours_is_told_as_a_failure_without_its_text() -> None:
    board, run = Board("a"), Run()
    run.error = RuntimeError("/secret/path")
    async with Firing(board, run, 2).running(5):  # type: ignore[arg-type]
        await eventually(lambda: bool(board.ended))
    assert board.ended["a"].error == "internal: Internal error; the request id finds it in the log."


async def test_what_does_not_end_in_time_is_not_told() -> None:
    board, run = Board("a"), Run()
    run.gate.clear()
    async with Firing(board, run, 2).running(0):  # type: ignore[arg-type]
        await eventually(lambda: run.ran == ["a"])
    assert board.ended == {}  # the registry will say that it is unknown
