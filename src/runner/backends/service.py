"""What answers the host calls of one interface."""

from collections.abc import Mapping
from typing import Protocol

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from runner.caller import Caller


class Service(Protocol):
    """Answers the host calls of one interface."""

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """One host call, whose capability is checked already.

        Raises Fault, whose reason reaches the guest as its interface's error.
        """
        ...


Services = Mapping[str, Service]
"""By interface, e.g. `storage`. Interfaces that an executor answers by itself are not among them."""
