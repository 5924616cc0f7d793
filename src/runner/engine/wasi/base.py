"""What an interface of WASI is here, and the only way from a guest into its functions.

1. the number of arguments: shapes are not checked when a component is linked
2. lift, run, lower
3. whatever goes wrong is recorded on the call and traps the guest; nothing else leaves
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Any, Final

from runner.engine import private
from runner.engine.blame import blamed
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.values import Lift, lower
from runner.engine.wasi.running import Pollable, Running, running


class Resource(IntEnum):
    """The resource types of WASI 0.2, numbered as the engine tells them apart; their names are those of WASI."""

    ERROR = auto()
    POLLABLE = auto()
    INPUT_STREAM = auto()
    OUTPUT_STREAM = auto()
    TERMINAL_INPUT = auto()
    TERMINAL_OUTPUT = auto()
    DESCRIPTOR = auto()
    DIRECTORY_ENTRY_STREAM = auto()
    NETWORK = auto()
    TCP_SOCKET = auto()
    UDP_SOCKET = auto()
    INCOMING_DATAGRAM_STREAM = auto()
    OUTGOING_DATAGRAM_STREAM = auto()
    RESOLVE_ADDRESS_STREAM = auto()

    @property
    def type_name(self) -> str:
        """As components import it."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Owned:
    """A result: a resource for the guest."""

    kind: Resource
    thing: object


class NoResult:
    """The answer of a function without a result."""


NO_RESULT: Final = NoResult()


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `run` gets the call and the lifted arguments and answers a value as `runner.engine.values` has them."""

    name: str
    parameters: int | None  # None: it is refused, whatever it is called with
    run: Callable[..., Any] = lambda *_: NO_RESULT


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface: `name` is `wasi:io/poll`, `resources` are the types that it owns."""

    name: str
    functions: tuple[Function, ...]
    resources: tuple[Resource, ...] = ()


def refused(*names: str) -> tuple[Function, ...]:
    """Functions that must exist for components to link and that no guest gets to call in earnest: they trap it."""
    return tuple(Function(name, None) for name in names)


def methods(resource: Resource, names: Iterable[str]) -> tuple[str, ...]:
    """The names of a resource's methods as components import them."""
    return tuple(f"[method]{resource.type_name}.{name}" for name in names)


def ready_now(_call: Running, *_arguments: Any) -> Owned:
    """`subscribe` of what never has to be waited for."""
    return Owned(Resource.POLLABLE, Pollable(0))


def guarded(interface: str, function: Function) -> private.HostCallback:
    """The function as the engine calls it."""
    where = f"{interface} {function.name}"

    def enter(context: int, arguments: int, count: int, result: int) -> None:
        call = running.get()
        try:
            # 1. the number of arguments
            if function.parameters is None:
                raise GuestFailed(GuestReason.TRAPPED, "is not offered here")
            if count != function.parameters:
                raise GuestFailed(GuestReason.NOT_RUNNABLE, f"it has {function.parameters} parameters, not {count}")
            # 2. lift, run, lower
            if count:
                lift = Lift(context=context)
                value = function.run(call, *[lift.value(arguments + private.VALUE * index) for index in range(count)])
            else:
                value = function.run(call)
            if value is not NO_RESULT:
                _answer(call, context, value, result)
        except Exception as error:
            # 3. recorded, trapped
            call.failure = call.failure or blamed(error, where)
            raise

    return enter


def _answer(call: Running, context: int, value: Any, result: int) -> None:
    if not result:
        raise GuestFailed(GuestReason.NOT_RUNNABLE, "it has a result")
    if isinstance(value, Owned):
        private.put_resource(context, result, value.kind, call.hold(value.thing))
    else:
        lower(value, result)
