"""Calls of test guests in a pool, and a host that tests control."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gen.alga.runner.v1.execute_service_pb2 import Header, HttpRequest
from gen.alga.runner.v1.executor_pb2 import Done, GuestContext, HostCall, HostResult, Invoke, LogLine, Outcome, StorageEntry
from kernel.errors import Fault, Reason
from runner.executor.pool import ExecutorPool

MIB = 1024 * 1024
CAPABILITIES = ["cap:context.read", "cap:log.emit", "cap:storage.kv"]
ENTRY = StorageEntry(namespace="test", key="/", value=b"v", revision=3)


class Backend:
    """Answers storage calls; `gate` holds them back, `trouble` is raised instead. `refusal` is raised when a call's turn comes."""

    def __init__(self) -> None:
        self.calls: list[HostCall] = []
        self.lines: list[LogLine] = []
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.trouble: Exception | None = None
        self.refusal: Fault | None = None

    def begin(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    async def call(self, call: HostCall) -> HostResult:
        self.calls.append(call)
        self.asked.set()
        await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        return HostResult(done=Done()) if call.HasField("storage_delete") else HostResult(storage_entry=ENTRY)

    def log(self, line: LogLine) -> None:
        self.lines.append(line)


class Caller:
    """Calls guests in a pool."""

    def __init__(self, pool: ExecutorPool, artifact: Callable[[str], Path]) -> None:
        self.pool = pool
        self._artifact = artifact

    def invoke(self, guest: str, body: bytes | None = None, ms: int = 10_000, **changes: Any) -> Invoke:
        limits = {"memory_bytes": 16 * MIB, "response_bytes": 2 * MIB, **changes}
        return Invoke(
            artifact=str(self._artifact(guest)),
            http=HttpRequest(method="GET", url="/", headers=[Header(name="accept", value="*/*")], body=body),
            context=GuestContext(request_id="r-1", tenant_id="acme", extension_id="x"),
            capabilities=CAPABILITIES,
            timeout_ms=ms,
            **limits,
        )

    async def run(
        self,
        guest: str,
        body: bytes | None = None,
        *,
        backend: Backend | None = None,
        ms: int = 10_000,
        within: float = 20,
        **changes: Any,
    ) -> Outcome:
        deadline = asyncio.get_running_loop().time() + within
        return await self.pool.run(self.invoke(guest, body, ms, **changes), backend or Backend(), deadline)


def reason(outcome: Outcome) -> Reason:
    return Reason(int(outcome.failure.reason))
