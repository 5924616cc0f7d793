"""What code that broke out of WebAssembly would try: each probe answers "done", or the name of the error that stopped it."""

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.sandbox import kernel

SECRET: Final = b"what only the runner may know"
_GIB: Final = 1 << 30
_NEW_NAMESPACE: Final = kernel.NEW_USER
_ATTACH: Final = 16
_DETACH: Final = 17
_libc: Final = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Around:
    """What lies around the sandbox: the runner's pid, where its secret is in its memory, its listeners, an artifact."""

    runner: int
    address: int
    folder: Path
    artifact: Path
    port: int

    @property
    def socket(self) -> str:
        return str(self.folder / "listening")

    @property
    def abstract(self) -> str:
        return f"\0alga-{self.runner}"


def _connect(family: int, kind: int, address: object) -> None:
    with socket.socket(family, kind) as connection:
        connection.connect(address)
        connection.send(b"x")


def _read_environment(around: Around) -> None:
    assert b"EXT_SECRET" in Path(f"/proc/{around.runner}/environ").read_bytes()


def _read_memory_file(around: Around) -> None:
    with open(f"/proc/{around.runner}/mem", "rb", buffering=0) as memory:
        memory.seek(around.address)
        assert memory.read(len(SECRET)) == SECRET


def _read_memory(around: Around) -> None:
    space = ctypes.create_string_buffer(len(SECRET))
    here = (ctypes.c_size_t * 2)(ctypes.addressof(space), len(SECRET))
    there = (ctypes.c_size_t * 2)(around.address, len(SECRET))
    _checked(_libc.process_vm_readv(around.runner, here, ctypes.c_ulong(1), there, ctypes.c_ulong(1), ctypes.c_ulong(0)))
    assert space.raw == SECRET


def _trace(around: Around) -> None:
    _checked(_libc.ptrace(_ATTACH, around.runner, None, None))
    os.waitpid(around.runner, 0)
    _checked(_libc.ptrace(_DETACH, around.runner, None, None))


def _mount(around: Around) -> None:
    place = str(around.folder).encode()
    _checked(_libc.mount(b"none", place, b"tmpfs", ctypes.c_ulong(0), None))
    _checked(_libc.umount2(place, 0))


def _fork() -> None:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _thread() -> None:
    try:
        threading.Thread(target=int).start()
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, str(error)) from error


def _checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _too_much_memory() -> None:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0x4000)
    mmap.mmap(-1, 512 * _GIB, flags=flags).close()


def _raise_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard + 1))
    except ValueError as error:
        raise OSError(errno.EPERM, str(error)) from error


PROBES: Final[dict[str, Callable[[Around], object]]] = {
    "read a file": lambda around: (around.folder / "file").read_bytes(),
    "read its own program": lambda _: Path(__file__).read_bytes(),
    "list a folder": lambda around: os.listdir(around.folder),
    "list the artifacts": lambda around: os.listdir(around.artifact.parent),
    "write an artifact": lambda around: around.artifact.open("r+b").close(),
    "make a file": lambda around: (around.artifact.parent / "new").write_bytes(b""),
    "remove a file": lambda around: (around.folder / "spare").unlink(),
    "change a mode": lambda around: (around.folder / "file").chmod(0o600),
    "open a device": lambda _: os.open("/dev/null", os.O_RDWR),
    "read the runner's environment": _read_environment,
    "read the runner's memory as a file": _read_memory_file,
    "read the runner's memory": _read_memory,
    "trace the runner": _trace,
    "ask for the runner's existence": lambda around: os.kill(around.runner, 0),
    "interrupt the runner": lambda around: os.kill(around.runner, signal.SIGURG),
    "hold the runner": lambda around: os.pidfd_open(around.runner),
    "connect over TCP": lambda around: _connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", around.port)),
    "send over UDP": lambda around: _connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", around.port)),
    "connect to a socket file": lambda around: _connect(socket.AF_UNIX, socket.SOCK_STREAM, around.socket),
    "connect to an abstract socket": lambda around: _connect(socket.AF_UNIX, socket.SOCK_STREAM, around.abstract),
    "make a user namespace": lambda _: kernel.unshare(_NEW_NAMESPACE),
    "mount": _mount,
    "change its user": lambda _: os.setresuid(1, 1, 1),
    "raise a limit": lambda _: _raise_limit(),
    "take all memory": lambda _: _too_much_memory(),
    "start a thread": lambda _: _thread(),
    "fork": lambda _: _fork(),
    "execute": lambda _: os.execv("/bin/true", ["/bin/true"]),  # last: where it is done, nothing comes after it
}


def tried(around: Around, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Try all but some; answers what came of each."""
    seen: dict[str, str] = {}
    for name, probe in PROBES.items():
        if name in without:
            continue
        try:
            probe(around)
        except OSError as error:
            seen[name] = errno.errorcode.get(error.errno or 0, "?")
        else:
            seen[name] = "done"
    return seen


def descriptors() -> list[int]:
    """The open descriptors below 64, asked one by one: nothing can be listed."""
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found
