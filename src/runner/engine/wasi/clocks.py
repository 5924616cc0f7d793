"""`wasi:clocks`: the time since the call began, the time of day, and timers to wait for."""

import time
from typing import Any, Final

from runner.engine.values import U32, U64
from runner.engine.wasi.base import Function, Interface, Owned, Resource
from runner.engine.wasi.running import Pollable, Running

_SECOND: Final = 1_000_000_000
_RESOLUTION: Final = 1  # nanoseconds


def _now(call: Running) -> U64:
    return U64(call.now())


def _subscribe_instant(_call: Running, when: int) -> Owned:
    return Owned(Resource.POLLABLE, Pollable(when))


def _subscribe_duration(call: Running, duration: int) -> Owned:
    return Owned(Resource.POLLABLE, Pollable(call.now() + duration))


def _datetime(nanoseconds: int) -> dict[str, Any]:
    return {"seconds": U64(nanoseconds // _SECOND), "nanoseconds": U32(nanoseconds % _SECOND)}


INTERFACES: Final = (
    Interface(
        "wasi:clocks/monotonic-clock",
        (
            Function("now", 0, _now),
            Function("resolution", 0, lambda _call: U64(_RESOLUTION)),
            Function("subscribe-instant", 1, _subscribe_instant),
            Function("subscribe-duration", 1, _subscribe_duration),
        ),
    ),
    Interface(
        "wasi:clocks/wall-clock",
        (
            Function("now", 0, lambda _call: _datetime(time.time_ns())),
            Function("resolution", 0, lambda _call: _datetime(_RESOLUTION)),
        ),
    ),
)
