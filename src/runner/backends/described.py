"""Host calls of described functions on the runner's side: arguments checked against their types, answers written as JSON."""

import json
from typing import Any, Final

from gen.alga.runner.v1.executor_pb2 import DescribedCall, HostResult
from kernel.errors import Fault, Reason
from runner.engine.plain import NotOfType, checked
from runner.engine.world import DESCRIBED, Described

# Characters of the JSON of one call's arguments: it is read on the event loop that all calls share.
MAX_ARGUMENTS: Final = 4 << 20


def arguments(call: DescribedCall) -> tuple[Described, dict[str, Any]]:
    """The function that is called, and its arguments by parameter.

    Raises PAYLOAD_TOO_LARGE, and INVALID_ARGUMENT: only an executor that was taken over errs.
    """
    function = next((one for one in DESCRIBED.get(call.interface, ()) if one.name == call.function), None)
    if function is None:
        raise Fault(Reason.INVALID_ARGUMENT, log="a described call names no function of the world")
    if len(call.arguments) > MAX_ARGUMENTS:
        raise Fault(Reason.PAYLOAD_TOO_LARGE, facts={"limit_characters": MAX_ARGUMENTS})
    try:
        said = json.loads(call.arguments)
        if not isinstance(said, dict):
            raise NotOfType("the arguments are no object")
        return function, {name: checked(kind, said.get(name), name) for name, kind in function.parameters}
    except (NotOfType, ValueError, RecursionError) as error:
        raise Fault(Reason.INVALID_ARGUMENT, log=f"{call.interface}.{call.function}: {error}") from error


def result(function: Described, value: Any) -> HostResult:
    """An answer with the names of the world. Raises HOST_FAILED for one that is not of the function's type."""
    try:
        return HostResult(described=json.dumps(checked(function.good, value)))
    except (NotOfType, ValueError) as error:
        raise Fault(Reason.HOST_FAILED, log=f"{function.name}: {error}") from error
