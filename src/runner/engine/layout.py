"""The start-up proof that values lie in memory as this code believes, against the library that is loaded.

Wrong offsets would not fail loudly: a guest would get another guest's bytes, or wasmtime would free what it does not own.
"""

import ctypes
import struct
from collections.abc import Callable
from typing import Any

from runner.engine import private as p
from runner.engine.exchange import read_response
from runner.engine.packing import Packed
from runner.engine.values import U16, U32, U64, Enum, Err, Lift, Ok, Some, Variant, lower
from runner.engine.world import EXECUTE_REQUEST

_BODY = bytes(range(256)) * 3
_RESPONSE = {"status": U16(599), "headers": [{"name": "a", "value": "b"}], "body": Some(_BODY)}
_SAMPLES: tuple[tuple[Any, Any], ...] = (
    (True, True),
    (1.5, 1.5),
    (U32(2**32 - 1), 2**32 - 1),
    (U64(2**64 - 1), 2**64 - 1),
    ("text", "text"),
    (Enum("case"), "case"),
    (None, None),
    (Some("x"), "x"),
    (b"", b""),
    (_BODY, _BODY),
    (["a", "b"], ("a", "b")),
    (("a", True), ("a", True)),
    ({"first": "1", "second": Some(U64(2))}, {"first": "1", "second": 2}),
    (Ok(Some("x")), Ok("x")),
    (Err(Enum("e")), Err("e")),
    (Ok(), Ok()),
)


def self_test() -> None:
    """Raise AssertionError when the loaded library does not fit this code."""
    if p.sizes() != (p.VALUE, p.ENTRY, p.PAYLOAD, p.ENTRY_VALUE, p.VARIANT_VALUE):
        raise AssertionError(f"component values have another layout: {p.sizes()}")
    if any(getattr(p, name) != number for name, number in p.kinds().items()):
        raise AssertionError("component values have other kinds")
    packed = Packed(EXECUTE_REQUEST, _EXPECTED)
    _same(_read_back(packed.address), _EXPECTED)
    for value, expected in _SAMPLES:
        with _Lowered(value) as address:
            _same(_read_back(address), expected)
    for variant in (Variant("case"), Variant("case", "payload")):
        with _Lowered(variant) as address:
            _same(_read_back(address, _variant), variant)
    with _Lowered(_RESPONSE) as address:
        response = read_response(address, len(_BODY))
        _same((response.status, response.headers, response.body), (599, (("a", "b"),), _BODY))
    text = p.text_value("text\u00e9".encode())
    _same(_read_back(ctypes.addressof(text)), "text\u00e9")


class _Lowered:
    """A value in wasmtime's memory, freed at the end."""

    def __init__(self, value: Any) -> None:
        self._space = ctypes.create_string_buffer(p.VALUE)
        self._value = value

    def __enter__(self) -> int:
        address = ctypes.addressof(self._space)
        lower(self._value, address)
        return address

    def __exit__(self, *_: object) -> None:
        p.delete_value(ctypes.addressof(self._space))


def _read_back(address: int, read: Callable[[int], Any] | None = None) -> Any:
    """What wasmtime makes of a value: it clones it, so it is wasmtime that reads what is here and writes what is lifted."""
    space = ctypes.create_string_buffer(p.VALUE)
    p.clone_value(address, ctypes.addressof(space))
    try:
        return (read or Lift().value)(ctypes.addressof(space))
    finally:
        p.delete_value(ctypes.addressof(space))


def _variant(address: int) -> Variant:
    """A variant, which `Lift` has no use for: no host function takes one."""
    _same(ctypes.c_uint8.from_address(address).value, p.VARIANT)
    size, text, value = struct.unpack("<QQQ", ctypes.string_at(address + p.PAYLOAD, 24))
    case = ctypes.string_at(text, size).decode()
    return Variant(case, Lift().value(value)) if value else Variant(case)


def _same(seen: Any, expected: Any) -> None:
    if seen != expected:
        raise AssertionError(f"component values do not come back as they were: {seen!r:.200}, not {expected!r:.200}")


_EXPECTED = {
    "context": {
        "request-id": "request",
        "tenant-id": "tenant",
        "extension-id": "extension",
        "install-id": None,
        "version-id": "1.0.0",
    },
    "http": {
        "method": "POST",
        "url": "/path?q=\u00e9",
        "headers": ({"name": "name", "value": "value"}, {"name": "empty", "value": ""}),
        "body": _BODY,
    },
}
