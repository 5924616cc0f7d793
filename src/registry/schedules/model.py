"""Schedules and their occurrences, as values. Ids are UUIDs in lower-case text, times are aware and in UTC."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from registry.model import Endpoint, Version

MAX_ERROR: Final = 4_000  # characters of what went wrong
SCHEDULABLE: Final = ("GET", "POST")


class OccurrenceState(StrEnum):
    """Where an occurrence stands; schedule.proto says what each means."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"
    MISSED = "missed"

    @property
    def open(self) -> bool:
        """Whether it is not over."""
        return self in {OccurrenceState.WAITING, OccurrenceState.RUNNING}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an endpoint of an install is called. `next_at` is None while nothing will fire."""

    id: str
    tenant_id: str
    install_id: str
    method: str
    path: str
    name: str | None
    cron: str
    timezone: str
    enabled: bool
    payload: str | None
    created_at: datetime
    updated_at: datetime
    next_at: datetime | None = None
    last_run_at: datetime | None = None
    last_run_status: OccurrenceState | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which a schedule fired or should have; a schedule has at most one for a time.

    A running one counts as lost from `lease_ends` on. `status` is what the extension answered, 0 = no answer.
    """

    id: str
    tenant_id: str
    schedule_id: str
    due_at: datetime
    manual: bool
    state: OccurrenceState
    started_at: datetime | None = None
    lease_ends: datetime | None = None
    finished_at: datetime | None = None
    status: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An occurrence that a gateway took, with its schedule; `timeout_ms` is the endpoint's, 0 = the version's."""

    occurrence: Occurrence
    schedule: Schedule
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class NamedEndpoint:
    """An endpoint of an installed version, with an id that stays as long as the version does."""

    id: str
    endpoint: Endpoint

    @property
    def schedulable(self) -> bool:
        """Whether schedules may call it: GET or POST, and no parameters in its path."""
        parts = self.endpoint.path.split("/")
        return self.endpoint.method in SCHEDULABLE and not any(part.startswith(":") for part in parts)


def endpoints_of(version: Version) -> list[NamedEndpoint]:
    """In the manifest's order."""
    return [NamedEndpoint(str(uuid.uuid5(_NAMESPACE, f"{version.id} {one.method} {one.path}")), one) for one in version.endpoints]


def endpoint_of(version: Version, schedule: Schedule) -> Endpoint | None:
    """The endpoint that a schedule calls, if this version has it and lets schedules call it."""
    for named in endpoints_of(version):
        if named.schedulable and (named.endpoint.method, named.endpoint.path) == (schedule.method, schedule.path):
            return named.endpoint
    return None


_NAMESPACE: Final = uuid.UUID("5b1a0c62-6f3f-4f53-8a57-0f4e6f0b6f52")  # made up: ids differ from those of anybody else
