"""On whose behalf a host call is answered, and what it spends."""

import asyncio
from dataclasses import dataclass, field

from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.signing import Signed
from kernel.user import User


@dataclass(slots=True)
class Spent:
    """What the host calls of one call have spent beyond the runner's own frames; backends add to it."""

    egress_bytes: int = 0
    storage_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Caller:
    """One call of a guest, as its host calls see it. `deadline` is a time of the event loop."""

    grant: ExecutionGrant
    signed: Signed
    request_id: str
    user: User | None
    deadline: float
    spent: Spent = field(default_factory=Spent)

    @property
    def seconds(self) -> float:
        """What is left of its time. Raises DEADLINE_EXCEEDED when nothing is."""
        left = self.deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise Fault(Reason.DEADLINE_EXCEEDED)
        return left
