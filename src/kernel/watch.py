"""The client side of `WatchInstalls`, for gateways (drop cached answers) and runners (warm, stop revoked versions)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import grpc

from gen.alga.registry.v1 import install_pb2, install_service_pb2, install_service_pb2_grpc
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import Peer

HEARTBEAT_SECONDS: Final = 2.0  # the registry sends one at least this often
STALE_SECONDS: Final = 3 * HEARTBEAT_SECONDS  # after this nothing that was learned before is relied on
RETRY_SECONDS: Final = 0.5
_log = logging.getLogger(__name__)


class ChangeKind(StrEnum):
    """What happened to an install or a version."""

    INSTALLED = "installed"
    UPDATED = "updated"
    ENABLED = "enabled"
    DISABLED = "disabled"
    UNINSTALLED = "uninstalled"
    VERSION_REVOKED = "version_revoked"
    GRANTS_CHANGED = "grants_changed"
    CONFIGURED = "configured"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the registry's log. Tenant and install are empty for `VERSION_REVOKED`."""

    revision: int
    kind: ChangeKind
    tenant_id: str
    install_id: str
    extension_id: str
    content_hash: Digest


class Watcher(Protocol):
    """Who wants to know. The methods return at once."""

    def on_snapshot(self, revision: int, revoked: frozenset[Digest]) -> None:
        """The watch (again) begins; what was learned before may be outdated."""

    def on_change(self, change: Change) -> None:
        """Something changed."""

    def on_lost(self) -> None:
        """The registry cannot be heard; until the next snapshot nothing that was cached is known to hold."""


async def watch(peer: Peer, watcher: Watcher) -> None:
    """Follow the registry's changes until cancelled, across its restarts."""
    stub = install_service_pb2_grpc.InstallServiceStub(peer.channel)
    while True:
        try:
            stream = stub.WatchInstalls(install_service_pb2.WatchInstallsRequest(), metadata=peer.metadata(), wait_for_ready=True)
            await _follow(aiter(stream), watcher)
        except (grpc.RpcError, TimeoutError, StopAsyncIteration, Fault) as error:
            _log.warning("install watch lost", extra={"why": type(error).__name__})
        finally:
            watcher.on_lost()
        await asyncio.sleep(RETRY_SECONDS)


async def _follow(stream: AsyncIterator[install_service_pb2.WatchInstallsResponse], watcher: Watcher) -> None:
    first = True
    while True:
        # The first message may take as long as the registry takes to come up.
        async with asyncio.timeout(None if first else STALE_SECONDS):
            message = await anext(stream)
        first = False
        match message.WhichOneof("event"):
            case "snapshot":
                revoked = frozenset(Digest.parse(text) for text in message.snapshot.revoked_hashes)
                watcher.on_snapshot(message.snapshot.revision, revoked)
            case "change":
                watcher.on_change(_change(message.change))


def _change(message: install_pb2.Change) -> Change:
    try:
        kind = ChangeKind[install_pb2.ChangeKind.Name(message.kind).removeprefix("CHANGE_KIND_")]
    except (KeyError, ValueError) as error:
        # A newer registry; what was cached may be void, which a fresh snapshot settles.
        raise Fault(Reason.INTERNAL, log=f"unknown kind of change {message.kind}") from error
    return Change(
        message.revision, kind, message.tenant_id, message.install_id, message.extension_id, Digest.parse(message.content_hash)
    )
