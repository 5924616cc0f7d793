"""What schedules need of the catalog: small operations, each part of a transaction of `registry.ports`."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from registry.schedules.model import Occurrence, Schedule


class Schedules(Protocol):
    """The schedules of installs. Each call names the tenant."""

    async def add(self, schedule: Schedule) -> None:
        """Record a schedule. Raises ALREADY_EXISTS when the install has one of that name."""

    async def save(self, schedule: Schedule) -> None:
        """Write all that can change. Raises ALREADY_EXISTS as `add` does."""

    async def get(self, tenant_id: str, install_id: str, schedule_id: str) -> Schedule | None:
        """One of this install."""

    async def of_install(self, tenant_id: str, install_id: str) -> list[Schedule]:
        """All of them, oldest first."""

    async def remove(self, tenant_id: str, schedule_id: str) -> None:
        """Remove a schedule and its occurrences."""

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all schedules of an install and their occurrences."""


class Occurrences(Protocol):
    """What happened, and what is about to."""

    async def add(self, occurrence: Occurrence) -> bool:
        """Record an occurrence; False, and nothing is written, when the schedule has one for that time."""

    async def save(self, occurrence: Occurrence) -> None:
        """Write state, times, status and error."""

    async def get(self, occurrence_id: str) -> tuple[Occurrence, Schedule] | None:
        """By id, of any tenant, with its schedule."""

    async def of_schedule(self, tenant_id: str, schedule_id: str, most: int) -> list[Occurrence]:
        """The latest of a schedule by due time, latest first."""

    async def open_of(self, tenant_id: str, schedule_id: str) -> Occurrence | None:
        """The one of a schedule that is not over."""

    async def trim(self, tenant_id: str, schedule_id: str, keep: int) -> None:
        """Remove those of a schedule that are over, but the latest `keep`."""


class Due(Protocol):
    """What should happen now, of all tenants but those `without`."""

    async def schedules(self, now: datetime, most: int, without: Collection[str]) -> list[Schedule]:
        """Those whose next time has come and whose last run is over, the longest due first."""

    async def waiting(self, most: int, without: Collection[str]) -> list[tuple[Occurrence, Schedule]]:
        """Occurrences that wait for a gateway, the oldest first."""

    async def lapsed(self, now: datetime, asked_before: datetime, most: int) -> list[tuple[Occurrence, Schedule]]:
        """Running ones whose lease is over, and waiting ones that were asked for before a moment."""

    async def running(self) -> Mapping[str, int]:
        """How many occurrences run, by tenant."""

    async def next_at(self, without: Collection[str]) -> datetime | None:
        """The earliest time at which any of this will be due: schedules, waiting occurrences, ends of leases."""
