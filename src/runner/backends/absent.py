"""Interfaces that this runner is not connected to: every call is refused alike."""

from dataclasses import dataclass

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from kernel.errors import Fault, Reason
from runner.caller import Caller


@dataclass(frozen=True, slots=True)
class Absent:
    """Refuses with a reason."""

    reason: Reason

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """Raises the reason."""
        raise Fault(self.reason, log="no host application is configured")
