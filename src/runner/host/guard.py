"""The only way from a guest into a host function.

1. the number of calls; the number of arguments is the one of our world: shapes are not checked when a component is linked
2. the capability; without it the function's denial is the answer and the arguments are not even read
3. lift within the bytes that are left, run, lower
4. whatever goes wrong is recorded on the call and traps the guest; nothing else leaves

Wrapped components call the functions that carry bodies through `carried`, with images instead of values.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from runner.engine import private
from runner.engine.blame import blamed
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.lane.carry import Carried
from runner.engine.values import MAX_ARGUMENT_BYTES, Lift, TooManyBytes, lower
from runner.host.base import NO_RESULT, HostFunction, Interface
from runner.host.current import CurrentCall, current

Read = Callable[[], tuple[list[Any], int]]
"""Reads the arguments of a function; answers them and the bytes that they took."""


def guarded(interface: Interface, function: HostFunction) -> private.HostCallback:
    """The function as the engine calls it."""

    def enter(_context: int, arguments: int, count: int, result: int) -> None:
        def read() -> tuple[list[Any], int]:
            lift = Lift()
            values = [lift.value(arguments + private.VALUE * index) for index in range(count)]
            return values, MAX_ARGUMENT_BYTES - lift.bytes_left

        with _recording(interface, function) as call:
            # 1. the number of calls and of arguments
            call.count()
            if count != function.parameters:
                raise _bad(f"it has {function.parameters} parameters, not {count}")
            value = _answer(call, interface, function, read)
            if value is not NO_RESULT:
                if not result:
                    raise _bad("it has a result")
                lower(value, result)

    return enter


def carried(interface: Interface, function: HostFunction, images: Carried) -> private.HostCallback:
    """The function as the wrapper of a component calls it, with an image and the address where the answer's will lie."""

    def enter(_context: int, arguments: int, _count: int, result: int) -> None:
        def read() -> tuple[list[Any], int]:
            text = private.text_at(arguments)
            if len(text) > 2 * MAX_ARGUMENT_BYTES:
                raise TooManyBytes
            return images.arguments(text), len(text) // 2

        with _recording(interface, function) as call:
            # 1. the number of calls; the wrapper is ours
            call.count()
            value = _answer(call, interface, function, read)
            private.put_text(result, images.answer(value, private.number_at(arguments + private.VALUE)))

    return enter


def _answer(call: CurrentCall, interface: Interface, function: HostFunction, read: Read) -> Any:
    # 2. the capability
    if interface.capability not in call.capabilities:
        return function.denial
    # 3. lift and run
    values, size = read()
    call.spend(size)
    return function.run(call, *values)


@contextmanager
def _recording(interface: Interface, function: HostFunction) -> Iterator[CurrentCall]:
    call = current.get()
    try:
        yield call
    except Exception as error:
        # 4. recorded, trapped
        call.failure = call.failure or blamed(error, f"{interface.name}.{function.name}")
        raise


def _bad(what: str) -> GuestFailed:
    return GuestFailed(GuestReason.NOT_RUNNABLE, what)
