"""kill -9 of executors and of the runner during calls: only those calls fail, as 503, and what comes next is right."""

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.crash.site import Site, is_alive, strike, ticks, until
from tests.platform import HttpAnswer, running

KILLS = 8
CALLERS = 4
LOST = {"executor_lost", "unavailable"}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="crash", dir="/tmp"))
    with running("--empty") as platform, Site(platform, folder).running() as site:
        yield site
    shutil.rmtree(folder)


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CALLERS) as pool:
        yield pool


def code(answer: HttpAnswer) -> str:
    return "" if answer.status == 200 else str(answer.json()["code"])


def test_an_executor_is_killed_during_calls(site: Site, callers: ThreadPoolExecutor) -> None:
    spin, hello = site.platform.guest("spin"), site.platform.guest("hello")
    for path in (spin, hello):
        site.warm(path)
    assert site.platform.call(f"{hello}/run").status == 200
    before = {pid: ticks(pid) for pid in site.runner.children()}
    calls = [callers.submit(site.platform.call, f"{spin}/run") for _ in before]
    until(lambda: all(ticks(pid) - used > 20 for pid, used in before.items()))  # each one spins
    for pid in before:
        strike(pid)
    answers = [call.result() for call in calls]
    assert [(answer.status, code(answer)) for answer in answers] == [(503, "executor_lost")] * len(before)
    next_one = site.platform.call(f"{hello}/run")
    assert (next_one.status, next_one.body) == (200, b"hello")
    until(lambda: len(site.runner.children()) >= len(before))
    assert not site.runner.children() & before.keys()


def stored(cache: Path) -> dict[str, bytes]:
    """The bundles on the runner's disk."""
    return {str(path.relative_to(cache)): path.read_bytes() for path in (cache / "bundles").rglob("*") if path.is_file()}


def test_the_runner_is_killed_at_random_points_of_calls(site: Site, callers: ThreadPoolExecutor) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    rng = random.Random(seed)
    print(f"seed {seed}")
    spin, hello, storage = (site.platform.guest(name) for name in ("spin", "hello", "storage"))
    for path in (spin, hello, storage):
        site.warm(path)
    assert site.platform.call(f"{storage}/run", "POST", b"v").status == 200
    outcomes: list[tuple[int, str]] = []

    def hammer(path: str) -> None:
        while True:
            answer = site.platform.call(path)
            outcomes.append((answer.status, code(answer)))
            if answer.status != 200:
                return

    def again(path: str) -> int:
        answer = site.platform.call(f"{path}/run")
        assert answer.status == 200 or code(answer) == "unavailable"  # until the gateway connects again, after at most 0.5 s
        return answer.status

    for _ in range(KILLS):
        for path in (hello, storage):
            assert site.platform.call(f"{path}/run").status == 200
        bundles, executors = stored(site.cache), site.runner.children()
        assert executors
        calls = [callers.submit(hammer, f"{path}/run") for path in (spin, hello, storage, storage)]
        time.sleep(rng.uniform(0, 0.5))
        site.runner.kill()
        for call in calls:
            call.result()
        until(lambda executors=executors: not any(map(is_alive, executors)))
        assert stored(site.cache) == bundles

        site.restart_runner()
        until(lambda: again(hello) == 200)
        for path, body in ((hello, b"hello"), (storage, b"v")):
            answer = site.platform.call(f"{path}/run")
            assert (answer.status, answer.body) == (200, body)
        assert stored(site.cache) == bundles  # nothing had to be fetched again
        left = [path.name for folder in ("incoming", "trees") for path in (site.cache / folder).iterdir()]
        assert all(any(name.split("/")[1] in path for name in bundles) for path in left), left
    failed = [outcome for outcome in outcomes if outcome[0] != 200]
    assert {status for status, _ in failed} == {503}
    assert {told for _, told in failed} <= LOST
    assert len(failed) == 4 * KILLS
