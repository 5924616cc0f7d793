"""The call that the current thread runs, for host functions: the linker and its functions are shared by all calls."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar

from gen.alga.common.v1.context_pb2 import User
from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from runner.engine.call import MAX_HOST_CALL_BYTES, MAX_HOST_CALLS, Context
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.lines import Lines


class CurrentCall:
    """What host functions may know and do. The given `ask` blocks until the runner answers or the time is over."""

    def __init__(
        self,
        context: Context,
        capabilities: frozenset[str],
        ask: Callable[[HostCall], HostResult],
        send_line: Callable[[str, str], None],
        configuration: Mapping[str, str],
        lines: Lines | None = None,
        user: User | None = None,
    ) -> None:
        self.context = context
        self.capabilities = capabilities
        self.configuration = configuration
        self.user = user
        self._ask = ask
        self._send_line = send_line
        self._lines = lines or Lines()
        self._host_calls = 0
        self.host_bytes_left = MAX_HOST_CALL_BYTES
        self.failure: GuestFailed | None = None  # why a host function trapped the guest; the first one counts

    def count(self) -> None:
        """One more call of a host function. Raises GuestFailed TRAPPED beyond their number: a host-call flood."""
        self._host_calls += 1
        if self._host_calls > MAX_HOST_CALLS:
            raise GuestFailed(GuestReason.TRAPPED, f"more than {MAX_HOST_CALLS} host calls")

    def spend(self, size: int) -> None:
        """Bytes that a host function took or gave. Raises GuestFailed TRAPPED when the call has none left."""
        self.host_bytes_left -= size
        if self.host_bytes_left < 0:
            raise GuestFailed(GuestReason.TRAPPED, f"more than {MAX_HOST_CALL_BYTES} bytes in host calls")

    def ask(self, call: HostCall) -> HostResult:
        """The runner's answer. Raises GuestFailed when the time is over, and as `spend` does."""
        result = self._ask(call)
        self.spend(result.ByteSize())
        return result

    def log(self, level: str, message: str) -> None:
        """Pass a line on, within the limits; what is dropped is told once, in a line of the same level."""
        line = self._lines.take(message)
        if line is not None:
            self._send_line(level, line)


current: ContextVar[CurrentCall] = ContextVar("current_call")
