"""What goes into a call and what comes out, by either way: images for wrapped components, dynamic values for the others."""

import ctypes
from typing import Any, Final

from runner.engine import private
from runner.engine.call import PACKED_BODY_BYTES, Context, Limits, Request, Response
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.lane.carry import read_answer, write_request
from runner.engine.packing import Packed
from runner.engine.response import MAX_HEADER_BYTES, MAX_HEADERS
from runner.engine.values import Lift, NotOfThisWorld, TooManyBytes, TooManyValues
from runner.engine.world import EXECUTE_REQUEST

_NOT_WRAPPED: Final = f"this component could not be wrapped, and its bodies have at most {PACKED_BODY_BYTES} bytes"


def through_lane(instance: private.Instance, context: Context, request: Request, limits: Limits) -> Response:
    """Call a wrapped component. Raises GuestFailed and WasmtimeError."""
    text = write_request(request_value(context, request), limits.response_bytes)
    argument = private.text_value(text)
    result = ctypes.create_string_buffer(private.VALUE)
    place = ctypes.addressof(result)
    instance.call(ctypes.addressof(argument), 1, place)
    try:
        return _response(read_answer(private.text_at(place)), limits.response_bytes)
    finally:
        private.delete_value(place)


def through_values(instance: private.Instance, context: Context, request: Request, limits: Limits) -> Response:
    """Call any other component. Raises GuestFailed, PAYLOAD_TOO_LARGE beyond PACKED_BODY_BYTES, and WasmtimeError."""
    if len(request.body or b"") > PACKED_BODY_BYTES:
        raise GuestFailed(GuestReason.PAYLOAD_TOO_LARGE, _NOT_WRAPPED)
    packed = Packed(EXECUTE_REQUEST, request_value(context, request))
    result = ctypes.create_string_buffer(private.VALUE)
    place = ctypes.addressof(result)
    try:
        instance.call(packed.address, 1, place)
    finally:
        packed.free()
    limit = min(limits.response_bytes, PACKED_BODY_BYTES)
    try:
        return read_response(place, limit)
    finally:
        private.delete_value(place)


def read_response(address: int, body_bytes: int) -> Response:
    """An execute-response in dynamic values. Raises GuestFailed: RESPONSE_TOO_LARGE, RESPONSE_INVALID, NOT_RUNNABLE."""
    try:
        value = Lift(body_bytes + MAX_HEADER_BYTES + 2 * MAX_HEADERS).value(address)
    except TooManyBytes:
        raise _too_large(body_bytes) from None
    except TooManyValues:
        raise GuestFailed(GuestReason.RESPONSE_INVALID, "more headers than any answer may have") from None
    except (NotOfThisWorld, UnicodeDecodeError) as error:
        raise _not_an_answer(str(error)) from None
    return _response(value, body_bytes)


def request_value(context: Context, request: Request) -> dict[str, Any]:
    """The value of EXECUTE_REQUEST."""
    return {
        "context": {
            "request-id": context.request_id,
            "tenant-id": context.tenant_id,
            "extension-id": context.extension_id,
            "install-id": context.install_id,
            "version-id": context.version_id,
        },
        "http": {
            "method": request.method,
            "url": request.url,
            "headers": [{"name": name, "value": value} for name, value in request.headers],
            "body": request.body,
        },
    }


def _response(answer: Any, body_bytes: int) -> Response:
    match answer:
        case {"status": int(status), "headers": (tuple() | b"") as fields, "body": (None | bytes()) as body}:
            headers = tuple(_header(one) for one in fields)
        case _:
            raise _not_an_answer("it has other fields")
    if len(body or b"") > body_bytes:
        raise _too_large(body_bytes)
    return Response(status, headers, body)


def _header(value: Any) -> tuple[str, str]:
    match value:
        case {"name": str(name), "value": str(text)}:
            return name, text
    raise _not_an_answer("a header is not two strings")


def _too_large(limit: int) -> GuestFailed:
    return GuestFailed(GuestReason.RESPONSE_TOO_LARGE, f"the body is larger than {limit} bytes")


def _not_an_answer(why: str) -> GuestFailed:
    return GuestFailed(GuestReason.NOT_RUNNABLE, f"the handler's result is not an execute-response: {why}")
