"""What the registry said lately of bundles and installs, as far as it can be relied on now.

A grant says what was true when it was signed, up to 30 s ago. The change log says what changed since: a revoked bundle may not run,
and a grant that is older than the last change of its install is refused, so that the gateway asks for a new one.
"""

from collections import OrderedDict
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.watch import Change, ChangeKind, Freshness

# Installs whose last change is remembered. What is forgotten counts as changed for every install, so a flood of changes costs new
# grants and never memory.
MAX_CHANGED: Final = 10_000


class LiveStanding:
    """The `Standing` port, fed by the watch."""

    def __init__(self, freshness: Freshness) -> None:
        self._freshness = freshness
        self._revoked: set[Digest] = set()
        self._changed: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._floor = 0  # grants that are older than this revision may have missed a change
        self._last = 0

    def check_bundle(self, content_hash: Digest) -> None:
        """See the port."""
        if content_hash in self._revoked:
            raise Fault(Reason.VERSION_REVOKED)
        if not self._freshness.fresh():
            raise Fault(Reason.UNAVAILABLE, log="the registry was not heard lately: what it revoked is not known")

    def check_grant(self, grant: ExecutionGrant) -> None:
        """See the port."""
        self.check_bundle(grant.content_hash)
        least = max(self._floor, self._changed.get((grant.tenant_id, grant.install_id), 0))
        if grant.registry_revision < least:
            raise Fault(Reason.GRANT_STALE, log=f"the grant is of revision {grant.registry_revision}, needed is {least}")

    def heard(self) -> bool:
        """Whether the registry was heard lately."""
        return self._freshness.fresh()

    def revoked(self, content_hash: Digest) -> bool:
        """Whether a bundle is revoked, as far as it was heard."""
        return content_hash in self._revoked

    def restart(self, revision: int, revoked: frozenset[Digest]) -> None:
        """Changes are heard from `revision` on; these bundles are revoked, and no others.

        A revocation is for ever, so what is missing was revoked in a registry that is no more.
        """
        self._revoked = set(revoked)
        if revision != self._last:  # otherwise no change was missed
            self._changed.clear()
            self._floor = self._last = revision

    def change(self, change: Change) -> None:
        """The log's next change."""
        self._last = change.revision
        if change.kind is ChangeKind.VERSION_REVOKED:
            self._revoked.add(change.content_hash)
            return
        if change.kind in (ChangeKind.CONFIGURED, ChangeKind.LIMITS_CHANGED):
            return  # takes no right away: running calls go on with what they have, gateways ask for new grants
        key = (change.tenant_id, change.install_id)
        self._changed[key] = change.revision
        self._changed.move_to_end(key)
        if len(self._changed) > MAX_CHANGED:
            _, self._floor = self._changed.popitem(last=False)
