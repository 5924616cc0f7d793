"""What real executors get from their runner, and what they do without it."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from wasmtime.component import Component

from runner.children import child_command
from runner.engine.config import new_engine
from runner.executor import process
from runner.executor.process import Executor, ExecutorOptions
from tests.guests import component

ROOT = Path(__file__).parents[3]
SECONDS = 30.0


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_executors_end_themselves_when_their_runner_is_killed(tmp_path: Path) -> None:
    for name in ("spin", "storage"):
        (tmp_path / f"{name}.cwasm").write_bytes(Component(new_engine(), component(name)).serialize())
    runner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.runner.sandbox.alone", str(tmp_path)),
        cwd=ROOT,
        env={"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))},
        stdout=asyncio.subprocess.PIPE,
    )
    assert runner.stdout is not None
    pids = [int(pid) for pid in (await runner.stdout.readline()).split()]
    assert [lives(pid) for pid in pids] == [True] * 3
    runner.kill()
    await runner.wait()
    async with asyncio.timeout(SECONDS):
        while any(lives(pid) for pid in pids):  # noqa: ASYNC110 - they are nobody's children any more
            await asyncio.sleep(0.01)


async def test_an_executor_gets_nothing_of_its_runners_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "environment"

    def command(module: str, *arguments: str) -> list[str]:
        return ["/bin/sh", "-c", f'cat /proc/$$/environ > {seen}; exec "$@"', "sh", *child_command(module, *arguments)]

    monkeypatch.setattr(process, "child_command", command)
    executor = await Executor.start(ExecutorOptions(lanes=1, components=1, artifacts=tmp_path, memory_bytes=1 << 20))
    await executor.close()
    names = {row.partition("=")[0] for row in seen.read_text().split("\0") if row}
    assert {name for name in names if not name.startswith("MALLOC_")} == {"PYTHONPATH", "GLIBC_TUNABLES"}
