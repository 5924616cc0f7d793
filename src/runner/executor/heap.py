"""What calls have freed, given back to the kernel: the C library keeps it for the next call, and what lies between what is used."""

import ctypes
from typing import Final

_TRIM: Final = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it


def give_back() -> None:
    """Give back whatever is free. Other threads run meanwhile, but those that allocate may wait for milliseconds."""
    if _TRIM is not None:
        _TRIM(ctypes.c_size_t(0))
