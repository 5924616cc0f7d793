"""Signals as something to wait for: the supervisor does nothing until one comes."""

import os
import select
import signal
from types import TracebackType
from typing import Final, Self

STOPPING: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class StopAsked(Exception):  # noqa: N818 - not an error: somebody wants the platform to stop
    """Ctrl-C, or a polite signal."""


class Signals:
    """Receives SIGINT, SIGTERM, SIGHUP and SIGCHLD while it is entered. For the main thread."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        self._wakeup = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        wanted = {*STOPPING, signal.SIGCHLD}
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup
            wanted.discard(signal.SIGHUP)
        self._before = {number: signal.signal(number, lambda *_: None) for number in wanted}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float | None) -> bool:
        """Sleep until a signal comes or the time is over; whether it was one that asks to stop."""
        if not select.select([self._read], [], [], seconds)[0]:
            return False
        return any(number in STOPPING for number in os.read(self._read, 4096))

    def pause(self, seconds: float | None) -> None:
        """As `wait`. Raises StopAsked when asked to stop."""
        if self.wait(seconds):
            raise StopAsked
