"""Evidence that a guest ran out of memory, read from the process's own memory map."""

import itertools
import os
import re
import threading
from functools import cache
from typing import Final

_LINE: Final = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (....)", re.MULTILINE)
_RESERVATION: Final = 1 << 30  # a linear memory is followed by the rest of its reservation, which nothing else here has
_NEAR: Final = 7 / 8
_CHUNK: Final = 64 * 1024
_reading: Final = threading.Lock()  # a reader in the middle of the map would make the kernel begin anew for the other


@cache
def open_map() -> int:
    """A descriptor of this process's memory map, kept for its life: a sandbox lets nothing be opened later. Raises OSError."""
    return os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC)


def _read_map() -> str:
    descriptor, parts, size = open_map(), [], 0
    with _reading:
        while part := os.pread(descriptor, _CHUNK, size):
            parts.append(part)
            size += len(part)
    return b"".join(parts).decode("ascii", "replace")


def large_memories(limit: int) -> frozenset[int]:
    """Addresses of the linear memories in this process that have grown to at least 7/8 of `limit` bytes.

    Those that are gone once a store is closed were that store's.
    """
    lines = [(int(m[1], 16), int(m[2], 16), m[3]) for m in _LINE.finditer(_read_map())]
    found: set[int] = set()
    start = 0
    for (low, high, mode), (after, end, rest) in itertools.pairwise(lines):
        if mode.startswith("rw"):
            start = start or low
            if after == high and rest.startswith("---") and end - after >= _RESERVATION and high - start >= limit * _NEAR:
                found.add(start)
            if after == high and rest.startswith("rw"):
                continue
        start = 0
    return frozenset(found)
