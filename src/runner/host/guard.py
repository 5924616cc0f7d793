"""The only way from a guest into a host function.

1. the number of calls; the number of arguments is the one of our world: shapes are not checked when a component is linked
2. the capability; without it the function's denial is the answer and the arguments are not even read
3. lift within the bytes that are left, run, lower
4. whatever goes wrong is recorded on the call and traps the guest; nothing else leaves
"""

from typing import Any

from runner.engine import private
from runner.engine.blame import blamed
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.values import MAX_ARGUMENT_BYTES, Lift, lower
from runner.host.base import NO_RESULT, HostFunction, Interface
from runner.host.current import CurrentCall, current


def guarded(interface: Interface, function: HostFunction) -> private.HostCallback:
    """The function as the engine calls it."""

    def enter(_context: int, arguments: int, count: int, result: int) -> None:
        call = current.get()
        try:
            value = _answer(call, interface, function, arguments, count)
            if value is not NO_RESULT:
                if not result:
                    raise _bad("it has a result")
                lower(value, result)
        except Exception as error:
            # 4. recorded, trapped
            call.failure = call.failure or blamed(error, f"{interface.name}.{function.name}")
            raise

    return enter


def _answer(call: CurrentCall, interface: Interface, function: HostFunction, arguments: int, count: int) -> Any:
    # 1. the number of calls and of arguments
    call.count()
    if count != function.parameters:
        raise _bad(f"it has {function.parameters} parameters, not {count}")
    # 2. the capability
    if interface.capability not in call.capabilities:
        return function.denial
    # 3. lift and run
    lift = Lift()
    values = [lift.value(arguments + private.VALUE * index) for index in range(count)]
    call.spend(MAX_ARGUMENT_BYTES - lift.bytes_left)
    return function.run(call, *values)


def _bad(what: str) -> GuestFailed:
    return GuestFailed(GuestReason.NOT_RUNNABLE, what)
