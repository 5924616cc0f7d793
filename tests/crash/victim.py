"""A real registry process that is killed and started again on the same data."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from gen.alga.registry.v1 import identity_service_pb2 as identity
from gen.alga.registry.v1 import maintenance_service_pb2 as maintenance
from kernel.auth import Role
from tests.registry.stack import Client, Stack
from tests.registry.test_process import Process

READY_SECONDS: Final = 60
# The registry's imports take most of its start. The next process makes them while the one before is still alive; what serves is
# `python -m registry` all the same.
_STANDBY: Final = (
    "import runpy, sys; import registry.app, registry.inspect, aiosqlite;"
    "sys.stdin.readline() or sys.exit(9); runpy.run_module('registry', run_name='__main__')"
)


class Victim:
    """The registry of a stack as a process; `stack.clients` speak to it."""

    def __init__(self, stack: Stack, **changes: str) -> None:
        self.stack = stack
        self._program = Process(stack, **changes)
        self._running: asyncio.subprocess.Process | None = None
        self._next: asyncio.subprocess.Process | None = None
        self._log = (stack.folder / "log").open("ab")

    @asynccontextmanager
    async def alive(self) -> AsyncIterator["Victim"]:
        """Runs until the end of the block."""
        try:
            await self.start()
            yield self
        finally:
            await self._disconnect()
            for process in (self._running, self._next):
                if process is not None and process.returncode is None:
                    process.kill()
                    await process.wait()
            self._log.close()

    async def start(self) -> None:
        """Serve again; the one after is made ready meanwhile."""
        self._program.ready.unlink(missing_ok=True)
        self._running = self._next or await self._standby()
        assert self._running.stdin is not None
        self._running.stdin.write(b"\n")
        self._next = await self._standby()
        async with asyncio.timeout(READY_SECONDS):
            while not self._program.ready.exists():
                assert self._running.returncode is None, f"the registry ended: {self.log()}"
                await asyncio.sleep(0.005)
        json.loads(self._program.ready.read_text())
        secrets = {"operator": self.stack.operator_secret}
        secrets |= {role.value: self.stack.tokens[role] for role in (Role.GATEWAY, Role.RUNNER)}
        for name, secret in (self._known() | secrets).items():
            self.stack.client(name, secret)

    def strike(self) -> None:
        """SIGKILL, at once, from any thread."""
        assert self._running is not None
        os.kill(self._running.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """Dead when this returns."""
        assert self._running is not None
        with contextlib.suppress(ProcessLookupError):  # it was struck before
            self._running.kill()
        await self._running.wait()

    async def restart(self) -> None:
        """Serve again after a kill, to new connections."""
        await self._disconnect()
        await self.start()

    async def diagnose(self) -> list[maintenance.Finding]:
        """All that the doctor does not find well, however little it is."""
        messages = self.stack.operator.stream("maintenance", "Diagnose", maintenance.DiagnoseRequest(deep=True))
        return [message.finding async for message in messages if message.finding.severity != maintenance.SEVERITY_OK]

    async def admin(self, tenant: str) -> Client:
        """A client with the key of a tenant's admin."""
        return await self.stack.key_of(f"admin-{tenant}", identity.ROLE_TENANT_ADMIN, tenant=tenant)

    def log(self) -> str:
        """The end of what the processes logged."""
        return (self.stack.folder / "log").read_text()[-4000:]

    def _known(self) -> dict[str, str]:
        return {name: client.peer.token for name, client in self.stack.clients.items()}

    async def _standby(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, "-c", _STANDBY]
        return await asyncio.create_subprocess_exec(
            *command, env=self._program.environment, stdin=pipe, stdout=self._log, stderr=self._log
        )

    async def _disconnect(self) -> None:
        for client in self.stack.clients.values():
            with contextlib.suppress(Exception):
                await client.peer.channel.close()


def blobs(stack: Stack) -> list[Path]:
    """The folders of the blob store."""
    return sorted((stack.data / "blobs" / "sha256").glob("*"))
