"""What WASI knows of the call that the current thread runs: its time, its streams, and the resources that its guest holds."""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeVar

from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.output import Output

# Held at one time by one guest. Toolchains hold a few; each costs memory in wasmtime's tables and here that no limit counts.
MAX_RESOURCES: Final = 1_000
_SECOND: Final = 1_000_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pollable:
    """Something to wait for."""

    ready: int  # nanoseconds after the call began


@dataclass(frozen=True, slots=True)
class OutputStream:
    """Where a guest prints."""

    output: Output


@dataclass(frozen=True, slots=True)
class InputStream:
    """Nothing to read: it has ended."""


@dataclass(frozen=True, slots=True)
class Network:
    """The network that a guest may ask for and can do nothing with."""


class Running:
    """One call. It has `seconds` from now on."""

    def __init__(self, seconds: float, stdout: Output, stderr: Output) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.exit_code: int | None = None  # of a guest that ended itself
        self.failure: GuestFailed | None = None  # why a function trapped the guest
        self._began = time.monotonic_ns()
        self._ends = int(seconds * _SECOND)
        self._held: dict[int, object] = {}
        self._last = 0

    def now(self) -> int:
        """Nanoseconds since the call began: a guest learns nothing of the machine's own clock."""
        return time.monotonic_ns() - self._began

    def wait(self, until: int) -> int:
        """Sleep until a moment, in nanoseconds after the call began; the answer is the time then.

        Raises GuestFailed TIMED_OUT when the call's time is over first, and not before that.
        """
        while (now := self.now()) < until:
            if now >= self._ends:
                raise GuestFailed(GuestReason.TIMED_OUT, "the time was over while the guest waited")
            time.sleep((min(until, self._ends) - now) / _SECOND)
        return now

    def hold(self, thing: object) -> int:
        """Give a resource to the guest; the answer is its number. Raises GuestFailed TRAPPED when it holds too many."""
        if len(self._held) >= MAX_RESOURCES:
            raise GuestFailed(GuestReason.TRAPPED, f"more than {MAX_RESOURCES} resources held")
        self._last += 1
        self._held[self._last] = thing
        return self._last

    def held(self, number: object, kind: type[T]) -> T:
        """The resource of a number. Raises GuestFailed NOT_RUNNABLE when it is of another kind: no shapes are checked before."""
        thing = self._held.get(number) if isinstance(number, int) else None
        if not isinstance(thing, kind):
            raise GuestFailed(GuestReason.NOT_RUNNABLE, f"a resource that is no {kind.__name__}")
        return thing

    def drop(self, number: int) -> None:
        """The guest has dropped a resource."""
        self._held.pop(number, None)


running: ContextVar[Running] = ContextVar("running_call")


def dropped(number: int) -> None:
    """A guest on this thread has dropped a resource."""
    running.get().drop(number)
