"""Host functions that the runner answers by description (`runner.engine.world.DESCRIBED`): one way for all of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from gen.alga.common.v1.errors_pb2 import ErrorReason
from gen.alga.runner.v1.executor_pb2 import DescribedCall, HostCall
from runner.engine.plain import NotOfType, checked, plain
from runner.engine.typed import typed
from runner.engine.values import Enum, Err, Ok
from runner.engine.world import DESCRIBED, Described
from runner.host.base import HostFunction
from runner.host.current import CurrentCall

Failure = Callable[[str], Any]
"""What a guest is told when the runner refused: from the reason's name, e.g. `HOST_DENIED`, to the function's whole answer."""


def described(interface: str, name: str, denial: Any, failure: Failure) -> HostFunction:
    """The function of that name; `denial` is its answer without the capability."""
    (function,) = (one for one in DESCRIBED[interface] if one.name == name)

    def run(call: CurrentCall, *arguments: Any) -> Any:
        said = {name: plain(kind, value) for (name, kind), value in zip(function.parameters, arguments, strict=True)}
        asked = DescribedCall(interface=interface, function=name, arguments=json.dumps(said))
        result = call.ask(HostCall(described=asked))
        if result.WhichOneof("result") != "described":
            return failure(ErrorReason.Name(result.error).removeprefix("ERROR_REASON_"))
        return _answer(function, result.described, failure)

    return HostFunction(name, len(function.parameters), run, denial)


def error_cases(cases: Mapping[str, str]) -> Failure:
    """For functions with an error side: the case for each reason; those that are not named are the host's own trouble."""
    return lambda reason: Err(Enum(cases.get(reason, "internal")))


def _answer(function: Described, text: str, failure: Failure) -> Any:
    try:
        value = typed(function.good, checked(function.good, json.loads(text)))
    except (NotOfType, ValueError):
        return failure("INTERNAL")
    return value if function.bad is None else Ok(value)
