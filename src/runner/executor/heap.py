"""What calls have freed: kept for the next call, since a fresh page costs up to 10 us on a virtual machine; given back when idle.

The C library would give the end of its heap back after each large body: a call with a megabyte took its runner three times as long.
Executors are told the same in their environment, before they start.
"""

import ctypes
from typing import Final

KEPT: Final = 64 * 1024 * 1024  # free bytes at the end of the heap, until it is idle
FROM_HEAP: Final = 32 * 1024 * 1024  # what is larger comes from the kernel and goes back to it
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LIBRARY: Final = ctypes.CDLL(None)
_TRIM: Final = getattr(_LIBRARY, "malloc_trim", None)  # glibc has them
_OPTION: Final = getattr(_LIBRARY, "mallopt", None)


def keep() -> None:
    """Have the C library keep what is freed until `give_back`. For the whole process; legal more than once."""
    if _TRIM is not None and _OPTION is not None:
        _OPTION(_M_TRIM_THRESHOLD, KEPT)
        _OPTION(_M_MMAP_THRESHOLD, FROM_HEAP)


def give_back() -> None:
    """Give back whatever is free. Other threads run meanwhile, but those that allocate may wait for milliseconds."""
    if _TRIM is not None:
        _TRIM(ctypes.c_size_t(0))
