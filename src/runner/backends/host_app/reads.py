"""`clients` and `services` on the runner's side: lists and single records of the host application.

1. read the arguments and judge them
2. ask the host application
3. translate its refusal
4. check its answer
"""

from itertools import islice
from typing import Any, Final

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from kernel.errors import Fault, Reason
from runner.backends import described
from runner.backends.host_app import rules
from runner.backends.host_app.internal import Internal, answered, user
from runner.backends.host_app.names import from_host, to_host
from runner.caller import Caller

# What has no row here is the host application's own trouble.
_REFUSALS: Final = {
    **dict.fromkeys((400, 413, 422), Reason.HOST_REJECTED),
    **dict.fromkeys((401, 403, 404), Reason.HOST_DENIED),  # 404: it does not know the install
}


class Reads:
    """One interface, e.g. `clients` at the endpoint `ext-clients`."""

    def __init__(self, internal: Internal, endpoint: str) -> None:
        self._internal = internal
        self._endpoint = endpoint

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """Raises INVALID_ARGUMENT (the host was not asked), HOST_REJECTED, HOST_DENIED, HOST_FAILED, DEADLINE_EXCEEDED."""
        # 1. read the arguments and judge them
        function, arguments = described.arguments(call.described)
        listing = "input" in arguments
        asked = _page(arguments["input"]) if listing else _one(arguments)
        # 2. ask the host application
        said = {"operation": "list" if listing else "get", "input": to_host(asked), **user(caller)}
        status, body = await self._internal.post(caller, self._endpoint, said, repeatable=True)
        # 3. translate its refusal
        if not 200 <= status < 300:
            raise Fault(_REFUSALS.get(status, Reason.HOST_FAILED), log=f"{self._endpoint} answered {status}")
        # 4. check its answer
        told = answered(body)
        return described.result(function, from_host(function.good, told if listing else told.get("item")))


def _page(asked: dict[str, Any]) -> dict[str, Any]:
    _must_hold(rules.of_page(asked))
    return asked | {"page": asked["page"] or 1, "page-size": asked["page-size"] or rules.PAGE_SIZE}


def _one(arguments: dict[str, Any]) -> dict[str, Any]:
    _must_hold((name, "must be a UUID") for name, value in arguments.items() if not rules.is_uuid(value))
    return arguments


def _must_hold(problems: Any) -> None:
    for field, rule in islice(problems, 1):
        raise Fault.invalid(field, rule)
