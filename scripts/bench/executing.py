"""Calls of compiled guests: in the engine of this process, and in executors."""

import asyncio
from pathlib import Path

import components
from components import MIB
from timing import One

from gen.alga.runner.v1 import execute_service_pb2, executor_pb2
from runner.engine.call import Context, Limits, Request
from runner.engine.invoke import Call, Runtime
from runner.executor.pool import ExecutorPool
from runner.host import host_functions
from runner.host.current import CurrentCall, current

LANES = 4  # as runners have by default
MEMORY = 512 * MIB  # so that bodies of 8 MiB fit in any language
MAX_BODY = 16 * MIB


class NoHost:
    """The guests of the bench ask nothing of their host."""

    def begin(self) -> None:
        pass

    async def call(self, call: executor_pb2.HostCall) -> executor_pb2.HostResult:
        raise AssertionError("unexpected host call")

    def log(self, line: executor_pb2.LogLine) -> None:
        pass


def pool(executors: int, artifacts: Path = components.ARTIFACTS) -> ExecutorPool:
    """Executors that read the artifacts in a folder, by default those of the bench."""
    return ExecutorPool(executors, LANES, artifacts=artifacts, memory_bytes=MEMORY)


async def run(
    pool: ExecutorPool, artifact: Path, url: str, body: bytes | None = None, milliseconds: int = 10_000
) -> executor_pb2.Outcome:
    """One call in an executor."""
    invoke = executor_pb2.Invoke(
        artifact=str(artifact),
        http=execute_service_pb2.HttpRequest(method="GET" if body is None else "POST", url=url, body=body),
        context=executor_pb2.GuestContext(request_id="r", tenant_id="t", extension_id="e"),
        timeout_ms=milliseconds,
        memory_bytes=MEMORY,
        response_bytes=MAX_BODY,
    )
    return await pool.run(invoke, NoHost(), asyncio.get_running_loop().time() + 30)


def in_executor(pool: ExecutorPool, artifact: Path, url: str) -> One:
    """A call that is answered with 200."""

    async def one() -> None:
        outcome = await run(pool, artifact, url)
        assert outcome.response.status == 200, outcome

    return one


def in_engine(artifact: Path, url: str) -> One:
    """A call in this process."""
    runtime = Runtime(host_functions())
    handler = runtime.load(artifact)
    context = Context(request_id="r", tenant_id="t", extension_id="e", install_id=None, version_id=None)
    call = Call(context, Request("GET", url, (), None), Limits(10.0, MEMORY, MAX_BODY), lambda _level, _text: None)

    async def one() -> None:
        current.set(CurrentCall(context, frozenset(), lambda _call: executor_pb2.HostResult(), lambda _level, _text: None, {}))
        assert runtime.invoke(handler, call).status == 200

    return one
