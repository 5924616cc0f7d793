"""Images as the strings that carry them, for the call of a wrapped component and for its host functions."""

import struct
from binascii import hexlify, unhexlify
from collections.abc import Callable
from typing import Any, Final

from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.image import BadImage, Image, Source, loading, storing, unflattening
from runner.engine.lane.text import CEILING, HEADER, HEAP, TAIL, UNIT
from runner.engine.values import Err, Ok, TooManyValues
from runner.engine.world import EXECUTE_REQUEST, EXECUTE_RESPONSE, Function

HEADERS_ROOM: Final = 1 << 20  # bytes of an answer beyond its body
_LIMIT: Final = struct.Struct("<I")
_TAIL: Final = struct.Struct(f"<{EXECUTE_RESPONSE.size}xQ")
_store_request: Final = storing(EXECUTE_REQUEST)
_load_response: Final = loading(EXECUTE_RESPONSE)


def to_text(image: Image) -> bytes:
    """An image in hexadecimal, padded to whole units."""
    image.take(0, UNIT)
    return hexlify(image.data)


def write_request(request: dict[str, Any], response_bytes: int) -> bytes:
    """A value of EXECUTE_REQUEST for a wrapped component, whose answer may have a body of so many bytes."""
    image = Image(HEAP, HEADER + EXECUTE_REQUEST.size)
    _LIMIT.pack_into(image.data, 0, min(response_bytes + HEADERS_ROOM, CEILING))
    _store_request(image, HEADER, request)
    return to_text(image)


def read_answer(text: bytes | memoryview) -> dict[str, Any]:
    """The value of EXECUTE_RESPONSE in the answer of a wrapped component.

    Raises GuestFailed: RESPONSE_INVALID for too many headers, NOT_RUNNABLE for what is no answer.
    """
    try:
        data = unhexlify(text)
        (base,) = _TAIL.unpack_from(data, len(data) - TAIL)
        answer: dict[str, Any] = _load_response(Source(data, base), len(data) - TAIL)
    except TooManyValues:
        raise GuestFailed(GuestReason.RESPONSE_INVALID, "more headers than any answer may have") from None
    except (BadImage, struct.error, ValueError, IndexError) as error:
        raise GuestFailed(GuestReason.NOT_RUNNABLE, f"the handler's result is not an execute-response: {error}") from None
    return answer


class Carried:
    """The arguments and the answer of one host function, as images."""

    def __init__(self, function: Function) -> None:
        self._slots = struct.Struct(f"<{len(function.flat)}Q")
        self._read = [unflattening(kind) for _, kind in function.parameters]
        self._answer_size = function.answer.size
        self._store: Callable[[Image, int, Any], None] = storing(function.answer)

    def arguments(self, text: bytes | memoryview) -> list[Any]:
        """The values of the parameters in the text of an image. Raises BadImage and TooManyValues."""
        try:
            data = unhexlify(text)
            slots = iter(self._slots.unpack_from(data, len(data) - self._slots.size))
            source = Source(data, HEAP)
            return [read(source, slots) for read in self._read]
        except (struct.error, IndexError, ValueError) as error:
            raise BadImage(str(error)) from None

    def answer(self, value: Ok | Err, base: int) -> bytes:
        """The text of an answer that will lie at the address `base`."""
        image = Image(base, self._answer_size)
        self._store(image, 0, value)
        return to_text(image)
