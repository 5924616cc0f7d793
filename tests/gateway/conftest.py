import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.app import running
from gateway.settings import GatewaySettings
from kernel.auth import Role
from kernel.rpc import RpcServer
from tests.gateway.fakes import TOKEN, Installed, Registry, Runner, registry_server, runner_server
from tests.gateway.http import Got, ask
from tests.gateway.keys import Keys

KEY_A, KEY_B, KEY_OPERATOR = "alga_key-of-tenant-a", "alga_key-of-tenant-b", "alga_key-of-the-operator"
ADMIN_A = "alga_key-of-the-admin-of-tenant-a"
EXTENSION = "com.acme.reports"


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - nothing tells when grpc delivered something
            await asyncio.sleep(0.005)


@dataclass
class Stack:
    """A gateway on a real port, with a registry and a runner behind it."""

    registry: Registry
    runner: Runner
    directory: Path
    address: str = ""
    keys: Keys = field(default_factory=Keys)
    runners: tuple[Runner, ...] = ()
    servers: dict[str, RpcServer] = field(default_factory=dict)

    async def call(self, method: str, path: str, *fields: tuple[str, str], body: bytes | None = None, key: str = KEY_A) -> Got:
        """Call the extension."""
        shown = (("x-api-key", key),) if key else ()
        return await ask(self.address, method, f"/api/ext/{EXTENSION}{path}", *shown, *fields, body=body)

    async def ask(self, method: str, target: str, *fields: tuple[str, str], body: bytes | None = None) -> Got:
        return await ask(self.address, method, target, *fields, body=body)

    async def watched(self) -> None:
        """Wait until the gateway hears of changes, so that it keeps answers."""
        before = self.registry.resolves
        await eventually(lambda: bool(self.registry.watchers))
        async with asyncio.timeout(10):
            while True:
                await self.call("GET", "/items")
                before, last = self.registry.resolves, before
                if before == last:
                    return


@pytest.fixture
def run_directory() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="gw", dir="/tmp"))  # a unix socket's path has at most 107 bytes
    yield path
    shutil.rmtree(path)


def settings(directory: Path, **changes: Any) -> GatewaySettings:
    token = directory / "token"
    token.write_text(f"{TOKEN}\n")
    values = {
        "listen": ("127.0.0.1:0",),
        "registry_address": f"unix:{directory}/registry",
        "runner_address": f"unix:{directory}/runner",
        "registry_token_file": token,
        "runner_token_file": token,
        "drain_seconds": 2,
    }
    return GatewaySettings(**{**values, **changes})


def names_of(runners: int) -> list[str]:
    """Where the runners of a stack listen."""
    return ["runner", *(f"runner{number}" for number in range(1, runners))]


Start = Callable[..., Any]


@pytest.fixture
def start(run_directory: Path) -> Start:
    """Start a whole stack with changed settings, inside the test's own task."""

    @asynccontextmanager
    async def begin(
        *, runner_token: str = TOKEN, registry_token: str = TOKEN, runners: int = 1, **changes: Any
    ) -> AsyncIterator[Stack]:
        several = tuple(Runner() for _ in range(runners))
        stack = Stack(Registry(), several[0], run_directory, runners=several)
        if runners > 1:
            changes["runner_addresses"] = tuple(f"unix:{run_directory}/{name}" for name in names_of(runners))
        stack.registry.keys = {
            ADMIN_A: (Role.TENANT_ADMIN, "tenant-a"),
            KEY_A: (Role.TENANT_CALLER, "tenant-a"),
            KEY_B: (Role.TENANT_ADMIN, "tenant-b"),
            KEY_OPERATOR: (Role.OPERATOR, ""),
        }
        stack.registry.install(
            Installed(
                "tenant-a",
                EXTENSION,
                (
                    ("GET", "/items", 0),
                    ("POST", "/items", 0),
                    ("GET", "/items/:id", 0),
                    ("PUT", "/items/:id", 0),
                    ("DELETE", "/items/:id", 0),
                    ("GET", "/slow", 50),
                    ("PATCH", "/items/:id", 700),
                ),
            )
        )
        await stack.keys.install("tenant-a", f"install-{EXTENSION}")
        async with AsyncExitStack() as exits:
            for server, name in (
                (registry_server(stack.registry, registry_token, stack.keys), "registry"),
                *((runner_server(one, runner_token), name) for one, name in zip(several, names_of(runners), strict=True)),
            ):
                stack.servers[name] = server
                await server.start([f"unix:{run_directory}/{name}"], None)
                exits.push_async_callback(server.stop, 0)
            (stack.address,) = await exits.enter_async_context(running(settings(run_directory, **changes)))
            yield stack

    return begin


@pytest.fixture
async def stack(start: Start) -> AsyncIterator[Stack]:
    async with start() as made:
        yield made
