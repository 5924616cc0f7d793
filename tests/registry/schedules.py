"""A registry whose schedules go by the test's clock, with an extension that has endpoints for them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from gen.alga.registry.v1 import schedule_service_pb2 as pb
from registry.schedules.model import OccurrenceState
from tests.registry.bundles import NAME, bundle
from tests.registry.components import HANDLER, component
from tests.registry.stack import Client, Stack

MANAGE = "cap:scheduler.manage"
ENDPOINTS = [
    {"method": "GET", "path": "/tick", "handler": "tick", "timeout_ms": 700},
    {"method": "POST", "path": "/beat", "handler": "beat"},
    {"method": "GET", "path": "/both", "handler": "both"},
    {"method": "POST", "path": "/both", "handler": "both"},
    {"method": "DELETE", "path": "/gone", "handler": "gone"},
    {"method": "PUT", "path": "/put", "handler": "put"},
    {"method": "GET", "path": "/notes/:id", "handler": "note"},
]
STATES = [state.value for state in OccurrenceState]


@dataclass
class Clock:
    """The time that schedules go by; it stands still until it is told to go."""

    now: datetime = field(default=datetime(2026, 3, 1, 12, 2, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def go(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Owner:
    """Somebody who may read and change the schedules of an install: with a grant, or as a tenant's admin."""

    client: Client
    owner: pb.ScheduleOwner

    async def _ask(self, method: str, **fields: Any) -> Any:
        request = getattr(pb, f"{method}Request")(owner=self.owner, **fields)
        return await self.client.call("schedules", method, request)

    async def create(self, endpoint: str = "/tick", cron: str = "0 * * * *", **fields: Any) -> Any:
        return (await self._ask("CreateSchedule", endpoint=endpoint, cron=cron, **fields)).schedule

    async def update(self, schedule_id: str, **fields: Any) -> Any:
        return (await self._ask("UpdateSchedule", schedule_id=schedule_id, **fields)).schedule

    async def delete(self, schedule_id: str) -> Any:
        return (await self._ask("DeleteSchedule", schedule_id=schedule_id)).schedule

    async def get(self, schedule_id: str) -> Any:
        return (await self._ask("GetSchedule", schedule_id=schedule_id)).schedule

    async def all(self) -> Any:
        return list((await self._ask("ListSchedules")).schedules)

    async def endpoints(self) -> Any:
        return list((await self._ask("ListEndpoints")).endpoints)

    async def run_now(self, schedule_id: str) -> Any:
        return (await self._ask("RunNow", schedule_id=schedule_id)).occurrence

    async def history(self, schedule_id: str) -> Any:
        return list((await self._ask("ListOccurrences", schedule_id=schedule_id)).occurrences)

    async def states(self, schedule_id: str) -> list[tuple[str, str]]:
        """Of the history, latest first: when each was due, as `HH:MM`, and where it stands."""
        found = await self.history(schedule_id)
        return [(one.due_at.ToDatetime().strftime("%H:%M"), STATES[one.state - 1]) for one in found]


@dataclass
class Site:
    """A stack with the extension installed for the tenants `a` and `b`, whose admins and guests are at hand."""

    stack: Stack
    clock: Clock

    async def open(self) -> "Site":
        await self.publish("1.0.0")
        for tenant in ("a", "b"):
            await self.stack.clients[f"admin-{tenant}"].install(tenant, NAME)
        return self

    def go(self, **delta: float) -> None:
        """Time passes, and who waits for what is due looks again."""
        self.clock.go(**delta)
        self.stack.app._bell.ring()

    async def publish(self, version: str, endpoints: list[dict[str, Any]] = ENDPOINTS) -> None:
        files = {"dist/main.wasm": component(HANDLER)}
        signed = bundle(self.stack.publisher_key, files, version=version, capabilities=[MANAGE], api={"endpoints": endpoints})
        await self.stack.clients["acme"].publish(signed)

    def admin(self, tenant: str = "a", install: str = NAME, client: str = "") -> Owner:
        named = pb.ScheduleInstall(tenant_id=tenant, install=install)
        return Owner(self.stack.clients[client or f"admin-{tenant}"], pb.ScheduleOwner(install=named))

    async def guest(self, tenant: str = "a") -> Owner:
        resolved = await self.stack.clients["gateway"].resolve(tenant, NAME)
        return Owner(self.stack.clients["runner"], pb.ScheduleOwner(grant=resolved.grant))

    async def claim(self, most: int = 64) -> Any:
        request = pb.ClaimOccurrencesRequest(most=most)
        return list((await self.stack.clients["gateway"].call("schedules", "ClaimOccurrences", request)).occurrences)

    async def complete(self, occurrence: str, status: int = 200, error: str = "") -> Any:
        request = pb.CompleteOccurrenceRequest(occurrence_id=occurrence, status=status, error=error)
        return (await self.stack.clients["gateway"].call("schedules", "CompleteOccurrence", request)).occurrence

    async def due(self, wait_ms: int = 0) -> bool:
        answer = await self.stack.clients["gateway"].call("schedules", "AwaitDue", pb.AwaitDueRequest(wait_ms=wait_ms))
        return bool(answer.due)
