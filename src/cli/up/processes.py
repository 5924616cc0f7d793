"""The processes of a local platform: started, waited for, watched, stopped in order."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cli.problem import Problem
from cli.up.signals import Signals

READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0  # the services give running calls 10 s
TAIL_LINES: Final = 15
_TAIL_BYTES: Final = 16 << 10
POLL: Final = 0.03


class Service:
    """One process, in a process group of its own: Ctrl-C reaches the supervisor alone, which stops the services in order."""

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        log: Path,
        ready_file: Path,
        module: str = "",
        descriptors: Sequence[int] = (),
    ) -> None:
        self.name, self.log = name, log
        self._ready_file = ready_file
        ready_file.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            log.replace(log.with_name(log.name + ".1"))
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "cli.up.child", str(os.getpid()), module or name],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                cwd=log.parent,
                process_group=0,
                pass_fds=descriptors,
            )
        finally:
            os.close(descriptor)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def must_live(self) -> None:
        """Raises Problem with the end of its log when the process has ended."""
        if (code := self._process.poll()) is not None:
            why = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise Problem(f"the {self.name} {why}; the end of its log:\n{tail(self.log)}", f"the whole log is {self.log}")

    def addresses(self) -> tuple[str, ...] | None:
        """Where it serves; None as long as it does not."""
        try:
            return tuple(str(address) for address in json.loads(self._ready_file.read_bytes())["addresses"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def stop(self, signals: Signals) -> None:
        """Drain and end it; a second request to stop, or 15 s, end it at once."""
        if self._process.poll() is None:
            self._process.terminate()
        end = time.monotonic() + STOP_SECONDS
        hurry = False
        while self._process.poll() is None and not hurry and (left := end - time.monotonic()) > 0:
            hurry = signals.wait(min(left, 1))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # also what it may have left behind
        self._process.wait()


def wait_ready(
    waiting: Sequence[Service], watched: Sequence[Service], signals: Signals, tell: Callable[[str], None]
) -> dict[str, tuple[str, ...]]:
    """Where the waiting services serve, once all do. Raises Problem when one of the watched ends or 60 s pass, StopAsked."""
    end, found = time.monotonic() + READY_SECONDS, {}
    while True:
        for service in watched:
            service.must_live()
        for service in waiting:
            if service.name not in found and (addresses := service.addresses()) is not None:
                found[service.name] = addresses
                tell(f"{service.name} serves on {', '.join(address for address in addresses if not address.startswith('unix:'))}")
        if len(found) == len(waiting):
            return found
        if time.monotonic() > end:
            late = next(service for service in waiting if service.name not in found)
            raise Problem(
                f"the {late.name} was not ready after {READY_SECONDS:.0f} s; the end of its log:\n{tail(late.log)}",
                f"the whole log is {late.log}",
            )
        signals.pause(POLL)


def run_helper(arguments: Sequence[str], watched: Sequence[Service], signals: Signals) -> bytes:
    """Run a program of ours to its end and answer its standard output; its standard error is shown.

    Raises Problem with what it printed there last when it fails, Problem when a watched service ends meanwhile, StopAsked.
    """
    command = [sys.executable, "-P", "-m", *arguments]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        output = b""
        try:
            while True:
                output += process.stdout.read() or b""
                if process.poll() is not None:
                    output += process.stdout.read() or b""
                    break
                for service in watched:
                    service.must_live()
                signals.pause(POLL)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            raise
    if process.returncode != 0:
        raise _told(output)
    return output


def tail(log: Path) -> str:
    """The last lines of a log, indented."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()[-TAIL_LINES:]
    except OSError:
        lines = []
    return "\n".join(f"  {line[:500]}" for line in lines) or "  (empty)"


def _told(output: bytes) -> Problem:
    """What a helper of ours printed about its failure: the JSON of a Problem."""
    try:
        error = json.loads(output)["error"]
        return Problem(str(error["message"]), str(error["next"]), reason=str(error["reason"]))
    except (ValueError, KeyError, TypeError):
        return Problem("a part of the start failed; its own words are above", "correct what they name and start again")
