"""The system calls of the sandbox that Python does not have, through ctypes. All of them raise OSError."""

import ctypes
import os
import platform
from typing import Any, Final

NO_NEW_PRIVS: Final = 38
_SET_DUMPABLE: Final = 4
_DROP_BOUNDING: Final = 24
_AMBIENT: Final = 47
_AMBIENT_CLEAR: Final = 4
_CAPABILITY_VERSION: Final = 0x20080522
_CAPABILITIES: Final = 64  # more than any kernel has; asking for one that it lacks is an error that ends the loop

NEW_USER: Final = 0x10000000
NEW_IPC: Final = 0x08000000
NEW_NET: Final = 0x40000000

# The same on every machine: they are younger than the common table.
LANDLOCK_CREATE_RULESET: Final = 444
LANDLOCK_ADD_RULE: Final = 445
LANDLOCK_RESTRICT_SELF: Final = 446

_libc: Final = ctypes.CDLL(None, use_errno=True)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def machine() -> str:
    """The kind of processor, e.g. `x86_64`."""
    return platform.machine()


def call(number: int, *arguments: Any) -> int:
    """A system call by its number."""
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments))


def prctl(option: int, *arguments: int) -> int:
    """`prctl`, whose unused arguments must be zero."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(_libc.prctl(option, *(ctypes.c_ulong(number) for number in padded)))


def unshare(flags: int) -> None:
    """Leave namespaces for new ones; fails once this process has a second thread."""
    _checked(_libc.unshare(flags))


def no_new_privileges() -> None:
    """Nothing that this process executes can have more rights than it has. Needed for all that follows without root."""
    prctl(NO_NEW_PRIVS, 1)


def hide() -> None:
    """Keep processes of the same user from reading this one's memory and environment, and from tracing it; no core dumps."""
    prctl(_SET_DUMPABLE, 0)


def drop_capabilities() -> None:
    """Give up all capabilities, also those that a new user namespace brings: they open parts of the kernel that few test."""
    prctl(_AMBIENT, _AMBIENT_CLEAR)
    for number in range(_CAPABILITIES):
        try:
            prctl(_DROP_BOUNDING, number)
        except OSError:
            break  # without root there is nothing to drop, and above the last one nothing is
    header = _CapabilityHeader(_CAPABILITY_VERSION, 0)
    _checked(_libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
