"""One question at a time: callers that ask the same thing at the same moment share one answer."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final, Generic, TypeVar

from kernel.errors import Fault, Reason

MAX_FLIGHTS: Final = 256  # a flood of made-up keys or names must not become as many calls at once

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Flights(Generic[_Key, _Value]):
    """Questions under way, by key."""

    def __init__(self) -> None:
        self._tasks: dict[_Key, asyncio.Task[_Value]] = {}

    async def share(self, key: _Key, ask: Callable[[], Coroutine[Any, Any, _Value]]) -> _Value:
        """The answer, or the error, of the question under way for this key, or of a new one. Raises OVERLOADED when too many are.

        A caller that goes away leaves the question to the others.
        """
        task = self._tasks.get(key)
        if task is None:
            if len(self._tasks) >= MAX_FLIGHTS:
                raise Fault(Reason.OVERLOADED, log="too many questions under way")
            task = self._tasks[key] = asyncio.create_task(ask())
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return await asyncio.shield(task)
