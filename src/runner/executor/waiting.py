"""Whose turn it is: calls that wait for a lane, and how many calls each tenant and each install has running.

A tenant that floods the runner fills its own share of lanes and queue. Among those that wait, the one whose tenant runs the fewest
calls comes next; of one tenant the oldest.
"""

import asyncio
import heapq
import itertools
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

from kernel.errors import Fault, Reason
from runner.executor.process import Lane


class Owner(NamedTuple):
    """Whose call it is, as its grant says."""

    tenant: str
    install: str


@dataclass(frozen=True, slots=True)
class Shares:
    """Calls of one runner: how many run of one tenant and of one install, how many wait in all, of one tenant and of one install.

    What exceeds the running ones waits; what exceeds the waiting ones is refused.
    """

    running_per_tenant: int
    running_per_install: int
    queue: int
    queue_per_tenant: int
    queue_per_install: int

    @classmethod
    def of(
        cls,
        lanes: int,
        queue: int = 256,
        *,
        tenant: int = 0,
        install: int = 0,
        queue_per_tenant: int = 0,
        queue_per_install: int = 0,
    ) -> Self:
        """The shares of a runner with that many lanes in all; 0 = three quarters of the lanes and half of the queue, the tenant's.

        All are rounded up, so that one lane and one waiting call serve everybody.
        """
        running = min(tenant or (3 * lanes + 3) // 4, lanes)
        waiting = min(queue_per_tenant or (queue + 1) // 2, queue)
        return cls(running, min(install or running, running), queue, waiting, min(queue_per_install or waiting, waiting))


@dataclass(slots=True, eq=False)
class Claim:
    """What a call asks of the pool. `heavy`: with a large body."""

    owner: Owner
    heavy: bool
    artifact: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Waiter(Claim):
    """One call that waits. `crowd`: it has waited long enough to share an executor."""

    number: int
    lane: asyncio.Future[Lane]
    crowd: bool = False


class Waiting:
    """The calls that wait for a lane. All of it belongs to one event loop."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._numbers = itertools.count()
        self._by_tenant: dict[str, dict[int, Waiter]] = {}
        self._count = 0
        self._tenants: Counter[str] = Counter()
        self._installs: Counter[Owner] = Counter()
        self._waiting_installs: Counter[Owner] = Counter()

    @property
    def nobody(self) -> bool:
        """Whether no call waits."""
        return not self._count

    @property
    def count(self) -> int:
        """How many wait."""
        return self._count

    @property
    def tenants(self) -> int:
        """How many tenants they are of."""
        return len(self._by_tenant)

    @property
    def limit(self) -> int:
        """How many may wait."""
        return self._shares.queue

    def all(self) -> list[Waiter]:
        """Everybody."""
        return [waiter for waiters in self._by_tenant.values() for waiter in waiters.values()]

    def add(self, owner: Owner, heavy: bool, artifact: str = "") -> Waiter:
        """Join those who wait; `refuse_overload` says whether it may stay."""
        lane: asyncio.Future[Lane] = asyncio.get_running_loop().create_future()
        waiter = Waiter(owner, heavy, artifact, number=next(self._numbers), lane=lane)
        self._by_tenant.setdefault(owner.tenant, {})[waiter.number] = waiter
        self._waiting_installs[owner] += 1
        self._count += 1
        return waiter

    def refuse_overload(self, waiter: Waiter) -> None:
        """Raises OVERLOADED when the queue, or its tenant's or its install's share of it, is over its limit with this waiter."""
        shares, owner = self._shares, waiter.owner
        waiting = {
            "queue": (self._count, shares.queue),
            "tenant_queue": (len(self._by_tenant[owner.tenant]), shares.queue_per_tenant),
            "install_queue": (self._waiting_installs[owner], shares.queue_per_install),
        }
        for name, (count, limit) in waiting.items():
            if count > limit:
                raise Fault(Reason.OVERLOADED, log=f"{owner} waits with {count} in its {name}", facts={f"limit_{name}": limit})

    def remove(self, waiter: Waiter) -> None:
        """It waits no longer; legal more than once."""
        mine = self._by_tenant.get(waiter.owner.tenant)
        if mine is None or mine.pop(waiter.number, None) is None:
            return
        self._count -= 1
        if not mine:
            del self._by_tenant[waiter.owner.tenant]
        self._waiting_installs[waiter.owner] -= 1
        if not self._waiting_installs[waiter.owner]:
            del self._waiting_installs[waiter.owner]

    def may_begin(self, owner: Owner) -> bool:
        """Whether its tenant and install have fewer calls running than their shares."""
        shares = self._shares
        return self._tenants[owner.tenant] < shares.running_per_tenant and self._installs[owner] < shares.running_per_install

    def began(self, owner: Owner) -> None:
        """A call has got its lane."""
        self._tenants[owner.tenant] += 1
        self._installs[owner] += 1

    def ended(self, owner: Owner) -> None:
        """A call has given its lane back."""
        self._tenants[owner.tenant] -= 1
        self._installs[owner] -= 1
        # A runner meets many tenants in its life.
        if not self._tenants[owner.tenant]:
            del self._tenants[owner.tenant]
        if not self._installs[owner]:
            del self._installs[owner]

    def in_turn(self) -> Iterator[Waiter]:
        """Those who may begin, in their order; `began` and `remove` are to be called before the next one is asked for."""
        queues = {tenant: deque(waiters.values()) for tenant, waiters in self._by_tenant.items()}
        heads = [(self._tenants[tenant], queue[0].number, tenant) for tenant, queue in queues.items()]
        heapq.heapify(heads)
        while heads:
            tenant = heapq.heappop(heads)[2]
            queue = queues[tenant]
            waiter = queue.popleft()
            if not waiter.lane.done() and self.may_begin(waiter.owner):
                yield waiter
            if queue:
                heapq.heappush(heads, (self._tenants[tenant], queue[0].number, tenant))
