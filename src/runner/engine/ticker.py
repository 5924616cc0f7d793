"""One thread per engine that moves its epoch on while calls are running, so that deadlines hold and an idle runner sleeps."""

import threading
import time
from types import TracebackType
from typing import Final

from wasmtime import Engine

LINGER: Final = 1.0  # seconds
TICK: Final = 0.005  # seconds


class Ticker:
    """Ticks while a call is inside `with ticker`, and for LINGER afterwards: waking a thread costs a call more than ticks do."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running = 0
        self._resting = True
        self._change = threading.Condition()
        threading.Thread(target=self._tick, name="epoch-ticker", daemon=True).start()

    def __enter__(self) -> None:
        """Keep ticking until `__exit__`; not a generator, since each call does this."""
        with self._change:
            self._running += 1
            if self._resting:
                self._resting = False
                self._change.notify()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._change:
            self._running -= 1

    def _tick(self) -> None:
        while True:
            with self._change:
                while self._resting:
                    self._change.wait()
            began = busy = time.monotonic()
            ticks = 0
            while True:
                time.sleep(TICK)
                now = time.monotonic()
                # As many as time has passed: a busy machine wakes this thread late, and deadlines should not be late with it.
                due = int((now - began) / TICK)
                for _ in range(due - ticks):
                    self._engine.increment_epoch()
                ticks = max(due, ticks)
                with self._change:
                    busy = now if self._running else busy
                    if now - busy > LINGER:
                        self._resting = True
                        break


def ticks_for(seconds: float) -> int:
    """How many ticks a deadline is away; one more than fits, because the current tick has begun already."""
    return max(1, int(seconds / TICK) + 1)
