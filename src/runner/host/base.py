"""What a host interface is: its name, the capability that opens it, and its functions with the answer for guests that lack it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from runner.host.current import CurrentCall

PACKAGE: Final = "alga:extension"


@dataclass(frozen=True, slots=True)
class NoResult:
    """The answer of a function without a result."""


NO_RESULT: Final = NoResult()


@dataclass(frozen=True, slots=True)
class HostFunction:
    """One function. `run` gets the call and the lifted arguments and answers a value as `runner.engine.values` has them."""

    name: str
    parameters: int
    run: Callable[..., Any]
    denial: Any  # the answer without the capability


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface of the package."""

    name: str
    capability: str
    functions: tuple[HostFunction, ...]

    @property
    def full_name(self) -> str:
        """As components import it."""
        return f"{PACKAGE}/{self.name}"


def denied(name: str, parameters: int, denial: Any) -> HostFunction:
    """A function that always answers with its denial, granted or not."""

    def run(_call: CurrentCall, *_arguments: Any) -> Any:
        return denial

    return HostFunction(name, parameters, run, denial)
