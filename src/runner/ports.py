"""What the use-cases of the runner need from others."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from gen.alga.runner.v1.executor_pb2 import Invoke, Outcome
from kernel.digest import Digest
from kernel.grants import ExecutionGrant
from runner.bundles.model import Bundle
from runner.caller import Caller
from runner.executor.ports import HostBackend
from runner.journal.entry import Entry


class Bundles(Protocol):
    """Verified bundles by content hash."""

    async def take(self, content_hash: Digest) -> Bundle:
        """A bundle that stays in place until it is let go.

        Raises NOT_FOUND, VERSION_REVOKED, UNAVAILABLE, BUNDLE_INTEGRITY, ATTESTATION_INVALID, STATEMENT_MISMATCH,
        SIGNATURE_INVALID, SIGNER_UNTRUSTED and the ENVELOPE reasons.
        """
        ...

    def let_go(self, content_hash: Digest) -> None:
        """The end of one `take` that answered."""
        ...


class Artifacts(Protocol):
    """Compiled components by content hash."""

    async def get(self, content_hash: Digest, wasm: Path) -> tuple[Path, bool]:
        """Where the compiled component is until room is needed, and whether this call had to compile.

        Calls for one hash share one compilation, which goes on when they are cancelled. Raises GUEST_NOT_RUNNABLE, UNAVAILABLE.
        """
        ...

    def use(self, content_hash: Digest, wasm: Path) -> AbstractAsyncContextManager[Path]:
        """The same, and it stays in place until the block ends: an executor may load it only after others were compiled."""
        ...


class Executors(Protocol):
    """Who runs guests."""

    async def run(self, invoke: Invoke, backend: HostBackend, deadline: float) -> Outcome:
        """Run one call until the event loop's time `deadline` at most.

        Raises OVERLOADED, EXECUTOR_LOST, PAYLOAD_TOO_LARGE, UNAVAILABLE.
        """
        ...


class Standing(Protocol):
    """What the registry said lately of bundles and installs. Both methods raise UNAVAILABLE while it cannot be heard."""

    def check_bundle(self, content_hash: Digest) -> None:
        """Raises VERSION_REVOKED."""
        ...

    def check_grant(self, grant: ExecutionGrant) -> None:
        """Raises VERSION_REVOKED, and GRANT_STALE when the grant's install may have changed since it was made."""
        ...


class Backends(Protocol):
    """Makes the host side of one call."""

    def of(self, caller: Caller, entry: Entry) -> HostBackend:
        """Answers this call's host calls under its grant, until its deadline; its lines go to its entry in the journal."""
        ...


class SecretValues(Protocol):
    """Opens secrets of installs for the host's own use."""

    async def reveal(self, caller: Caller, name: str) -> str:
        """The value of a secret of the caller's install, whether or not the guest may read secrets itself.

        Raises SECRET_MISSING, SECRET_EXPIRED, SECRET_UNREADABLE, and UNAVAILABLE when the registry does not answer.
        """
        ...
