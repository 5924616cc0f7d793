"""What the catalog in memory holds."""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Self

from kernel.digest import Digest
from kernel.watch import Change
from registry.execution import DayUsage, Execution
from registry.idempotency.model import Place, Record
from registry.model import ApiKey, Bundle, Entry, Extension, Install, Publisher, SealedSecret, Version
from registry.schedules.model import Occurrence, Schedule

EntryKey = tuple[str, str, str, str]  # tenant, install, namespace, key


@dataclass(slots=True)
class State:
    """All tables; their values are frozen, so a copy of the containers is a copy of everything."""

    publishers: dict[str, Publisher] = field(default_factory=dict)  # by name
    extensions: dict[str, Extension] = field(default_factory=dict)  # by id
    versions: dict[str, Version] = field(default_factory=dict)  # by id
    bundles: dict[Digest, Bundle] = field(default_factory=dict)
    installs: dict[tuple[str, str], Install] = field(default_factory=dict)  # by tenant and id
    entries: dict[EntryKey, Entry] = field(default_factory=dict)
    secrets: dict[tuple[str, str, str], SealedSecret] = field(default_factory=dict)  # by tenant, install, name
    api_keys: dict[bytes, ApiKey] = field(default_factory=dict)  # by hash
    executions: dict[tuple[str, str, str], Execution] = field(default_factory=dict)  # by tenant, install and id
    usage: dict[tuple[str, str, date], DayUsage] = field(default_factory=dict)  # by tenant, install and day
    changes: list[Change] = field(default_factory=list)
    schedules: dict[str, Schedule] = field(default_factory=dict)  # by id
    occurrences: dict[str, Occurrence] = field(default_factory=dict)  # by id
    idempotency: dict[Place, Record] = field(default_factory=dict)
    revision: int = 0

    def copy(self) -> Self:
        """A state that changes on its own."""
        made = type(self)()
        for item in fields(self):
            value = getattr(self, item.name)
            setattr(made, item.name, value if isinstance(value, int) else value.copy())
        return made

    def publisher_of(self, extension_id: str) -> str:
        """The owner's name."""
        return self.extensions[extension_id].publisher
