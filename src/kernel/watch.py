"""The client side of `WatchInstalls`, for gateways (drop cached answers) and runners (warm, stop what was revoked or withdrawn).

What was learned may be relied on until the last message is older than `STALE_SECONDS`; a broken stream alone voids nothing, so a
registry that restarts within that time is not noticed. A gap in the log voids everything at once.
"""

import asyncio
import logging
import time
from collections.abc import Callable
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
    LIMITS_CHANGED = "limits_changed"
    EGRESS_CHANGED = "egress_changed"
    SECRETS_CHANGED = "secrets_changed"
    ACCESS_CHANGED = "access_changed"


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
        """The watch (again) begins; changes before `revision` may have been missed."""

    def on_change(self, change: Change) -> None:
        """Something changed; nothing happened in between."""

    def on_lost(self) -> None:
        """Until the next snapshot nothing that was learned is known to hold. Called once for each loss."""


class Freshness:
    """Whether what the watch told may still be relied on.

    It is judged by the time of the last message whenever somebody asks: a callback could come late in a busy process.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, seconds: float = STALE_SECONDS) -> None:
        self.seconds = seconds
        self._clock = clock
        self._until: float | None = None

    def fresh(self) -> bool:
        """Whether the registry was heard less than `seconds` ago."""
        return self.left() > 0

    def left(self) -> float:
        """Seconds until it is not fresh any more; 0 when it is not."""
        return 0.0 if self._until is None else max(0.0, self._until - self._clock())

    def heard(self) -> None:
        """The registry was heard just now."""
        self._until = self._clock() + self.seconds

    def lost(self) -> None:
        """Nothing holds from now on."""
        self._until = None


class Follower:
    """The watch across its streams: holds the log's order, and tells the watcher what it may rely on."""

    def __init__(self, watcher: Watcher, freshness: Freshness) -> None:
        self._watcher = watcher
        self._freshness = freshness
        self._live = False  # the watcher relies on what it learned
        self._at: int | None = None  # the last revision of this stream

    def begin(self) -> None:
        """A new stream, which begins with a snapshot."""
        self._at = None

    def patience(self) -> float:
        """Seconds to wait for the next message."""
        return self._freshness.left() if self._live else self._freshness.seconds

    def take(self, message: install_service_pb2.WatchInstallsResponse) -> None:
        """Pass a message on. Raises INTERNAL for one that does not follow from those before: the stream is of no use then."""
        if self._live and not self._freshness.fresh():
            # It lay somewhere while nothing could be heard, and so may the next ones: only an answer to a new question counts.
            raise Fault(Reason.INTERNAL, log="a message after a silence")
        match message.WhichOneof("event"):
            case "snapshot":
                self._must(self._at is None, "a second snapshot")
                self._at = message.snapshot.revision
                revoked = frozenset(Digest.parse(text) for text in message.snapshot.revoked_hashes)
                self._freshness.heard()
                self._live = True
                self._watcher.on_snapshot(self._at, revoked)
            case "change":
                change = _change(message.change)
                self._must(self._at == message.change.previous_revision < change.revision, f"{change.revision} leaves a gap")
                self._at = change.revision
                self._freshness.heard()
                self._watcher.on_change(change)
            case "heartbeat":
                self._must(self._at == message.heartbeat.revision, f"a heartbeat at {message.heartbeat.revision}")
                self._freshness.heard()
            case _:  # a newer registry; what it said may void anything
                raise Fault(Reason.INTERNAL, log="a message of an unknown kind")

    def lose(self) -> None:
        """Nothing that was learned holds any more."""
        self._freshness.lost()
        if self._live:
            self._live = False
            self._watcher.on_lost()

    def _must(self, holds: bool, what: str) -> None:
        if not holds:
            raise Fault(Reason.INTERNAL, log=f"the watch is at {self._at}: {what}")


async def watch(peer: Peer, watcher: Watcher, freshness: Freshness) -> None:
    """Follow the registry's changes until cancelled, across its restarts."""
    stub = install_service_pb2_grpc.InstallServiceStub(peer.channel)
    follower = Follower(watcher, freshness)
    try:
        while True:
            stream = stub.WatchInstalls(install_service_pb2.WatchInstallsRequest(), metadata=peer.metadata(), wait_for_ready=True)
            follower.begin()
            try:
                messages = aiter(stream)
                while True:
                    async with asyncio.timeout(follower.patience()):
                        message = await anext(messages)
                    follower.take(message)
            except (grpc.RpcError, StopAsyncIteration) as error:
                _log.warning("install watch broken", extra={"why": type(error).__name__})
            except (TimeoutError, Fault) as error:
                _log.warning("install watch lost", extra={"why": str(error) or type(error).__name__})
                follower.lose()
            finally:
                stream.cancel()
            await asyncio.sleep(RETRY_SECONDS)
    except Exception:  # a defect; who restarts this begins with nothing
        follower.lose()
        raise


def _change(message: install_pb2.Change) -> Change:
    try:
        kind = ChangeKind[install_pb2.ChangeKind.Name(message.kind).removeprefix("CHANGE_KIND_")]
    except (KeyError, ValueError) as error:
        # A newer registry; what was learned may be void, which a fresh snapshot settles.
        raise Fault(Reason.INTERNAL, log=f"unknown kind of change {message.kind}") from error
    return Change(
        message.revision, kind, message.tenant_id, message.install_id, message.extension_id, Digest.parse(message.content_hash)
    )
