"""Wrap a component, so that bodies of any size cross between host and guest at the memory's speed."""

from typing import Final

from wasmtime import wat2wasm

from runner.engine.lane.prefix import PREAMBLE, NotWrappable, read_prefix
from runner.engine.lane.text import wrapper

_CORE_MODULE: Final = 1
_COMPONENT: Final = 4


def wrap(component: bytes) -> bytes:
    """The wrapped component: its own bytes inside, its own imports outside. Raises NotWrappable.

    Whether the types fit is for the compiler to tell.
    """
    prefix = read_prefix(component)
    tail = _sections(wat2wasm(wrapper(prefix.counts, prefix.imports)))
    first = next(at for at, (kind, _) in enumerate(tail) if kind == _CORE_MODULE)
    inner = next(at for at, (kind, _) in enumerate(tail) if kind == _COMPONENT)
    parts = [section for _, section in tail]
    parts[inner] = bytes([_COMPONENT]) + _leb(len(component)) + component
    return b"".join([PREAMBLE, prefix.data, *parts[first:]])


def _sections(component: bytes | bytearray) -> list[tuple[int, bytes]]:
    found, at = [], len(PREAMBLE)
    while at < len(component):
        began, kind = at, component[at]
        size, at = _read_leb(component, at + 1)
        at += size
        found.append((kind, bytes(component[began:at])))
    return found


def _read_leb(data: bytes | bytearray, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def _leb(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


__all__ = ["NotWrappable", "wrap"]
