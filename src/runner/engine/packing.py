"""The handler's argument and answer, packed and read by hand.

`wasmtime.component` converts values one by one and re-reads the type descriptors on every call: 0.75 microseconds for each
byte of a body, with the GIL held. The C API takes arguments as constants, so the whole tree is built here in one buffer that
Python owns, and a body is two strided copies. Answers are measured before they are converted.
"""

import ctypes
import struct
from typing import Final

from runner.engine import private as p
from runner.engine.call import Context, Request, Response
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.response import MAX_HEADER_BYTES, MAX_HEADERS
from runner.engine.values import bytes_at

_PAIR: Final = struct.Struct("<QQ")
_WORD: Final = struct.Struct("<Q")
_NAMES: Final = {
    name: ctypes.create_string_buffer(name.encode())
    for name in (
        *("context", "http", "request-id", "tenant-id", "extension-id", "install-id", "version-id"),
        *("method", "url", "headers", "body", "name", "value"),
    )
}
_NAME_PAIRS: Final = {name: (len(name), ctypes.addressof(buffer)) for name, buffer in _NAMES.items()}
_RECORDS: Final = 2 + 5 + 4  # entries of execute-request, context-data and http-request
_OPTIONS: Final = 3 + 1  # request-id, install-id, version-id, body


class Packed:
    """An execute-request in one buffer; `address` is its value. Keep the object for as long as the address is used."""

    def __init__(self, context: Context, request: Request) -> None:
        body = request.body or b""
        texts = [context.request_id, context.tenant_id, context.extension_id, context.install_id, context.version_id]
        encoded = [None if text is None else text.encode() for text in texts]
        method, url = request.method.encode(), request.url.encode()
        headers = [(name.encode(), value.encode()) for name, value in request.headers]
        strings = sum(map(len, filter(None, encoded))) + len(method) + len(url) + sum(len(n) + len(v) for n, v in headers)
        size = p.VALUE * (1 + _OPTIONS + len(headers) + len(body)) + p.ENTRY * (_RECORDS + 2 * len(headers)) + strings
        self._buffer = bytearray(size)
        # The bytearray is never resized, so its memory stays where it is.
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._buffer))
        self._used = 0

        root = self._take(p.VALUE)
        context_at, http_at = self._record(root, ("context", "http"))
        names = ("request-id", "tenant-id", "extension-id", "install-id", "version-id")
        places = self._record(context_at, names)
        for place, text, optional in zip(places, encoded, (True, False, False, True, True), strict=True):
            if optional:
                self._optional_text(place, text)
            else:
                self._text(place, text or b"")
        method_at, url_at, headers_at, body_at = self._record(http_at, ("method", "url", "headers", "body"))
        self._text(method_at, method)
        self._text(url_at, url)
        first = self._sequence(headers_at, p.LIST, p.VALUE, len(headers))
        for index, (name, value) in enumerate(headers):
            name_at, value_at = self._record(first + p.VALUE * index, ("name", "value"))
            self._text(name_at, name)
            self._text(value_at, value)
        if request.body is None:
            self._buffer[body_at] = p.OPTION
        else:
            self._body(self._some(body_at), body)

    def free(self) -> None:
        """Give the memory back now: tracebacks keep objects alive, and a body takes 32 bytes a byte here."""
        self._buffer = bytearray()
        self.address = 0

    def _take(self, size: int) -> int:
        offset = self._used
        self._used += size
        return offset

    def _record(self, offset: int, names: tuple[str, ...]) -> list[int]:
        first = self._sequence(offset, p.RECORD, p.ENTRY, len(names))
        for index, name in enumerate(names):
            _PAIR.pack_into(self._buffer, first + p.ENTRY * index, *_NAME_PAIRS[name])
        return [first + p.ENTRY * index + p.ENTRY_VALUE for index in range(len(names))]

    def _sequence(self, offset: int, kind: int, size: int, count: int) -> int:
        first = self._take(size * count)
        self._buffer[offset] = kind
        _PAIR.pack_into(self._buffer, offset + p.PAYLOAD, count, self.address + first)
        return first

    def _text(self, offset: int, text: bytes) -> None:
        place = self._take(len(text))
        self._buffer[place : place + len(text)] = text
        self._buffer[offset] = p.STRING
        _PAIR.pack_into(self._buffer, offset + p.PAYLOAD, len(text), self.address + place)

    def _some(self, offset: int) -> int:
        place = self._take(p.VALUE)
        self._buffer[offset] = p.OPTION
        _WORD.pack_into(self._buffer, offset + p.PAYLOAD, self.address + place)
        return place

    def _optional_text(self, offset: int, text: bytes | None) -> None:
        if text is None:
            self._buffer[offset] = p.OPTION
        else:
            self._text(self._some(offset), text)

    def _body(self, offset: int, body: bytes) -> None:
        first = self._sequence(offset, p.LIST, p.VALUE, len(body))
        end = first + p.VALUE * len(body)
        self._buffer[first : end : p.VALUE] = bytes([p.U8]) * len(body)
        self._buffer[first + p.PAYLOAD : end : p.VALUE] = body


def read_response(address: int, response_bytes: int) -> Response:
    """Read an execute-response that stays owned by its memory.

    Raises GuestFailed: RESPONSE_TOO_LARGE, RESPONSE_INVALID for too many headers, NOT_RUNNABLE when it is no execute-response.
    """
    status_at, headers_at, body_at = _fields(address, (p.U16, p.LIST, p.OPTION))
    count, first = _pair(headers_at)
    if count > MAX_HEADERS:
        raise GuestFailed(GuestReason.RESPONSE_INVALID, f"{count} headers; at most {MAX_HEADERS} are allowed")
    budget = MAX_HEADER_BYTES
    headers: list[tuple[str, str]] = []
    for index in range(count):
        pair = [_pair(place) for place in _fields(first + p.VALUE * index, (p.STRING, p.STRING))]
        budget -= sum(size for size, _ in pair)
        if budget < 0:
            raise GuestFailed(GuestReason.RESPONSE_INVALID, f"headers of more than {MAX_HEADER_BYTES} bytes")
        name, value = (ctypes.string_at(place, size).decode() if size else "" for size, place in pair)
        headers.append((name, value))
    status = ctypes.c_uint16.from_address(status_at + p.PAYLOAD).value
    return Response(status, tuple(headers), _read_body(_pair(body_at)[0], response_bytes))


def too_large(limit: int) -> GuestFailed:
    """The failure of an answer over its limit."""
    return GuestFailed(GuestReason.RESPONSE_TOO_LARGE, f"the body is larger than {limit} bytes")


def _read_body(address: int, limit: int) -> bytes | None:
    if address == 0:
        return None
    _expect(address, p.LIST)
    count, first = _pair(address)
    if count > limit:
        raise too_large(limit)
    if count:
        _expect(first, p.U8)
    return bytes_at(count, first)


def _fields(address: int, kinds: tuple[int, ...]) -> list[int]:
    _expect(address, p.RECORD)
    count, first = _pair(address)
    if count != len(kinds):
        raise _not_an_answer()
    places = [first + p.ENTRY * index + p.ENTRY_VALUE for index in range(count)]
    for place, kind in zip(places, kinds, strict=True):
        _expect(place, kind)
    return places


def _expect(address: int, kind: int) -> None:
    if ctypes.c_uint8.from_address(address).value != kind:
        raise _not_an_answer()


def _pair(address: int) -> tuple[int, int]:
    first, second = _PAIR.unpack(ctypes.string_at(address + p.PAYLOAD, _PAIR.size))
    return first, second


def _not_an_answer() -> GuestFailed:
    return GuestFailed(GuestReason.NOT_RUNNABLE, "the handler's result is not an execute-response")
