"""How an executor and the compile child shut themselves in, in two steps.

Before there is a second thread, `enter`:
1. no descriptor but those that were handed over, no new privileges, not to be read by its own kind
2. limits
3. a user, network and IPC namespace of its own, and no capabilities
4. Landlock
Once all threads run and before any untrusted byte is read, `seal`:
5. no more processes, and seccomp over all threads
Everything that will be imported must have been imported before `enter`.
"""

import os
import resource
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from runner.sandbox import kernel, landlock, seccomp
from runner.sandbox.isolation import Isolation

_STANDARD: Final = (0, 1, 2)
_ALL_DESCRIPTORS: Final = 1 << 16


class Sandbox:
    """A process that is half shut in. Made by `enter`."""

    def __init__(self, version: int, namespaces: bool) -> None:
        self._version = version
        self._namespaces = namespaces

    def seal(self) -> Isolation:
        """The second step; answers what holds. Raises OSError."""
        # 5. no more processes, and seccomp over all threads
        _limit(resource.RLIMIT_NPROC, 0)
        return Isolation(self._version, self._namespaces, seccomp.restrict())


def enter(*, keep: Iterable[int] = (), readable: Path | None = None, files: int, data_bytes: int | None = None) -> Sandbox:
    """The first step.

    `keep`: descriptors beside the standard ones. `readable`: the folder below which files can be read, and nothing else is
    possible with any file. `files`: how many descriptors it can have. `data_bytes`: of writable memory, None = as many as
    already allowed. Raises OSError when something fails that this machine should be able to do; what it cannot do is only
    missing from what `seal` answers.
    """
    # 1. no descriptor but those that were handed over, no new privileges, not to be read by its own kind
    close_others({*_STANDARD, *keep})
    kernel.no_new_privileges()
    kernel.hide()
    # 2. limits
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_MSGQUEUE, 0)
    _limit(resource.RLIMIT_NOFILE, files)
    if data_bytes is not None:
        _limit(resource.RLIMIT_DATA, data_bytes)
    # 3. a user, network and IPC namespace of its own, and no capabilities
    namespaces = _leave_namespaces()
    kernel.drop_capabilities()
    # 4. Landlock
    version = landlock.restrict(readable)
    if readable is not None:
        os.stat(readable / ".")  # a folder that only root's capabilities reach would fail every call later
    return Sandbox(version, namespaces)


def close_others(keep: set[int]) -> None:
    """Close every descriptor but these."""
    after = [*sorted(keep), _ALL_DESCRIPTORS]
    low = 0
    for kept in after:
        if low < kept:  # an empty range reaches to the very end
            os.closerange(low, kept)
        low = kept + 1


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (value, value))


def _leave_namespaces() -> bool:
    try:
        kernel.unshare(kernel.NEW_USER | kernel.NEW_NET | kernel.NEW_IPC)
    except OSError:
        return False  # switched off, used up, or refused by the container that this runs in
    return True
