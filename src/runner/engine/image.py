"""Values as they lie in a guest's memory: the canonical ABI of the component model, driven by `runner.engine.types`.

An image is a piece of 32-bit memory that begins at a known address; what it points to lies within it. Offsets are into the image,
addresses into the memory. Python values are those of `runner.engine.values`; of an option, `Some(x)` and `x` are the same.
"""

import struct
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from runner.engine.types import Bytes, Enumeration, Many, Number, Option, Outcome, Record, Text, Type, align
from runner.engine.values import MAX_VALUES, Enum, Err, Nothing, Ok, Some, TooManyValues

_PAIR: Final = struct.Struct("<II")  # address and length


class BadImage(Exception):  # noqa: N818 - it is what happened
    """An image that points beyond itself or says what its type does not have."""


class Image:
    """An image that is written: `data`, which will begin at the address `base`."""

    def __init__(self, base: int, size: int) -> None:
        self.base, self.data = base, bytearray(size)

    def put(self, data: bytes) -> int:
        """Append bytes; the answer is their address."""
        address = self.base + len(self.data)
        self.data += data
        return address

    def take(self, size: int, alignment: int) -> int:
        """Append room; the answer is its offset."""
        offset = align(len(self.data), alignment)
        self.data += bytes(offset - len(self.data) + size)
        return offset


class Source:
    """An image that is read: `data`, which begins at the address `base`. Counts the items of lists."""

    def __init__(self, data: bytes, base: int) -> None:
        self.data, self.base = data, base
        self._left = MAX_VALUES

    def bytes_at(self, address: int, size: int) -> bytes:
        """Raises BadImage."""
        offset = self._offset(address, size)
        return self.data[offset : offset + size] if size else b""

    def items(self, address: int, count: int, size: int) -> range:
        """The offsets of so many items. Raises BadImage and TooManyValues."""
        self._left -= count
        if self._left < 0:
            raise TooManyValues
        first = self._offset(address, count * size)
        return range(first, first + count * size, size)

    def _offset(self, address: int, size: int) -> int:
        offset = address - self.base
        if size and (offset < 0 or offset + size > len(self.data)):
            raise BadImage("it points beyond its end")
        return offset


Store = Callable[[Image, int, Any], None]
Load = Callable[[Source, int], Any]
Unflatten = Callable[[Source, Iterator[int]], Any]


@cache
def storing(kind: Type | Outcome) -> Store:
    """What writes a value of a type at an offset."""
    match kind:
        case Number():
            return _number_storing(kind)
        case Text():
            return _store_text
        case Bytes():
            return _store_bytes
        case Many(item):
            return _many_storing(item)
        case Option(item):
            return _option_storing(kind, storing(item))
        case Enumeration():
            return _enumeration_storing(kind)
        case Record():
            return _record_storing(kind)
        case Outcome():
            return _outcome_storing(kind)


@cache
def loading(kind: Type) -> Load:
    """What reads a value of a type at an offset. The function raises BadImage, TooManyValues, struct.error, UnicodeDecodeError."""
    match kind:
        case Number():
            unpack = struct.Struct("<" + kind.code).unpack_from
            return lambda source, at: unpack(source.data, at)[0]
        case Text():
            return lambda source, at: source.bytes_at(*_PAIR.unpack_from(source.data, at)).decode()
        case Bytes():
            return lambda source, at: source.bytes_at(*_PAIR.unpack_from(source.data, at))
        case Many(item):
            read = _many_loading(item)
            return lambda source, at: read(source, *_PAIR.unpack_from(source.data, at))
        case Option(item):
            inner, place = loading(item), kind.at
            return lambda source, at: inner(source, at + place) if _there(source.data[at]) else None
        case Enumeration():
            return lambda source, at: _case(kind, source.data[at])
        case Record():
            fields = [(name, loading(part), offset) for name, part, offset in kind.places]
            return lambda source, at: {name: load(source, at + offset) for name, load, offset in fields}


@cache
def unflattening(kind: Type) -> Unflatten:
    """What reads a value of a type from core parameters. Raises as what `loading` answers does."""
    match kind:
        case Number():
            return lambda _, slots: next(slots)
        case Text():
            return lambda source, slots: source.bytes_at(next(slots), next(slots)).decode()
        case Bytes():
            return lambda source, slots: source.bytes_at(next(slots), next(slots))
        case Many(item):
            read = _many_loading(item)
            return lambda source, slots: read(source, next(slots), next(slots))
        case Option(item):
            return _option_unflattening(unflattening(item), len(item.flat))
        case Enumeration():
            return lambda _, slots: _case(kind, next(slots))
        case Record():
            fields = [(name, unflattening(part)) for name, part in kind.fields.items()]
            return lambda source, slots: {name: read(source, slots) for name, read in fields}


def _number_storing(kind: Number) -> Store:
    pack = struct.Struct("<" + kind.code).pack_into
    return lambda image, at, value: pack(image.data, at, getattr(value, "value", value))


def _store_text(image: Image, at: int, value: str) -> None:
    _store_bytes(image, at, value.encode())


def _store_bytes(image: Image, at: int, value: bytes) -> None:
    _PAIR.pack_into(image.data, at, image.put(value), len(value))


def _many_storing(item: Type) -> Store:
    store, size = storing(item), item.size

    def write(image: Image, at: int, value: list[Any] | tuple[Any, ...]) -> None:
        first = image.take(size * len(value), item.align)
        _PAIR.pack_into(image.data, at, image.base + first, len(value))
        for index, one in enumerate(value):
            store(image, first + size * index, one)

    return write


def _option_storing(kind: Option, store: Store) -> Store:
    place = kind.at

    def write(image: Image, at: int, value: Any) -> None:
        if value is not None:
            image.data[at] = 1
            store(image, at + place, value.value if isinstance(value, Some) else value)

    return write


def _enumeration_storing(kind: Enumeration) -> Store:
    numbers = {case: number for number, case in enumerate(kind.cases)}

    def write(image: Image, at: int, value: str | Enum) -> None:
        image.data[at] = numbers[value.case if isinstance(value, Enum) else value]

    return write


def _record_storing(kind: Record) -> Store:
    fields = [(name, storing(part), offset) for name, part, offset in kind.places]

    def write(image: Image, at: int, value: dict[str, Any]) -> None:
        for name, store, offset in fields:
            store(image, at + offset, value[name])

    return write


def _outcome_storing(kind: Outcome) -> Store:
    good, bad, place = storing(kind.good) if kind.good else None, storing(kind.bad), kind.at

    def write(image: Image, at: int, value: Ok | Err) -> None:
        image.data[at] = isinstance(value, Err)
        store = bad if isinstance(value, Err) else good
        if store is not None and value.value is not Nothing:
            store(image, at + place, value.value)

    return write


def _many_loading(item: Type) -> Callable[[Source, int, int], tuple[Any, ...]]:
    load, size = loading(item), item.size
    return lambda source, address, count: tuple(load(source, place) for place in source.items(address, count, size))


def _option_unflattening(read: Unflatten, width: int) -> Unflatten:
    def load(source: Source, slots: Iterator[int]) -> Any:
        if _there(next(slots)):
            return read(source, slots)
        for _ in range(width):
            next(slots)
        return None

    return load


def _there(number: int) -> bool:
    if number > 1:
        raise BadImage("an option that is neither there nor not")
    return number == 1


def _case(kind: Enumeration, number: int) -> str:
    if number >= len(kind.cases):
        raise BadImage("a case that the enum does not have")
    return kind.cases[number]
