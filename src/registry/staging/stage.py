"""Takes an archive of a tool that cannot sign, or forgets one.

1 does this registry sign for others, 2 may the caller publish at all, 3 is there room, 4 receive and hash, 5 keep it.
"""

from collections.abc import AsyncIterator

from kernel.auth import Principal
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from registry.receive import Receiver, check_size
from registry.staging.owner import Owner
from registry.staging.store import Staged, StagedUploads, remove


class Stage:
    """The use-case; one for the process."""

    def __init__(self, uploads: StagedUploads, receiver: Receiver, *, signs: bool) -> None:
        self._uploads, self._receiver, self._signs = uploads, receiver, signs

    async def stage(
        self, principal: Principal, tenant_id: str, content_hash: Digest | None, size: int, chunks: AsyncIterator[bytes]
    ) -> Staged:
        """The archive that waits now. Raises what `StageBundle` documents in staging_service.proto."""
        # 1 does this registry sign for others
        if not self._signs:
            rule = (
                "this registry signs for nobody: sign and publish with alga-ext sign and alga-ext publish, "
                "or let its operator set EXT_REGISTRY_PUBLISH_KEY_FILE"
            )
            raise Fault.invalid("signature", rule, Reason.ENVELOPE_MISSING)
        # 2 may the caller publish at all
        owner = Owner.of(principal, tenant_id)
        owner.must_publish()
        check_size(size)
        # 3 is there room
        with self._uploads.room(owner, size):
            # 4 receive and hash
            async with self._receiver.receive(f"{owner.role}:{owner.publisher}", content_hash, size, chunks) as received:
                # 5 keep it
                return self._uploads.put(owner, received.content_hash, size, received)

    def abort(self, principal: Principal, tenant_id: str, upload: str) -> bool:
        """Whether there was one. Raises TENANT_MISMATCH."""
        try:
            remove(self._uploads.take(upload, Owner.of(principal, tenant_id)))
        except Fault as fault:
            if fault.reason is not Reason.NOT_FOUND:
                raise
            return False
        return True
