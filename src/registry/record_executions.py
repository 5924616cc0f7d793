"""Records what runners tell of calls.

1 record what is new and of installs that exist, and count it, 2 forget what is too much or too old. Both are one transaction, and
both are bounded, whatever the batch.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from registry.execution import Execution
from registry.ports import Catalog, Retention

USAGE_DAYS: Final = 400  # of usage that are kept and can be asked for
MAX_FORGOTTEN: Final = 1_000  # rows that one batch removes of each kind: the writer must not be busy for long
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept: of each install the newest `executions`, and none that is older than `days`."""

    executions: int
    days: int


class RecordExecutions:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, keep: Keep, now: Callable[[], datetime]) -> None:
        self._catalog, self._keep, self._now = catalog, keep, now

    async def record(self, executions: Sequence[Execution], dropped: int) -> int:
        """How many are new. `dropped` is how many the runner forgot before. Raises UNAVAILABLE."""
        if dropped:
            _log.warning("a runner dropped executions", extra={"count": dropped})
        if not executions:
            return 0
        now = self._now()
        retention = Retention(
            newest=self._keep.executions,
            since=now - timedelta(days=self._keep.days),
            usage_since=(now - timedelta(days=USAGE_DAYS)).date(),
            most=MAX_FORGOTTEN,
        )
        async with self._catalog.write() as tables:
            # 1 record what is new and of installs that exist, and count it
            recorded = await tables.executions.add(executions)
            # 2 forget what is too much or too old
            await tables.executions.retain({(one.tenant_id, one.install_id) for one in executions}, retention)
        return recorded
