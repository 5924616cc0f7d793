"""What one call uses of its host, counted in the runner: an executor may have been taken over by its guest."""

from typing import Final

from gen.alga.runner.v1.execute_service_pb2 import Usage
from gen.alga.runner.v1.executor_pb2 import Invoke
from runner.engine.call import MAX_HOST_CALL_BYTES, MAX_HOST_CALLS
from runner.engine.lines import Lines
from runner.executor.frames import FrameError

DEFAULT_HOST_CALLS: Final = 1_000  # of one call; a guest could keep the registry busy
DEFAULT_HOST_BYTES: Final = MAX_HOST_CALL_BYTES  # of questions and answers
_MICRO: Final = 1_000_000


class Meter:
    """Counts host calls and log lines of one call, and says what is too much."""

    def __init__(self, invoke: Invoke) -> None:
        self._most_calls = min(invoke.host_calls or DEFAULT_HOST_CALLS, MAX_HOST_CALLS)
        self._most_bytes = invoke.host_bytes or DEFAULT_HOST_BYTES
        self._lines = Lines(invoke.log_lines, invoke.log_bytes)
        self._calls = 0
        self._by_interface: dict[str, int] = {}
        self._bytes = 0
        self._waited = 0.0

    def asked(self, size: int, interface: str = "") -> bool:
        """One more host call, of `size` bytes; whether the call may still have it served.

        Raises FrameError for more than executors let pass: this one was taken over.
        """
        self._calls += 1
        self._by_interface[interface] = self._by_interface.get(interface, 0) + 1
        self._bytes += size
        if self._calls > MAX_HOST_CALLS:
            raise FrameError("too many host calls")
        return self._calls <= self._most_calls and self._bytes <= self._most_bytes

    def answered(self, size: int, seconds: float) -> None:
        """The host call was answered with `size` bytes, after so many seconds."""
        self._bytes += size
        self._waited += seconds

    def line(self, text: str) -> str:
        """What is to be logged of a line: itself, or that the rest is dropped. Raises FrameError for one after that."""
        taken = self._lines.take(text)
        if taken is None:
            raise FrameError("log lines after the last one")
        return taken

    @property
    def cut(self) -> bool:
        """Whether the last line is not whole, or says that the rest is dropped."""
        return self._lines.cut

    def write(self, usage: Usage, *, queued: float, ran: float) -> None:
        """Replace what an executor says of a call that waited and ran for so many seconds; its own time is believed up to `ran`."""
        handler_us = min(usage.handler_us, int(ran * _MICRO))
        usage.Clear()
        usage.handler_us = handler_us
        usage.queued_us = int(queued * _MICRO)
        usage.host_calls = self._calls
        usage.host_calls_by_interface.update(self._by_interface)
        usage.host_bytes = self._bytes
        usage.host_wait_us = int(self._waited * _MICRO)
        usage.log_lines = self._lines.lines
        usage.log_bytes = self._lines.bytes
