"""Work that, once begun, is done to its end, whatever becomes of its caller."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(work: Awaitable[T]) -> T:
    """Await `work`. A caller that is cancelled meanwhile is cancelled after the work's end, so that nothing is left half done."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except Exception:  # noqa: BLE001 - the task's own; told below
            break
    if cancelled is not None:
        task.exception()  # nobody is there to hear of it
        raise cancelled
    return task.result()
