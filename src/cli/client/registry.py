"""The registry as commands use it: one connection, with a client for each of its services."""

from pathlib import Path
from types import TracebackType
from typing import Self

from cli.client.executions import Executions
from cli.client.extensions import Extensions
from cli.client.identity import Identity
from cli.client.installs import Installs
from cli.client.maintenance import Maintenance
from cli.client.publishers import Publishers
from cli.client.schedules import Schedules
from cli.client.secrets import Secrets
from cli.client.storage import Storage
from cli.exits import ExitCode
from cli.problem import Problem
from kernel.errors import Fault
from kernel.rpc import Peer, connect


class RegistryClient:
    """A connection to the registry; use it as an async context manager."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.extensions = Extensions(peer)
        self.installs = Installs(peer)
        self.executions = Executions(peer)
        self.identity = Identity(peer)
        self.publishers = Publishers(peer)
        self.maintenance = Maintenance(peer)
        self.secrets = Secrets(peer)
        self.storage = Storage(peer)
        self.schedules = Schedules(peer)

    @classmethod
    def connect(cls, address: str, key: str, ca: Path | None = None) -> Self:
        """Connect when first used. Raises Problem for an address that would carry the key in the clear."""
        try:
            return cls(connect(address, key, ca))
        except Fault as fault:
            raise Problem(
                f"{address} is not on this machine, and the key must not cross a network in the clear",
                "name the registry's roots with --tls-ca FILE",
                ExitCode.USAGE,
            ) from fault
        except OSError as error:
            raise Problem(f"cannot read {ca}: {error.strerror}", "check the path of --tls-ca", ExitCode.USAGE) from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._peer.channel.close()
