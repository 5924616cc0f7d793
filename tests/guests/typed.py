"""Guests that call one function of the host with whatever a test says, and tell whatever the host answered.

The request's body is the image of the arguments as they lie in memory, written by the platform's own description of the types
(`runner.engine.image`); the answer's body is the guest's memory up to the end of its heap, in which the result is read.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from runner.engine.image import Image, Source, loading, storing
from runner.engine.types import Enumeration, Number, Option, Outcome, Pointed, Record, Type
from runner.engine.values import Enum, Err, Ok
from runner.engine.world import BYTES, DESCRIBED, PROXY_ERROR, TEXT
from tests.guests import from_wat

ARGUMENTS: Final = 24 << 20  # where they are copied to: far above the heap
RESULT: Final = 6144  # where the prelude has room for it
MAX_FLAT: Final = 16


@dataclass(frozen=True)
class Function:
    """A function of the host: its parameters, and its answer."""

    interface: str
    name: str
    parameters: tuple[tuple[str, Type], ...]
    answer: Type | Outcome

    @cached_property
    def component(self) -> bytes:
        """The guest."""
        flat = [core for _, kind in self.parameters for core in kind.flat]
        spilled = len(flat) > MAX_FLAT
        given = _loads(_arguments(self), ARGUMENTS) if self.parameters else []
        if spilled:
            given = [f"(i32.const {ARGUMENTS})"]
        kinds = " ".join(["i32"] if spilled else flat)
        return from_wat(
            f"""
(import "alga:extension/{self.interface}" "{self.name}" (func $host (param {kinds} i32)))
(func (export "handler") (param $request i32) (result i32)
  (if (i32.eq (memory.grow (i32.const {(ARGUMENTS + (4 << 20)) >> 16})) (i32.const -1)) (then unreachable))
  (memory.copy (i32.const {ARGUMENTS}) (i32.load offset=80 (local.get $request)) (i32.load offset=84 (local.get $request)))
  (call $host {" ".join(given)} (i32.const {RESULT}))
  (call $answer (i32.const 200) (i32.const 0) (global.get $heap)))"""
        )

    def image(self, *arguments: Any) -> bytes:
        """The request's body for these arguments."""
        kind = _arguments(self)
        image = Image(ARGUMENTS, kind.size)
        storing(kind)(image, 0, dict(zip(kind.fields, arguments, strict=True)) if self.parameters else {"nothing": 0})
        return bytes(image.data)

    def result(self, memory: bytes) -> Any:
        """What the host answered: Ok or Err for a result, otherwise the value."""
        source = Source(memory, 0)
        if not isinstance(self.answer, Outcome):
            return loading(self.answer)(source, RESULT)
        side = Err if memory[RESULT] else Ok
        kind = self.answer.bad if side is Err else self.answer.good
        value = loading(kind)(source, RESULT + self.answer.at) if kind else None
        return Err(Enum(value)) if side is Err else Ok(value)


def _arguments(function: Function) -> Record:
    return Record("arguments", dict(function.parameters) or {"nothing": Number("u32", "I", 4)})


def _loads(kind: Type, at: int) -> list[str]:
    """Core instructions that load a value's flat parameters from where it lies."""
    place = f"(i32.const {at})"
    match kind:
        case Record():
            return [one for _, part, offset in kind.places for one in _loads(part, at + offset)]
        case Option(item):
            return [f"(i32.load8_u {place})", *_loads(item, at + kind.at)]
        case Pointed():
            return [f"(i32.load {place})", f"(i32.load offset=4 {place})"]
        case Enumeration() | Number(size=1):
            return [f"(i32.load8_u {place})"]
        case Number(core="f64"):
            return [f"(f64.load {place})"]
        case Number(core="i64"):
            return [f"(i64.load {place})"]
    return [f"(i32.load {place})"]


def described(interface: str, name: str) -> Function:
    """A described function of the world."""
    (one,) = (one for one in DESCRIBED[interface] if one.name == name)
    return Function(interface, name, one.parameters, Outcome(one.good, one.bad) if one.bad else one.good)


CALL_ROUTE: Final = Function("ui-proxy", "call-route", (("route", TEXT), ("payload", Option(BYTES))), Outcome(BYTES, PROXY_ERROR))
USER_ERROR: Final = Enumeration("user-error", ("not-available", "not-allowed"))
USER_DATA: Final = Record(
    "user-data",
    dict.fromkeys(("tenant-id", "client-name", "user-id", "user-email", "user-name", "user-type"), TEXT),
)
