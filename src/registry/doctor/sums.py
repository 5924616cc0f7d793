"""The change log's bounds, and publishers' quotas."""

from collections.abc import AsyncIterator
from typing import Final

from kernel.watch import ChangeKind
from registry import ports
from registry.doctor.finding import Check, Flaw, Severity
from registry.ports import Catalog

PAGE: Final = 100
_KNOWN: Final = frozenset(kind.value for kind in ChangeKind)


async def change_log(catalog: Catalog) -> AsyncIterator[Flaw]:
    """A log in which revisions go backwards, or that does not end, leaves gateways and runners with what they learned before."""
    async with catalog.read() as tables:
        log = await tables.records.log()
    subject = f"revisions {log.first} to {log.last}"
    if log.last > log.issued:
        text = f"the last revision is greater than the last one that was given out, {log.issued}: later changes would come earlier"
        yield Flaw(subject, text, "restore the database from a backup, then restart gateways and runners")
    if log.count > ports.MAX_BEHIND:
        text = f"{log.count} changes are kept, of at most {ports.MAX_BEHIND}"
        yield Flaw(subject, text, "the next change trims it; if it stays, look into the registry's log", Severity.WARNING)
    for kind in sorted(log.kinds.keys() - _KNOWN):
        text = f"{log.kinds[kind]} changes are of the unknown kind {kind!r}, at which every watch ends"
        yield Flaw(subject, text, "restore the database from a backup, or run the program that wrote them")


class QuotaCheck:
    """The rule for publishers: the archives of all versions of one have at most `quota_bytes`."""

    def __init__(self, catalog: Catalog, quota_bytes: int) -> None:
        self._catalog, self._quota = catalog, quota_bytes

    def all(self) -> tuple[Check[tuple[str, int]], ...]:
        """The one rule."""
        return (Check("publisher-quota", "every publisher is within its quota", self._judge),)

    async def rows(self) -> AsyncIterator[tuple[str, int]]:
        """All publishers and the bytes of their archives, page by page."""
        after = ""
        while True:
            async with self._catalog.read() as tables:
                page = await tables.records.stored(after, PAGE)
            for row in page:
                yield row
            if len(page) < PAGE:
                return
            after = page[-1][0]

    async def _judge(self, publisher: tuple[str, int]) -> AsyncIterator[Flaw]:
        name, used = publisher
        if used > self._quota:
            text = f"it stores {used} bytes, its quota is {self._quota}: it can publish nothing more"
            yield Flaw(f"publisher {name}", text, "raise publisher_quota_bytes if that was not meant", Severity.WARNING)
