"""Whether a runner takes new calls, and how many are in work: what `Drain`, health and the end of the process go by."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import TracebackType

from kernel.errors import Fault, Reason

Tell = Callable[[bool], Awaitable[None]]


class Gate:
    """`with gate:` around each request. For each call, so no generator. All methods belong to one event loop."""

    def __init__(self) -> None:
        self._inside = 0
        self._open = True
        self._ending = False
        self._heard = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._turned = asyncio.Event()

    def __enter__(self) -> None:
        """One request begins. Raises DRAINING; then nothing of it may have run, so this comes first."""
        if not self._open:
            raise Fault(Reason.DRAINING).before_anything_ran()
        self._inside += 1
        self._empty.clear()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._inside -= 1
        if not self._inside:
            self._empty.set()

    @property
    def draining(self) -> bool:
        """Whether requests are refused."""
        return not self._open

    @property
    def requests(self) -> int:
        """How many are in work."""
        return self._inside

    def close(self, *, for_good: bool = False) -> None:
        """Refuse requests from now on; `for_good` when the process ends."""
        self._open = False
        self._ending = self._ending or for_good
        self._turned.set()

    def open(self) -> None:
        """Take requests again. Raises DRAINING when it was closed for good."""
        if self._ending:
            raise Fault(Reason.DRAINING, log="the process is about to end")
        self._open = True
        self._turned.set()

    async def empty(self, seconds: float) -> None:
        """Wait until nothing is in work, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._empty.wait()

    async def heard(self, yes: bool) -> None:
        """The registry is heard from now on, or is not."""
        self._heard = yes
        self._turned.set()

    async def tell(self, serving: Tell) -> None:
        """Tell health whether to send calls here, now and after every turn, until cancelled."""
        while True:
            self._turned.clear()
            await serving(self._open and self._heard)
            await self._turned.wait()
