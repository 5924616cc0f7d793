"""The call that the current thread runs, for host functions: the linker and its functions are shared by all calls."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Final

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from runner.engine.call import Context
from runner.engine.failure import GuestFailed

MAX_LINES: Final = 256  # of one call, logged and printed together: log floods
MAX_LOG_BYTES: Final = 64 * 1024  # of one call
MAX_LINE: Final = 8 * 1024  # bytes of one line
_CUT: Final = "... (cut)"


class CurrentCall:
    """What host functions may know and do. `ask` blocks until the runner answers, and raises GuestFailed when the time is over."""

    def __init__(
        self,
        context: Context,
        capabilities: frozenset[str],
        ask: Callable[[HostCall], HostResult],
        send_line: Callable[[str, str], None],
        configuration: Mapping[str, str],
    ) -> None:
        self.context = context
        self.capabilities = capabilities
        self.configuration = configuration
        self.ask = ask
        self._send_line = send_line
        self._lines = 0
        self._bytes = 0
        self.failure: GuestFailed | None = None  # why a host function trapped the guest; the first one counts

    def log(self, level: str, message: str) -> None:
        """Pass a line on, within the limits; the line that reaches one says that the rest is dropped."""
        if self._lines > MAX_LINES or self._bytes >= MAX_LOG_BYTES:
            return
        line = cut(message, min(MAX_LINE, MAX_LOG_BYTES - self._bytes))
        self._lines += 1
        self._bytes += len(line.encode())
        if self._lines > MAX_LINES:
            level, line = "warn", "more lines were dropped"
        self._send_line(level, line)
        if self._bytes >= MAX_LOG_BYTES:
            self._send_line("warn", "more lines were dropped")


def cut(text: str, limit: int) -> str:
    """The text in at most `limit` bytes of UTF-8, cut between characters and marked as cut where there is room for that."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    mark = _CUT if limit > len(_CUT) else ""
    return data[: limit - len(mark)].decode("utf-8", "ignore") + mark


current: ContextVar[CurrentCall] = ContextVar("current_call")
