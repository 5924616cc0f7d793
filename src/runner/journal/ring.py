"""The latest events of a runner, in memory that is bounded.

Each tenant has a ring of its own, so that one that logs a lot pushes out nothing of others'. When all of them together take too
much, the tenant that was silent the longest is forgotten.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from heapq import merge
from typing import Final, NamedTuple

from runner.journal.event import Event

EVENT_BYTES: Final = 512  # what an event takes beside its message
MAX_TENANT_BYTES: Final = 1 << 20
MAX_BYTES: Final = 16 << 20


class Numbered(NamedTuple):
    """An event and its place in the order of the runner's events: 1 for the first."""

    number: int
    event: Event


class Ring:
    """At most `most` events of each tenant, and of bytes as the constants say."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tenants: OrderedDict[str, _Tenant] = OrderedDict()
        self._bytes = 0
        self._forgotten = 0  # the greatest number of a tenant that was forgotten as a whole
        self.last = 0

    def append(self, event: Event) -> Numbered:
        """Keep an event."""
        self.last += 1
        numbered = Numbered(self.last, event)
        tenant_id = event.subject.tenant_id
        tenant = self._tenants.get(tenant_id)
        if tenant is None:
            tenant = self._tenants[tenant_id] = _Tenant(self._forgotten)
        self._tenants.move_to_end(tenant_id)
        self._bytes += tenant.append(numbered, self._most)
        while self._bytes > MAX_BYTES:
            _, silent = self._tenants.popitem(last=False)
            self._bytes -= silent.bytes
            self._forgotten = max(self._forgotten, silent.last)
        return numbered

    def events(self, tenant_id: str, after: int) -> Iterator[Numbered]:
        """Those of a tenant, or of all for an empty one, behind a number; oldest first."""
        for numbered in self._of(tenant_id):
            if numbered.number > after:
                yield numbered

    def complete(self, tenant_id: str, after: int) -> bool:
        """Whether all events of a tenant, or of all, that came behind a number are here."""
        if tenant_id:
            tenant = self._tenants.get(tenant_id)
            return (self._forgotten if tenant is None else tenant.missing) <= after
        return max((tenant.missing for tenant in self._tenants.values()), default=0) <= after and self._forgotten <= after

    def _of(self, tenant_id: str) -> Iterator[Numbered]:
        if tenant_id:
            tenant = self._tenants.get(tenant_id)
            return iter(()) if tenant is None else iter(tuple(tenant.kept))
        return merge(*(tuple(tenant.kept) for tenant in self._tenants.values()), key=lambda numbered: numbered.number)


class _Tenant:
    """The ring of one tenant; `missing` is the greatest number that is not here any more."""

    def __init__(self, missing: int) -> None:
        self.kept: deque[Numbered] = deque()
        self.bytes = 0
        self.missing = missing

    @property
    def last(self) -> int:
        return self.kept[-1].number

    def append(self, numbered: Numbered, most: int) -> int:
        """By how many bytes it grew."""
        before = self.bytes
        self.kept.append(numbered)
        self.bytes += weight(numbered.event)
        while len(self.kept) > most or (self.bytes > MAX_TENANT_BYTES and len(self.kept) > 1):
            oldest = self.kept.popleft()
            self.bytes -= weight(oldest.event)
            self.missing = oldest.number
        return self.bytes - before


def weight(event: Event) -> int:
    """About how many bytes of memory an event takes."""
    return EVENT_BYTES + len(event.message)
