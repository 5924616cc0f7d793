"""One thread per engine that moves its epoch on while calls are running, so that deadlines hold and an idle runner sleeps."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from wasmtime import Engine

TICK: Final = 0.005  # seconds


class Ticker:
    """Ticks while at least one call is inside `running`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running = 0
        self._change = threading.Condition()
        threading.Thread(target=self._tick, name="epoch-ticker", daemon=True).start()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep ticking for as long as this is open."""
        with self._change:
            self._running += 1
            if self._running == 1:
                self._change.notify()
        try:
            yield
        finally:
            with self._change:
                self._running -= 1

    def _tick(self) -> None:
        while True:
            with self._change:
                while not self._running:
                    self._change.wait()
            began, ticks = time.monotonic(), 0
            while self._running:
                time.sleep(TICK)
                # As many as time has passed: a busy machine wakes this thread late, and deadlines should not be late with it.
                due = int((time.monotonic() - began) / TICK)
                for _ in range(due - ticks):
                    self._engine.increment_epoch()
                ticks = max(due, ticks)


def ticks_for(seconds: float) -> int:
    """How many ticks a deadline is away; one more than fits, because the current tick has begun already."""
    return max(1, int(seconds / TICK) + 1)
