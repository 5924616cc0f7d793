"""A runner whose executors are busy: `python -m tests.runner.sandbox.alone FOLDER` prints their pids and waits to be killed."""

import asyncio
import sys
from pathlib import Path

from runner.executor.pool import ExecutorPool
from tests.runner.execution.calls import Backend, Caller


async def main(artifacts: Path) -> None:
    """One executor spins, one waits for its host, one has nothing to do."""
    async with ExecutorPool(3, 1, artifacts=artifacts) as pool:
        caller = Caller(pool, lambda name: artifacts / f"{name}.cwasm")
        backend = Backend()
        backend.gate.clear()
        calls = [asyncio.create_task(caller.run("storage", backend=backend, ms=600_000, within=600))]
        async with asyncio.timeout(30):
            await backend.asked.wait()
        calls.append(asyncio.create_task(caller.run("spin", ms=600_000, within=600)))
        print(*pool.pids, flush=True)
        await asyncio.wait(calls)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
