"""The calls that are timed are answered, in the engine of this process and in an executor, with a small guest."""

import json
import subprocess
import sys

from tests.bench.test_programs import BENCH
from tests.platform import ROOT

PROGRAM = """
import asyncio, json, sys
sys.path[:0] = sys.argv[1:]
import components
from executing import in_engine, in_executor, pool, run
from timing import in_turns, paired, rate

artifact = components.artifact("echo")

async def main():
    async with pool(1) as executors:
        sides = {"engine": in_engine(artifact, "/"), "executor": in_executor(executors, artifact, "/")}
        found = await in_turns(sides, 2, 3)
        echo = await run(executors, artifact, "/", b"body")
        rates = await rate(sides["executor"], 2, 0.05)
    return {"rounds": {name: len(times) for name, times in found.items()}, "body": echo.response.body.decode(),
            "rate": rates, "paired": paired([2, 9, 8], [1, 3, 2])}

print(json.dumps(asyncio.run(main())))
"""


def test_guests_are_called_in_the_engine_and_in_an_executor() -> None:
    command = [sys.executable, "-c", PROGRAM, str(ROOT), str(BENCH)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rounds"] == {"engine": 2, "executor": 2}
    assert told["body"] == "body"
    assert told["rate"] > 0
    assert told["paired"] == 3
