"""`wasi:io`: waiting, which ends with the call's time, and streams: standard output and error, and an input that has ended."""

from typing import Any, Final

from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.values import U32, U64, Err, Ok, Variant
from runner.engine.wasi.base import NO_RESULT, Function, Interface, NoResult, Resource, methods, ready_now, refused
from runner.engine.wasi.running import InputStream, OutputStream, Pollable, Running

MAX_WRITE: Final = 64 * 1024  # bytes at once
_CLOSED: Final = Err(Variant("closed"))


def _ready(call: Running, pollable: int) -> bool:
    return call.held(pollable, Pollable).ready <= call.now()


def _block(call: Running, pollable: int) -> NoResult:
    call.wait(call.held(pollable, Pollable).ready)
    return NO_RESULT


def _poll(call: Running, pollables: tuple[int, ...]) -> list[U32]:
    """The indexes of those that are ready, once at least one is."""
    moments = [call.held(pollable, Pollable).ready for pollable in pollables]
    if not moments:
        raise GuestFailed(GuestReason.TRAPPED, "waits for nothing")
    now = call.wait(min(moments))
    return [U32(index) for index, moment in enumerate(moments) if moment <= now]


def _read(call: Running, stream: int, _size: int) -> Err:
    call.held(stream, InputStream)
    return _CLOSED


def _may_write(call: Running, stream: int) -> Ok:
    call.held(stream, OutputStream)
    return Ok(U64(MAX_WRITE))


def _write(call: Running, stream: int, data: bytes) -> Ok:
    if len(data) > MAX_WRITE:
        raise GuestFailed(GuestReason.TRAPPED, f"{len(data)} bytes at once; at most {MAX_WRITE} are allowed")
    call.held(stream, OutputStream).output.write(data)
    return Ok()


def _flush(call: Running, stream: int) -> Ok:
    call.held(stream, OutputStream)
    return Ok()


def _named(resource: Resource, functions: dict[str, tuple[int, Any]]) -> tuple[Function, ...]:
    names = methods(resource, functions)
    return tuple(Function(name, *function) for name, function in zip(names, functions.values(), strict=True))


INTERFACES: Final = (
    Interface("wasi:io/error", refused(*methods(Resource.ERROR, ["to-debug-string"])), (Resource.ERROR,)),
    Interface(
        "wasi:io/poll",
        (Function("poll", 1, _poll), *_named(Resource.POLLABLE, {"ready": (1, _ready), "block": (1, _block)})),
        (Resource.POLLABLE,),
    ),
    Interface(
        "wasi:io/streams",
        (
            *_named(
                Resource.INPUT_STREAM,
                {
                    "read": (2, _read),
                    "blocking-read": (2, _read),
                    "skip": (2, _read),
                    "blocking-skip": (2, _read),
                    "subscribe": (1, ready_now),
                },
            ),
            *_named(
                Resource.OUTPUT_STREAM,
                {
                    "check-write": (1, _may_write),
                    "write": (2, _write),
                    "blocking-write-and-flush": (2, _write),
                    "flush": (1, _flush),
                    "blocking-flush": (1, _flush),
                    "subscribe": (1, ready_now),
                },
            ),
            *refused(
                *methods(
                    Resource.OUTPUT_STREAM,
                    ["write-zeroes", "blocking-write-zeroes-and-flush", "splice", "blocking-splice"],
                )
            ),
        ),
        (Resource.INPUT_STREAM, Resource.OUTPUT_STREAM),
    ),
)
