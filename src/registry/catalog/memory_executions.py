"""Executions and their usage in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date

from kernel.fields import Page
from registry.catalog.memory_state import State
from registry.execution import DayUsage, Execution
from registry.ports import Retention, stamp


class MemoryExecutions:
    """The `Executions` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, executions: Sequence[Execution]) -> int:
        """Record and count what is new."""
        before = len(self._state.executions)
        for one in executions:
            key = (one.tenant_id, one.install_id, one.id)
            if key[:2] in self._state.installs and key not in self._state.executions:
                self._state.executions[key] = one
                day = (one.tenant_id, one.install_id, one.started_at.astimezone(UTC).date())
                self._state.usage[day] = self._state.usage.get(day, DayUsage(day[2])).plus(one)
        return len(self._state.executions) - before

    async def retain(self, installs: Collection[tuple[str, str]], retention: Retention) -> None:
        """Forget what is too much or too old."""
        for tenant_id, install_id in installs:
            self._forget(self._of(tenant_id, install_id)[retention.newest :][: retention.most])
        old = [one for one in self._state.executions.values() if one.started_at < retention.since]
        self._forget(sorted(old, key=lambda one: one.started_at)[: retention.most])
        days = sorted((key for key in self._state.usage if key[2] < retention.usage_since), key=lambda key: key[2])
        for key in days[: retention.most]:
            del self._state.usage[key]

    async def find(self, tenant_id: str, install_id: str, ref: str) -> Execution | None:
        """By id, or the newest of a request id."""
        mine = self._of(tenant_id, install_id)
        by_id = [one for one in mine if one.id == ref]
        return next(iter(by_id or [one for one in mine if one.request_id == ref]), None)

    async def page(self, tenant_id: str, install_id: str, page: Page) -> list[Execution]:
        """Newest first."""
        mine = self._of(tenant_id, install_id)
        after = [one for one in mine if not page.after or (stamp(one.started_at), one.id) < page.after]
        return [replace(one, lines=()) for one in after[: page.size + 1]]

    async def usage(self, tenant_id: str, install_id: str, since: date) -> list[DayUsage]:
        """Newest first."""
        days = [usage for key, usage in self._state.usage.items() if key[:2] == (tenant_id, install_id) and usage.day >= since]
        return sorted(days, key=lambda usage: usage.day, reverse=True)

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all of an install."""
        self._forget(self._of(tenant_id, install_id))
        for key in [key for key in self._state.usage if key[:2] == (tenant_id, install_id)]:
            del self._state.usage[key]

    def _of(self, tenant_id: str, install_id: str) -> list[Execution]:
        mine = [one for key, one in self._state.executions.items() if key[:2] == (tenant_id, install_id)]
        return sorted(mine, key=lambda one: (one.started_at, one.id), reverse=True)

    def _forget(self, executions: Sequence[Execution]) -> None:
        for one in executions:
            self._state.executions.pop((one.tenant_id, one.install_id, one.id), None)
