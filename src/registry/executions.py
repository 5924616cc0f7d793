"""Reads what installs did and used: page by page, one call with its lines, day by day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from kernel import fields
from kernel.errors import Fault, Reason
from registry.access import own_install
from registry.execution import DayUsage, Execution
from registry.keys import time_page
from registry.ports import Catalog, stamp
from registry.record_executions import USAGE_DAYS

DEFAULT_DAYS: Final = 30
MAX_REFERENCE: Final = 128


class ReadExecutions:
    """The reading use-cases; what is another tenant's does not exist."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def page(self, tenant_id: str, install: str, size: int, token: str) -> tuple[list[Execution], str]:
        """One page, newest first and without lines, and the token of the next. Raises NOT_FOUND, INVALID_ARGUMENT."""
        page = time_page(size, token)
        async with self._catalog.read() as tables:
            found = await own_install(tables, tenant_id, install)
            executions = await tables.executions.page(tenant_id, found.id, page)
        taken = executions[: page.size]
        more = len(executions) > page.size
        return taken, fields.next_token(stamp(taken[-1].started_at), taken[-1].id) if more else ""

    async def one(self, tenant_id: str, install: str, reference: str) -> Execution:
        """By its id or its request id (of several the newest), with its lines. Raises NOT_FOUND."""
        async with self._catalog.read() as tables:
            found = await own_install(tables, tenant_id, install)
            execution = await tables.executions.find(tenant_id, found.id, reference[: MAX_REFERENCE + 1])
        if execution is None:
            raise Fault(Reason.NOT_FOUND, log=f"execution {reference[:80]!r} of {found.id}")
        return execution

    async def usage(self, tenant_id: str, install: str, days: int) -> list[DayUsage]:
        """Of the last days (0 = 30), today included, newest first. Raises NOT_FOUND, INVALID_ARGUMENT."""
        if days > USAGE_DAYS:
            raise Fault.invalid("days", f"must be at most {USAGE_DAYS}")
        since = self._now().date() - timedelta(days=(days or DEFAULT_DAYS) - 1)
        async with self._catalog.read() as tables:
            found = await own_install(tables, tenant_id, install)
            return await tables.executions.usage(tenant_id, found.id, since)
