"""A pool of executors as operators see it."""

from collections.abc import Iterable, Mapping

from runner.executor.process import Executor
from runner.executor.waiting import Waiting
from runner.ops.model import Place, PoolState


def pool_state(executors: Iterable[Executor], size: int, lanes: int, recycled: Mapping[int, int], waiting: Waiting) -> PoolState:
    """Every place of the pool, those included whose process is being replaced, and who waits."""
    alive = {executor.place: executor for executor in executors if not executor.gone}
    places = tuple(_place(index, alive.get(index), lanes, recycled.get(index, 0)) for index in range(size))
    return PoolState(places, waiting.count, waiting.tenants, waiting.limit)


def _place(index: int, executor: Executor | None, lanes: int, recycled: int) -> Place:
    if executor is None:
        return Place(index, 0, None, lanes, 0, 0, recycled, frozenset())
    loaded = frozenset(lane.artifact for lane in (*executor.idle, *executor.busy) if lane.artifact)
    return Place(index, executor.pid, executor.since, lanes, len(executor.busy), executor.running, recycled, loaded)
