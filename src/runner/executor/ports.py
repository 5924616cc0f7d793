"""What a pool of executors needs from its caller: somebody who answers a guest's host calls and takes its log lines."""

from typing import Protocol

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult, LogLine


class HostBackend(Protocol):
    """The host side of one call. The implementation knows whose call it is; the frames carry no identity."""

    def begin(self) -> None:
        """The call's turn has come and nothing ran yet. A Fault that this raises ends it."""
        ...

    async def call(self, call: HostCall) -> HostResult:
        """Answer one host call.

        May raise Fault: the guest gets its reason through its interface's own error. Anything else that is raised is logged
        and reaches the guest as that interface's internal error. The pool cancels it when the call's time is over.
        """
        ...

    def log(self, line: LogLine) -> None:
        """Take one line that the guest logged or printed. Must not block and must not raise."""
        ...
