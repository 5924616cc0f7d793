"""Landlock: no file, no TCP port, no abstract socket and no signal beyond this process, whatever its user may do."""

import ctypes
import os
from pathlib import Path
from typing import Final

from runner.sandbox import kernel

# Rights over files that each version of the interface added; all of them are taken away.
_FILE_RIGHTS: Final = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_READ_FILE: Final = 1 << 2
_TCP: Final = 0b11  # bind, connect
_TCP_SINCE: Final = 4
_SCOPES: Final = 0b11  # abstract unix sockets, signals
_SCOPES_SINCE: Final = 6
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The version of the interface that this machine has; 0 where it has none, or where it is switched off."""
    try:
        return kernel.call(kernel.LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return 0


def restrict(readable: Path | None) -> int:
    """Restrict this thread and those that it starts, to reading files below one folder. Answers `version`; 0 restricts nothing.

    Needs `no_new_privileges`. Raises OSError when the machine has Landlock and it fails all the same.
    """
    if not (found := version()):
        return 0
    rules = _Ruleset(
        files=sum(rights for since, rights in _FILE_RIGHTS.items() if found >= since),
        network=_TCP if found >= _TCP_SINCE else 0,
        scoped=_SCOPES if found >= _SCOPES_SINCE else 0,
    )
    # An older kernel refuses a longer structure unless the rest is zero, which it is.
    ruleset = kernel.call(
        kernel.LANDLOCK_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(ctypes.sizeof(rules)), ctypes.c_uint32(0)
    )
    try:
        if readable is not None:
            _allow(ruleset, readable)
        kernel.call(kernel.LANDLOCK_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return found


def _allow(ruleset: int, folder: Path) -> None:
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(allowed=_READ_FILE, folder=descriptor)
        kernel.call(
            kernel.LANDLOCK_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0)
        )
    finally:
        os.close(descriptor)
