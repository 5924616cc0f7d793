"""Evidence that a guest ran out of memory, read from the process's own memory map."""

import itertools
import re
from typing import Final

_LINE: Final = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (....)", re.MULTILINE)
_RESERVATION: Final = 1 << 30  # a linear memory is followed by the rest of its reservation, which nothing else here has
_NEAR: Final = 7 / 8


def large_memories(limit: int) -> frozenset[int]:
    """Addresses of the linear memories in this process that have grown to at least 7/8 of `limit` bytes.

    Those that are gone once a store is closed were that store's.
    """
    with open("/proc/self/maps", encoding="ascii", errors="replace") as file:
        lines = [(int(m[1], 16), int(m[2], 16), m[3]) for m in _LINE.finditer(file.read())]
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
