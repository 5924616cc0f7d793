"""One executor as the runner sees it: a child process, and a socket to each of its lanes."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from runner.children import child_command, child_environment
from runner.executor.frames import LENGTH, FrameError, M, after, checked, decode
from runner.sandbox.isolation import Isolation

READY: Final = b"ready "  # followed by what isolates it
_START_SECONDS: Final = 30.0
_CHUNK: Final = 64 * 1024
_BUFFER: Final = 256 * 1024  # that a lane may have sent beyond what is asked of it
# What a socket holds that was sent and not read: a megabyte goes in one piece, where both sides woke up for each 0.2 of it.
_IN_SOCKET: Final = 1024 * 1024
_log = logging.getLogger(__name__)
# Of the C library. One arena: what each thread freed would be kept for that thread, 167 MB after 1,000 mixed calls in place of 44.
# Bodies come from memory that is kept, in large pages: a fresh page costs up to 10 us on a virtual machine, and an echo of 8 MiB
# took 320 to 420 ms in place of 130. An idle lane gives all of it back (`runner.executor.heap`).
_MALLOC: Final = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(128 * 1024 * 1024),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def _pair() -> tuple[socket.socket, socket.socket]:
    pair = socket.socketpair()
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _IN_SOCKET)  # the kernel makes it less where it has a lower limit
    return pair


class Lane:
    """One lane: it runs one call at a time. It takes over its socket.

    Asyncio's streams would take longer for a frame than the two system calls do.
    """

    def __init__(self, executor: "Executor", connection: socket.socket) -> None:
        self.executor = executor
        self._loop = asyncio.get_running_loop()
        self._socket = connection
        self._received = bytearray()
        self._size: int | None = None  # of the frame whose length has arrived
        self._missing: memoryview | None = None  # of a large frame: it arrives where it will be read
        self.read_bytes = 0  # of the frame that was read last
        self._reader: asyncio.Future[None] | None = None  # waits until a frame is there, or the end
        self._paused = False
        self._ended = False
        self.artifact = ""  # that it ran last
        self.waiting = False  # for a host call, so it uses no processor
        self.on_waiting: Callable[[], None] | None = None
        connection.setblocking(False)
        self._loop.add_reader(connection, self._receive)

    def wait(self) -> None:
        """Its guest waits for a host call from now on."""
        self.waiting = True
        if self.on_waiting is not None:
            self.on_waiting()

    async def send(self, frame: bytes) -> None:
        """Send an encoded frame. Raises OSError. When it is cancelled, part of the frame may be sent."""
        await self.send_rest(self.send_now((frame,)))

    def send_now(self, pieces: Sequence[bytes]) -> list[memoryview]:
        """Send as much as the socket takes at once of a frame in pieces; the answer is what is left. Raises OSError."""
        try:
            sent = self._socket.sendmsg(pieces)
        except BlockingIOError:
            sent = 0
        return after(pieces, sent)

    async def send_rest(self, left: Sequence[memoryview]) -> None:
        """Send what `send_now` left. Raises OSError. When it is cancelled, part of it may be sent."""
        for piece in left:
            await self._loop.sock_sendall(self._socket, piece)

    async def read(self, kind: type[M]) -> M:
        """The next frame. Raises FrameError, also at the end of the stream. It may be cancelled and called again."""
        while not self._whole():
            if self._ended:
                raise FrameError("the stream ended")
            self._resume()
            self._reader = self._loop.create_future()
            await self._reader
        size, received = self._size, self._received
        assert size is not None
        self.read_bytes, self._size = size, None
        if len(received) == size:  # as nearly always: it is read where it is
            self._received = bytearray()
            return decode(kind, received)
        data = bytes(memoryview(received)[:size])
        del received[:size]
        return decode(kind, data)

    def close(self) -> None:
        """Close the socket; legal more than once."""
        self.end()
        self._socket.close()

    def end(self) -> None:
        """Hear nothing more: what has arrived can still be read, behind it is the end."""
        if not self._ended:
            self._ended = True
            self._loop.remove_reader(self._socket)
            self._wake()

    def _whole(self) -> bool:
        """Whether a frame has arrived. Raises FrameError for a length beyond the limit."""
        if self._size is None and len(self._received) >= LENGTH.size:
            self._size = checked(LENGTH.unpack_from(self._received)[0])
            del self._received[: LENGTH.size]
            have = len(self._received)
            if self._size - have > _CHUNK:
                frame = bytearray(self._size)
                frame[:have] = self._received
                self._received, self._missing = frame, memoryview(frame)[have:]
        return self._size is not None and self._missing is None and len(self._received) >= self._size

    def _receive(self) -> None:
        if self._missing is not None:
            self._fill(self._missing)
            return
        expected = LENGTH.size if self._size is None else self._size
        try:
            data = self._socket.recv(min(max(expected - len(self._received), _CHUNK), _BUFFER))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end()
            return
        self._received += data
        if len(self._received) >= expected:
            self._wake()
        if len(self._received) > expected + _BUFFER:  # nobody takes what is there: let the sender wait
            self._loop.remove_reader(self._socket)
            self._paused = True

    def _fill(self, missing: memoryview) -> None:
        try:
            size = self._socket.recv_into(missing)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self.end()
        elif size < len(missing):
            self._missing = missing[size:]
        else:
            self._missing = None
            self._wake()

    def _resume(self) -> None:
        if self._paused:
            self._loop.add_reader(self._socket, self._receive)
            self._paused = False

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


@dataclass(frozen=True, slots=True)
class ExecutorOptions:
    """How an executor is started."""

    lanes: int
    components: int  # loaded components that it keeps
    artifacts: Path  # the folder that it may read, and nothing else
    memory_bytes: int  # that a linear memory has at most

    def arguments(self) -> tuple[str, ...]:
        """As the executor reads them."""
        return str(self.components), str(self.memory_bytes), str(self.artifacts.absolute())


class Executor:
    """A running child process. Made by `start`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.idle: list[Lane] = []
        self.busy: set[Lane] = set()
        self.heavy = False  # whether a call with a large body runs in it
        self.gone = False
        self.place = 0  # in its pool
        self.since = datetime.now(UTC)

    @classmethod
    async def start(cls, options: ExecutorOptions) -> Self:
        """Start a fresh interpreter and wait until it has proven its engine.

        Raises ChildProcessError when it ends or keeps silent instead.
        """
        pairs = [_pair() for _ in range(options.lanes)]
        theirs = [theirs for _, theirs in pairs]
        unused = [ours for ours, _ in pairs]
        executor = None
        try:
            process = await asyncio.create_subprocess_exec(
                *child_command("runner.executor", *options.arguments(), *(str(end.fileno()) for end in theirs)),
                stdin=asyncio.subprocess.PIPE,  # its leash: the executor ends when this closes
                stdout=asyncio.subprocess.PIPE,
                env=child_environment() | _MALLOC,
                pass_fds=[end.fileno() for end in theirs],
            )
            executor = cls(process)
            while unused:
                executor.idle.append(Lane(executor, unused.pop()))
            await executor._hear_ready()
        except BaseException as error:
            if executor is not None:
                await executor.close()
            if isinstance(error, OSError) and not isinstance(error, ChildProcessError):
                raise ChildProcessError(f"an executor cannot be started: {error}") from error
            raise
        finally:
            for end in (*theirs, *unused):
                end.close()
        return executor

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> int:
        """How many of its lanes use a processor now."""
        return sum(not lane.waiting for lane in self.busy)

    def kill(self) -> None:
        """End it at once, with everything that runs in it; legal more than once."""
        self.gone = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> int:
        """Wait for its end; the answer is the exit status, negative for a signal."""
        status = await self._process.wait()
        self.gone = True
        return status

    def let_go(self) -> None:
        """Close its leash, as this process's own end does: it ends by itself then."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def close(self) -> None:
        """Kill it, reap it and close its sockets; legal more than once."""
        self.kill()
        await self._process.wait()
        for lane in (*self.idle, *self.busy):
            lane.close()
        self.let_go()

    async def _hear_ready(self) -> None:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(_START_SECONDS):
                line = await self._process.stdout.readline()
        except TimeoutError as error:
            raise ChildProcessError("an executor does not become ready") from error
        try:
            isolation = Isolation.load(line.removeprefix(READY).decode())
        except ValueError as error:
            raise ChildProcessError("an executor ended before it was ready") from error
        _log.info("an executor is ready", extra={"executor": self.pid, **asdict(isolation)})
