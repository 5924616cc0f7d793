"""How a command finds the services and the key that it shows them.

What is named wins (options, then environment variables); the rest comes from the data directory of a local `alga-ext up`,
so that on a developer's machine nothing needs to be named.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from cli.exits import ExitCode
from cli.problem import Problem

if TYPE_CHECKING:
    from cli.client.registry import RegistryClient

RUNNING_FILE: Final = "running.json"
OPERATOR_KEY: Final = "keys/operator.key"
CALLER_KEY: Final = "keys/demo-caller.key"
ADMIN_KEY: Final = "keys/demo-admin.key"
DEVELOPMENT_KEY: Final = "keys/publisher-example.pem"
MAX_KEY_FILE: Final = 4096  # bytes; a key has 48
_Answer = TypeVar("_Answer")
_Client = TypeVar("_Client")


@dataclass(frozen=True, slots=True)
class Session:
    """What the options of a command said."""

    data_dir: Path
    registry: str | None = None
    gateway: str | None = None
    api_key_file: Path | None = None
    tls_ca: Path | None = None

    def registry_address(self) -> str:
        """Where the registry is. Raises Problem when nothing names it and no local platform runs."""
        return self.registry or self.running("registry", "--registry HOST:PORT")

    def gateway_url(self) -> str:
        """Where the gateway is, without a slash at its end. Raises Problem when nothing names it and no local platform runs."""
        url = (self.gateway or self.running("gateway", "--gateway URL")).rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise Problem(f"{url} is not a URL", "name it like --gateway http://127.0.0.1:7480", ExitCode.USAGE)
        return url

    def api_key(self, local: str = OPERATOR_KEY) -> str:
        """The key to show; `local` names the file of the data directory to fall back on. Raises Problem."""
        if self.api_key_file is None and (key := os.environ.get("ALGA_EXT_API_KEY", "").strip()):
            return key
        path = self.api_key_file or self.data_dir / local
        key = read_key_file(path)
        if not (key.isascii() and key.isprintable() and key):
            raise Problem(f"{path} does not hold an API key", "name another file with --api-key-file", ExitCode.USAGE)
        return key

    def ask(self, question: "Callable[[RegistryClient], Awaitable[_Answer]]", local: str = OPERATOR_KEY) -> _Answer:
        """Connect to the registry, ask, close; `local` as for `api_key`. Raises Fault and Problem."""
        from cli.client.registry import RegistryClient

        address, key = self.registry_address(), self.api_key(local)
        return answered(
            lambda: RegistryClient.connect(address, key, self.tls_ca),
            question,
            f"the registry at {address} does not answer, or cannot reach what it needs",
            "check that it runs (`alga-ext up` starts one) and that --registry names it",
        )

    def known(self, service: str) -> str | None:
        """Where `gateway` or `runner` is, as far as an option or a local platform says."""
        return (self.gateway if service == "gateway" else None) or self._local(service)

    def _local(self, what: str) -> str | None:
        try:
            found = json.loads((self.data_dir / RUNNING_FILE).read_bytes())[what]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if isinstance(found, str) else None

    def running(self, what: str, option: str) -> str:
        """Where a service of the local platform is. Raises Problem, which names the option for others, when none runs."""
        found = self._local(what)
        if found is None:
            raise Problem(
                f"no local platform runs with the data directory {self.data_dir}",
                f"start one with `alga-ext up`, or name another with {option} or --data-dir",
                ExitCode.UNREACHABLE,
            )
        return found


def answered(
    connect: Callable[[], AbstractAsyncContextManager[_Client]],
    question: Callable[[_Client], Awaitable[_Answer]],
    away: str,
    next_step: str,
) -> _Answer:
    """Connect, ask, close. Raises Fault, and Problem with these words when nobody answers."""
    from kernel.errors import Fault, Reason

    async def run() -> _Answer:
        async with connect() as client:  # in the loop that asks: a channel belongs to one
            return await question(client)

    try:
        return asyncio.run(run())
    except Fault as fault:
        if fault.reason is not Reason.UNAVAILABLE:
            raise
        raise Problem(away, next_step, ExitCode.UNREACHABLE, reason=fault.code) from fault


def read_key_file(path: Path) -> str:
    """The text of a small file that holds a secret. Raises Problem."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_FILE).decode("ascii", "replace").strip()
    except OSError as error:
        raise Problem(
            f"cannot read the API key file {path}: {error.strerror}",
            "name a key with --api-key-file FILE or ALGA_EXT_API_KEY",
            ExitCode.USAGE,
        ) from error
