"""What firing needs of the registry. All of it raises UNAVAILABLE when the registry does not answer."""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.schedules.model import Occurrence, Outcome


class Board(Protocol):
    """Where what is due is found, taken and ended."""

    async def due(self, seconds: float) -> bool:
        """Whether something is due, as soon as it is, or after that many seconds. May be cancelled at any time."""

    async def claim(self, most: int) -> list[Occurrence]:
        """Take at most that many. What is taken and not completed is lost: not to be cancelled."""

    async def complete(self, occurrence_id: str, outcome: Outcome) -> None:
        """Tell how one ended. One that the registry does not know any more is no failure."""


class Management(Protocol):
    """Schedules as a tenant's admins see them, as JSON with the names of `alga.registry.v1`; payloads are values, not text.

    Raises what the rpcs document: NOT_FOUND for an install that is not the tenant's, and a schedule that is not the install's.
    """

    async def every(self, tenant_id: str, install: str) -> dict[str, Any]:
        """All schedules of an install."""

    async def one(self, tenant_id: str, install: str, schedule: str) -> dict[str, Any]:
        """One schedule."""

    async def create(self, tenant_id: str, install: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Make one. `wanted` has fields of CreateScheduleRequest."""

    async def change(self, tenant_id: str, install: str, schedule: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Change one. `wanted` has fields of UpdateScheduleRequest."""

    async def remove(self, tenant_id: str, install: str, schedule: str) -> None:
        """Remove one."""

    async def run(self, tenant_id: str, install: str, schedule: str) -> dict[str, Any]:
        """Let one fire now: the occurrence."""

    async def history(self, tenant_id: str, install: str, schedule: str) -> dict[str, Any]:
        """The occurrences of one that are kept."""
