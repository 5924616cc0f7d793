"""Machines that lack parts of the sandbox: `python -m tests.runner.sandbox.lacking PART... -- COMMAND...` runs a command on one."""

import errno
import os
import sys
from collections.abc import Iterable

from runner.sandbox import kernel, seccomp

_LOAD, _EQUAL, _ANSWER = 0x20, 0x15, 0x06
_COLUMN = {"x86_64": 0, "aarch64": 1}
# The calls that such a machine refuses, and with what.
_CALLS = {
    "landlock": ((444, 444), errno.ENOSYS),
    "namespaces": ((272, 97), errno.EPERM),
    "seccomp": ((317, 277), errno.ENOSYS),
}


def lack(parts: Iterable[str]) -> None:
    """From now on this process, and what it becomes, is on a machine without these parts."""
    column = _COLUMN[kernel.machine()]
    program = [(_LOAD, 0, 0, 0)]
    for part in parts:
        numbers, error = _CALLS[part]
        program += [(_EQUAL, 0, 1, numbers[column]), (_ANSWER, 0, 0, 0x00050000 | error)]
    if len(program) > 1:
        kernel.no_new_privileges()
        seccomp.install(seccomp.assembled([*program, (_ANSWER, 0, 0, 0x7FFF0000)]))


if __name__ == "__main__":
    end = sys.argv.index("--")
    lack(sys.argv[1:end])
    os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
