"""Seccomp: the few system calls that running or compiling a component takes; every other one fails with EPERM.

What is here was found by running all guests; a call that is missing shows as an OSError or as a trap, never as a wrong answer.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from runner.sandbox import kernel

_SET_FILTER: Final = 1
_ALL_THREADS: Final = 1
_LOAD, _EQUAL, _ANSWER = 0x20, 0x15, 0x06
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16  # of `struct seccomp_data`; the lower half of an argument, little-endian
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERROR: Final = 0x00050000

# Name -> number on x86_64 and on aarch64; -1 where the machine has no such call. Those of a running call come first.
_CALLS: Final[Mapping[str, tuple[int, int]]] = {
    "futex": (202, 98),
    "madvise": (28, 233),
    "mprotect": (10, 226),
    "mincore": (27, 232),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "recvfrom": (45, 207),
    "sendto": (44, 206),
    "read": (0, 63),
    "write": (1, 64),
    "poll": (7, -1),
    "ppoll": (271, 73),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "getrandom": (318, 278),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "brk": (12, 214),
    # Loading an artifact. Which files can be opened is Landlock's to say.
    "openat": (257, 56),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "fcntl": (72, 25),
    "memfd_create": (319, 279),
    "ftruncate": (77, 46),
    "membarrier": (324, 283),
    # Traps are signals; and what the C library and the interpreter ask of themselves.
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "nanosleep": (35, 101),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getcpu": (309, 168),
    "getrusage": (98, 165),
    "sched_getaffinity": (204, 123),
    # Threads that were started just before may still be on their way.
    "rseq": (334, 293),
    "set_robust_list": (273, 99),
    "exit": (60, 93),
    "exit_group": (231, 94),
}


@dataclass(frozen=True, slots=True)
class _Machine:
    column: int  # in _CALLS
    audit: int  # what the kernel calls it
    seccomp: int
    tgkill: int  # by which a process aborts: allowed when its first argument is this process


_MACHINES: Final = {"x86_64": _Machine(0, 0xC000003E, 317, 234), "aarch64": _Machine(1, 0xC00000B7, 277, 131)}


def restrict() -> bool:
    """Restrict all threads of this process; False where the machine cannot. Needs `no_new_privileges`.

    Among what is refused from then on: new threads and processes, sockets, programs, namespaces, tracing, signals to others.
    """
    if kernel.machine() not in _MACHINES:
        return False
    try:
        install(_allow_list())
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EINVAL, errno.EPERM):
            return False  # the machine has none, or what this runs in keeps it to itself
        raise
    return True


def install(program: bytes) -> None:
    """Load a filter for all threads of this process. Raises OSError."""
    space = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, padding, and where they are
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(space)))
    arguments = ctypes.c_uint(_SET_FILTER), ctypes.c_uint(_ALL_THREADS), ctypes.byref(head)
    if odd := kernel.call(_MACHINES[kernel.machine()].seccomp, *arguments):
        raise OSError(errno.EBUSY, f"thread {odd} cannot be restricted")


def _allow_list() -> bytes:
    here = _MACHINES[kernel.machine()]
    out = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, here.audit),
        (_ANSWER, 0, 0, _KILL),  # the calls of another machine type have other numbers
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    for number in (row[here.column] for row in _CALLS.values() if row[here.column] >= 0):
        out += [(_EQUAL, 0, 1, number), (_ANSWER, 0, 0, _ALLOW)]
    out += [
        (_EQUAL, 0, 3, here.tgkill),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_EQUAL, 0, 1, os.getpid()),
        (_ANSWER, 0, 0, _ALLOW),
        (_ANSWER, 0, 0, _ERROR | errno.EPERM),
    ]
    return assembled(out)


def assembled(instructions: Iterable[tuple[int, int, int, int]]) -> bytes:
    """A program for `install`: code, steps if true, steps if false, constant of each instruction."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
