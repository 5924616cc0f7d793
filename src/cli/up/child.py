"""Becomes a process of the platform that ends with its supervisor, even when that is killed.

`python -m cli.up.child SUPERVISOR_PID MODULE`: asks the kernel for SIGTERM at the parent's death, then runs the module in place.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Tie this process to its parent and become the module."""
    supervisor, module = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:  # it died before it could be asked for
            sys.exit(1)
    # -P: the current directory is no place to import from.
    os.execv(sys.executable, [sys.executable, "-P", "-m", module])  # noqa: S606 - it becomes the process


if __name__ == "__main__":
    main()
