"""Memory of the C library's allocator, which keeps for itself what one large publish needed."""

import ctypes
from typing import Final

ARENAS: Final = 2  # by default up to eight for each processor: each thread that ever unpacked an archive would keep its own
_M_ARENA_MAX: Final = -8  # malloc.h of glibc


def few_arenas() -> None:
    """Let threads share arenas; to be called before the first thread starts. Does nothing without glibc."""
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return free memory to the system; blocks for some milliseconds. Does nothing without glibc."""
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
