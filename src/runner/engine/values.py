"""Component values as Python values, in both directions, for host functions.

Values from a guest describe themselves: str, bool, int, float, tuple of values, dict for records, None for an absent option,
Ok or Err for a result, the host's number for a resource. `list<u8>` is bytes, copied at once and not byte by byte; an empty
list of anything is b"". Values to a guest need their type said where Python's is not enough: U16, U32, U64, Enum, Variant,
Some, Ok, Err; an absent option is None, a list or tuple is a Python list or tuple.
"""

import ctypes
import struct
from dataclasses import dataclass
from typing import Any, Final

from runner.engine import private as p

# Values in one argument of a host function: a guest could have the host build millions of objects from its own memory.
MAX_VALUES: Final = 20_000
# Of all strings and byte lists in one call's arguments, known before any of them is copied here. The engine has copied them already
# when a host function is entered: its own bound, which has no setting, is 128 MiB of strings or 2.7 MiB of byte lists.
MAX_ARGUMENT_BYTES: Final = 8 * 1024 * 1024
_NUMBERS: Final = {
    p.S8: "<b",
    p.U8: "<B",
    p.S16: "<h",
    p.U16: "<H",
    p.S32: "<i",
    p.U32: "<I",
    p.S64: "<q",
    p.U64: "<Q",
    p.F32: "<f",
}
_READERS: Final = {kind: struct.Struct(form) for kind, form in {**_NUMBERS, p.F64: "<d", p.BOOL: "<?"}.items()}
_PAIR: Final = struct.Struct("<QQ")


class TooManyValues(Exception):  # noqa: N818 - it is what happened
    """More than MAX_VALUES values."""


class TooManyBytes(TooManyValues):
    """Strings and byte lists of more bytes than allowed."""


class NotOfThisWorld(Exception):  # noqa: N818 - it is what happened
    """A kind of value that no function of the world has."""


@dataclass(frozen=True, slots=True)
class U16:
    """A u16."""

    value: int


@dataclass(frozen=True, slots=True)
class U32:
    """A u32."""

    value: int


@dataclass(frozen=True, slots=True)
class U64:
    """A u64."""

    value: int


@dataclass(frozen=True, slots=True)
class Enum:
    """A case of an enum."""

    case: str


@dataclass(frozen=True, slots=True)
class Some:
    """A present option."""

    value: Any


class Nothing:
    """The payload of a result without one."""


@dataclass(frozen=True, slots=True)
class Ok:
    """The good side of a result."""

    value: Any = Nothing


@dataclass(frozen=True, slots=True)
class Err:
    """The bad side of a result."""

    value: Any = Nothing


@dataclass(frozen=True, slots=True)
class Variant:
    """A case of a variant."""

    case: str
    value: Any = Nothing


class Lift:
    """Reads values at addresses. One object reads one call's values and counts them: `bytes_left` of what they may have.

    Resources can be read with the context of the store that they are of.
    """

    def __init__(self, max_bytes: int = MAX_ARGUMENT_BYTES, context: int = 0) -> None:
        self._context = context
        self._left = MAX_VALUES
        self.bytes_left = max_bytes

    def value(self, address: int) -> Any:
        """The value at an address. Raises TooManyValues, TooManyBytes and NotOfThisWorld."""
        self._left -= 1
        if self._left < 0:
            raise TooManyValues
        data = ctypes.string_at(address, p.VALUE)
        kind = data[0]
        if (reader := _READERS.get(kind)) is not None:
            return reader.unpack_from(data, p.PAYLOAD)[0]
        first, second = _PAIR.unpack_from(data, p.PAYLOAD)
        match kind:
            case p.STRING | p.ENUM:
                return self._text(first, second)
            case p.LIST | p.TUPLE:
                return self._sequence(kind, first, second)
            case p.RECORD:
                return dict(self._entry(second + p.ENTRY * index) for index in range(self._fits(first)))
            case p.OPTION:
                return None if first == 0 else self.value(first)
            case p.RESULT:
                side = Ok if data[p.PAYLOAD] else Err
                return side(self.value(second)) if second else side()
            case p.RESOURCE if self._context:
                return p.take_resource(self._context, address)
        raise NotOfThisWorld(f"kind {kind}")

    def _sequence(self, kind: int, count: int, address: int) -> Any:
        if kind == p.LIST and (count == 0 or ctypes.c_uint8.from_address(address).value == p.U8):
            self._spend(count)
            return bytes_at(count, address)
        return tuple(self.value(address + p.VALUE * index) for index in range(self._fits(count)))

    def _entry(self, address: int) -> tuple[str, Any]:
        return self._text(*_PAIR.unpack(ctypes.string_at(address, _PAIR.size))), self.value(address + p.ENTRY_VALUE)

    def _text(self, size: int, address: int) -> str:
        self._spend(size)
        return ctypes.string_at(address, size).decode() if size else ""

    def _spend(self, size: int) -> None:
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise TooManyBytes

    def _fits(self, count: int) -> int:
        if count > self._left:
            raise TooManyValues
        return count


def bytes_at(count: int, address: int) -> bytes:
    """The bytes of a `list<u8>`: one strided copy."""
    if count == 0:
        return b""
    return p.view(address, count * p.VALUE)[p.PAYLOAD :: p.VALUE].tobytes()


def lower(value: Any, address: int) -> None:
    """Write a value to an address, in memory that wasmtime then owns. Raises TypeError for what is not described above."""
    payload = address + p.PAYLOAD
    match value:
        case bool():
            _number(p.BOOL, address, value)
        case float():
            _f64(address, value)
        case U16(number):
            _number(p.U16, address, number)
        case U32(number):
            _number(p.U32, address, number)
        case U64(number):
            _number(p.U64, address, number)
        case str():
            p.put_bytes(payload, value.encode())
            _kind(address, p.STRING)
        case Enum(case):
            p.put_bytes(payload, case.encode())
            _kind(address, p.ENUM)
        case bytes():
            _bytes(address, value)
        case Variant(case, inner):
            boxed = 0 if inner is Nothing else _box(inner)
            p.put_bytes(payload, case.encode())
            _word(payload + p.VARIANT_VALUE, boxed)
            _kind(address, p.VARIANT)
        case None | Some():
            _word(payload, 0 if value is None else _box(value.value))
            _kind(address, p.OPTION)
        case Ok() | Err():
            ctypes.c_bool.from_address(payload).value = isinstance(value, Ok)
            _word(payload + 8, 0 if value.value is Nothing else _box(value.value))
            _kind(address, p.RESULT)
        case dict():
            _record(address, value)
        case list() | tuple():
            _sequence(address, value)
        case _:
            raise TypeError(f"a {type(value).__name__} is not a component value")


def _sequence(address: int, items: list[Any] | tuple[Any, ...]) -> None:
    kind = p.LIST if isinstance(items, list) else p.TUPLE
    first = p.put_sequence(kind, address + p.PAYLOAD, len(items))
    for index in range(len(items)):
        _number(p.BOOL, first + p.VALUE * index, 0)  # so that a failure half-way leaves nothing uninitialised behind
    _kind(address, kind)
    for index, item in enumerate(items):
        lower(item, first + p.VALUE * index)


def _record(address: int, fields: dict[str, Any]) -> None:
    first = p.put_sequence(p.RECORD, address + p.PAYLOAD, len(fields))
    for index, name in enumerate(fields):
        p.put_bytes(first + p.ENTRY * index, name.encode())
        _number(p.BOOL, first + p.ENTRY * index + p.ENTRY_VALUE, 0)
    _kind(address, p.RECORD)
    for index, item in enumerate(fields.values()):
        lower(item, first + p.ENTRY * index + p.ENTRY_VALUE)


def _bytes(address: int, data: bytes) -> None:
    first = p.put_sequence(p.LIST, address + p.PAYLOAD, len(data))
    if data:
        region = p.view(first, len(data) * p.VALUE)
        region[:: p.VALUE] = bytes([p.U8]) * len(data)
        region[p.PAYLOAD :: p.VALUE] = data
    _kind(address, p.LIST)


def _box(value: Any) -> int:
    space = ctypes.create_string_buffer(p.VALUE)
    lower(value, ctypes.addressof(space))
    return p.boxed(ctypes.addressof(space))


def _kind(address: int, kind: int) -> None:
    ctypes.c_uint8.from_address(address).value = kind


def _word(address: int, word: int) -> None:
    ctypes.c_uint64.from_address(address).value = word


def _number(kind: int, address: int, number: int) -> None:
    _word(address + p.PAYLOAD, number)
    _kind(address, kind)


def _f64(address: int, number: float) -> None:
    ctypes.c_double.from_address(address + p.PAYLOAD).value = number
    _kind(address, p.F64)
