"""Evidence that a guest ran out of memory, read from the process's own memory map.

A pool's memory keeps its size in the map after its call, until the slot is used again. What it does not keep is its pages: those
are given back to the kernel when the store is closed.
"""

import ctypes
import os
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple, Self

_LINE: Final = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (..)\S+ \S+ \S+ ([0-9]+)", re.MULTILINE)
_NEAR: Final = 7 / 8
_CHUNK: Final = 64 * 1024
_PAGE: Final = os.sysconf("SC_PAGESIZE")
_PAGES: Final = 16 * 1024  # asked for at once
_reading: Final = threading.Lock()  # a reader in the middle of the map would make the kernel begin anew for the other
_mincore: Final = ctypes.CDLL(None, use_errno=True).mincore
_mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
_madvise: Final = ctypes.CDLL(None).madvise
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_MADV_HUGEPAGE: Final = 14


class _Range(NamedTuple):
    low: int
    high: int
    mode: str  # "rw", "--" and so on
    file: bool  # the beginning of a memory is a part of its artifact until it is written to


@cache
def open_map() -> int:
    """A descriptor of this process's memory map, kept for its life: a sandbox lets nothing be opened later. Raises OSError."""
    return os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC)


@dataclass(frozen=True, slots=True)
class PoolMap:
    """Where the memories of a pool lie."""

    parts: tuple[tuple[int, int], ...]

    @classmethod
    def of_new_pool(cls, address_bytes: int) -> Self:
        """Find a pool that no call has used yet by its size. Raises AssertionError when there is none: then it is not in force."""
        parts = tuple((r.low, r.high) for r in _read_map() if r.mode == "--" and r.high - r.low >= address_bytes)
        if not parts:
            raise AssertionError("the memories of the pool are not where they should be")
        return cls(parts)

    def want_large_pages(self) -> None:
        """Have the kernel serve memories by 2 MiB where so much lies within one: a small page costs a fault, and bodies dirty many.

        Where the kernel has no such pages this does nothing. A memory takes no more than its size for it.
        """
        for low, high in self.parts:
            _madvise(low, high - low, _MADV_HUGEPAGE)

    def large(self, limit: int) -> frozenset[int]:
        """Addresses of the memories that have at least 7/8 of `limit` bytes, and pages that somebody has written to.

        Those that are not among them any more once a store is closed were that store's, if no other is closed meanwhile.
        """
        found = {run[0].low for run in self._runs(limit * _NEAR) if _used(run)}
        # A slot may have been made smaller for another call behind our back, and the pages are that call's.
        return frozenset(found & {run[0].low for run in self._runs(limit * _NEAR)}) if found else frozenset()

    def _runs(self, size: float) -> Iterable[list[_Range]]:
        """Writable memory of at least this size without a gap; what ends it is a memory's guard."""
        run: list[_Range] = []
        for part in _read_map():
            if run and (part.mode != "rw" or part.low != run[-1].high):
                if run[-1].high - run[0].low >= size:
                    yield run
                run = []
            if part.mode == "rw" and (run or any(low <= part.low < high for low, high in self.parts)):
                run.append(part)


def _read_map() -> list[_Range]:
    descriptor, parts, size = open_map(), [], 0
    with _reading:
        while part := os.pread(descriptor, _CHUNK, size):
            parts.append(part)
            size += len(part)
    text = b"".join(parts).decode("ascii", "replace")
    return [_Range(int(m[1], 16), int(m[2], 16), m[3], m[4] != "0") for m in _LINE.finditer(text)]


def _used(run: Iterable[_Range]) -> bool:
    """Whether any page of a memory is there, except for those that lie in a file anyway."""
    seen = ctypes.create_string_buffer(_PAGES)
    for part in run:
        if part.file:
            continue
        for low in range(part.low, part.high, _PAGES * _PAGE):
            size = min(part.high - low, _PAGES * _PAGE)
            if _mincore(low, size, seen) == 0 and any(seen.raw[: size // _PAGE]):
                return True
    return False
