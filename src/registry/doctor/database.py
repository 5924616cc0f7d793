"""The database's own word: pages and indexes, references between rows, the schema."""

from collections.abc import AsyncIterator
from typing import Final

from registry.doctor.finding import Finding, Flaw, listed
from registry.ports import Catalog
from registry.records import DatabaseFault, FaultKind

_BACKUP: Final = "stop the registry and restore its data directory from a backup"
_CHECKS: Final = {
    FaultKind.PAGES: ("database-pages", "the database's pages and indexes are whole", _BACKUP),
    FaultKind.REFERENCES: ("database-references", "every row that is referred to exists", _BACKUP),
    FaultKind.SCHEMA: (
        "database-schema",
        "the schema is the one that this program knows",
        "restart the registry, which migrates it",
    ),
}


async def database(catalog: Catalog) -> AsyncIterator[Finding]:
    """Every kind of fault that the database itself can see."""
    async with catalog.read() as tables:
        faults = await tables.records.faults()
    for kind, (name, passed, step) in _CHECKS.items():
        async for finding in listed(name, passed, _flaws(faults, kind, step)):
            yield finding


async def _flaws(faults: list[DatabaseFault], kind: FaultKind, step: str) -> AsyncIterator[Flaw]:
    for fault in faults:
        if fault.kind is kind:
            yield Flaw(fault.subject, fault.text, step)
