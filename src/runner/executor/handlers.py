"""The components that an executor keeps loaded, by the path of their artifact, most recently used last."""

import threading
from collections import OrderedDict
from pathlib import Path

from runner.engine.early import Handler
from runner.engine.invoke import Runtime


class Handlers:
    """A bounded cache; safe to use from several threads. Calls in progress keep what they use, evicted or not."""

    def __init__(self, runtime: Runtime, limit: int) -> None:
        self._runtime = runtime
        self._limit = limit
        self._handlers: OrderedDict[str, Handler] = OrderedDict()
        self._lock = threading.Lock()  # loading takes milliseconds, so nobody is kept waiting for long

    def get(self, artifact: str) -> Handler:
        """The handler of an artifact. Raises GuestFailed NOT_RUNNABLE when it does not load."""
        with self._lock:
            handler = self._handlers.pop(artifact, None) or self._runtime.load(Path(artifact))
            self._handlers[artifact] = handler
            while len(self._handlers) > self._limit:
                self._handlers.popitem(last=False)
            return handler
