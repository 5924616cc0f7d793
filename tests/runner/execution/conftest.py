from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from wasmtime import Engine

from runner.compile.component import compiled
from runner.engine.config import new_engine
from runner.executor.pool import ExecutorPool
from tests.guests import component
from tests.runner.execution.calls import Caller
from tests.runner.execution.wasi import Bench

Artifact = Callable[[str], Path]


@pytest.fixture(scope="session")
def engine() -> Engine:
    return new_engine()


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that executors may read."""
    return tmp_path_factory.mktemp("artifacts")


@pytest.fixture(scope="session")
def artifact(engine: Engine, artifacts: Path) -> Artifact:
    """The compiled form of a guest of tests/guests."""

    def made(name: str) -> Path:
        path = artifacts / f"{name.replace('/', '-')}.cwasm"
        if not path.exists():
            path.write_bytes(compiled(engine, component(name))[0].serialize())
        return path

    return made


@pytest.fixture
async def caller(artifact: Artifact, artifacts: Path) -> AsyncIterator[Caller]:
    # A busy machine is late: who is killed when is judged where that is the subject.
    async with ExecutorPool(1, 2, artifacts=artifacts, queue_seconds=20, kill_after=2.0) as pool:
        yield Caller(pool, artifact)


@pytest.fixture(scope="module")
def shared_bench() -> Bench:
    return Bench()


@pytest.fixture
def bench(shared_bench: Bench) -> Bench:
    """Runs guests that call WASI; its log is empty."""
    shared_bench.lines.clear()
    return shared_bench
