"""`wasi:random`: the operating system's randomness, for the functions that promise less as well."""

import os
from typing import Final

from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.values import U64
from runner.engine.wasi.base import Function, Interface
from runner.engine.wasi.running import Running

MAX_RANDOM: Final = 256 * 1024  # bytes at once: each takes 32 bytes here until the guest has it


def _bytes(_call: Running, count: int) -> bytes:
    if count > MAX_RANDOM:
        raise GuestFailed(GuestReason.TRAPPED, f"{count} random bytes at once; at most {MAX_RANDOM} are given")
    return os.urandom(count)


def _u64(_call: Running) -> U64:
    return U64(int.from_bytes(os.urandom(8), "little"))


def _seed(call: Running) -> tuple[U64, U64]:
    return _u64(call), _u64(call)


INTERFACES: Final = (
    Interface("wasi:random/random", (Function("get-random-bytes", 1, _bytes), Function("get-random-u64", 0, _u64))),
    Interface(
        "wasi:random/insecure",
        (Function("get-insecure-random-bytes", 1, _bytes), Function("get-insecure-random-u64", 0, _u64)),
    ),
    Interface("wasi:random/insecure-seed", (Function("insecure-seed", 0, _seed),)),
)
