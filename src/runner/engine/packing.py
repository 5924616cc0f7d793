"""Values for wasmtime's dynamic interface, packed by hand: for components that could not be wrapped.

`wasmtime.component` converts values one by one and re-reads the type descriptors on every call: 0.75 microseconds for each
byte of a body, with the GIL held. The C API takes arguments as constants, so the whole tree is built here in one buffer that
Python owns, and a body is two strided copies. Driven by `runner.engine.types`, like the images of the byte lane.
"""

import ctypes
import struct
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from runner.engine import private as p
from runner.engine.types import Bytes, Many, Option, Record, Text, Type

_PAIR: Final = struct.Struct("<QQ")
_WORD: Final = struct.Struct("<Q")
Pack = Callable[["Packed", int, Any], None]


class Packed:
    """A value in one buffer; `address` is where it lies. Keep the object for as long as the address is used."""

    def __init__(self, kind: Type, value: Any) -> None:
        self.buffer = bytearray(p.VALUE + measure(kind, value))
        # The bytearray is never resized, so its memory stays where it is.
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.buffer))
        self._used = p.VALUE
        packing(kind)(self, 0, value)

    def free(self) -> None:
        """Give the memory back now: tracebacks keep objects alive, and a body takes 32 bytes a byte here."""
        self.buffer = bytearray()
        self.address = 0

    def take(self, size: int) -> int:
        """Room behind what is used; the answer is its offset."""
        offset = self._used
        self._used += size
        return offset

    def sequence(self, offset: int, kind: int, size: int, count: int) -> int:
        """A value of `count` parts of `size` bytes; the answer is the offset of the first."""
        first = self.take(size * count)
        self.buffer[offset] = kind
        _PAIR.pack_into(self.buffer, offset + p.PAYLOAD, count, self.address + first)
        return first


def measure(kind: Type, value: Any) -> int:
    """The bytes that a value takes beyond its own VALUE. Raises TypeError for a type that no packed call has."""
    match kind:
        case Text():
            return len(value.encode())
        case Bytes():
            return p.VALUE * len(value)
        case Many(item):
            return sum(p.VALUE + measure(item, one) for one in value)
        case Option(item):
            return 0 if value is None else p.VALUE + measure(item, value)
        case Record():
            return sum(p.ENTRY + measure(part, value[name]) for name, part in kind.fields.items())
    raise TypeError(f"{kind} is not packed")


@cache
def packing(kind: Type) -> Pack:
    """What packs a value of a type at an offset."""
    match kind:
        case Text():
            return _text
        case Bytes():
            return _bytes
        case Many(item):
            return _many(packing(item))
        case Option(item):
            return _option(packing(item))
        case Record():
            return _record(kind)
    raise TypeError(f"{kind} is not packed")


def _text(packed: Packed, offset: int, value: str) -> None:
    data = value.encode()
    place = packed.sequence(offset, p.STRING, 1, len(data))
    packed.buffer[place : place + len(data)] = data


def _bytes(packed: Packed, offset: int, value: bytes) -> None:
    first = packed.sequence(offset, p.LIST, p.VALUE, len(value))
    end = first + p.VALUE * len(value)
    packed.buffer[first : end : p.VALUE] = bytes([p.U8]) * len(value)
    packed.buffer[first + p.PAYLOAD : end : p.VALUE] = value


def _many(pack: Pack) -> Pack:
    def write(packed: Packed, offset: int, value: Any) -> None:
        first = packed.sequence(offset, p.LIST, p.VALUE, len(value))
        for index, one in enumerate(value):
            pack(packed, first + p.VALUE * index, one)

    return write


def _option(pack: Pack) -> Pack:
    def write(packed: Packed, offset: int, value: Any) -> None:
        packed.buffer[offset] = p.OPTION
        if value is not None:
            place = packed.take(p.VALUE)
            _WORD.pack_into(packed.buffer, offset + p.PAYLOAD, packed.address + place)
            pack(packed, place, value)

    return write


def _record(kind: Record) -> Pack:
    parts = []
    for name, part in kind.fields.items():
        text = ctypes.create_string_buffer(name.encode())
        # The buffer lives as long as this function, which the cache keeps.
        parts.append((name, text, len(name), ctypes.addressof(text), packing(part)))

    def write(packed: Packed, offset: int, value: Any) -> None:
        first = packed.sequence(offset, p.RECORD, p.ENTRY, len(parts))
        for index, (name, _, size, address, pack) in enumerate(parts):
            entry = first + p.ENTRY * index
            _PAIR.pack_into(packed.buffer, entry, size, address)
            pack(packed, entry + p.ENTRY_VALUE, value[name])

    return write
