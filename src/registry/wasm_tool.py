"""The program that looks into components, run so that a hostile file costs bounded time, memory and output."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kernel.errors import Fault, Reason, Violation

MIB: Final = 1024 * 1024
# Sets the limits in the new process and becomes the tool: no code of ours runs between fork and exec in a threaded parent.
_EXEC = """\
import os, resource, sys
limits = {"AS": int(sys.argv[1]), "CPU": int(sys.argv[2]), "FSIZE": 0, "CORE": 0, "NOFILE": 32}
for name, value in limits.items():
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))
os.execve(sys.argv[3], sys.argv[3:], {})
"""


@dataclass(frozen=True, slots=True)
class ToolLimits:
    """What one run may use. An 18 MB component takes 0.1 s, 60 MB of memory and 130 kB of output."""

    memory_bytes: int = 1024 * MIB  # address space: deep or wide type sections
    cpu_seconds: int = 15
    wall_seconds: float = 20.0
    output_bytes: int = 8 * MIB
    error_bytes: int = 64 * 1024  # of its error text; the rest is dropped


def refuse(rule: str, text: str, log: str = "") -> Fault:
    """The fault for a file that is no component of ours: its stable name in `facts`; `log` stays inside."""
    return Fault(Reason.COMPONENT_INVALID, log=log, violations=(Violation("component", text),), facts={"rule": rule})


class WasmTool:
    """Runs `wasm-tools`, at most `parallel` at a time."""

    def __init__(self, program: Path, limits: ToolLimits = ToolLimits(), parallel: int = 2) -> None:
        self._program, self._limits = program, limits
        self._slots = asyncio.Semaphore(parallel)

    async def run(self, *arguments: str, rule: str, text: str) -> bytes:
        """What the tool printed.

        Raises COMPONENT_INVALID: `rule` with `text` when the tool refuses, `tool-time`, `tool-output` or `tool-crash` when it meets
        its limits or dies. What it said is in the fault's log.
        """
        async with self._slots:
            try:
                async with asyncio.timeout(self._limits.wall_seconds):
                    code, out, err = await self._run(arguments)
            except TimeoutError:
                raise refuse("tool-time", f"must be checkable in {self._limits.wall_seconds:g} seconds") from None
        if out is None:
            raise refuse("tool-output", f"the description must have at most {self._limits.output_bytes // MIB} MiB")
        if code == 0:
            return out
        said = err.decode("utf-8", "replace")
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            raise refuse("tool-time", f"must be checkable in {self._limits.cpu_seconds} seconds", said)
        if code < 0 or "memory allocation of" in said:  # signals; Rust aborts when memory is out
            raise refuse("tool-crash", "cannot be checked within the limits", f"exit {code}: {said}")
        raise refuse(rule, text, said)

    async def _run(self, arguments: Sequence[str]) -> tuple[int, bytes | None, bytes]:
        """Exit code, output (None: too much of it), error text."""
        limits = (str(self._limits.memory_bytes), str(self._limits.cpu_seconds))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", _EXEC, *limits, str(self._program), *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            errors = asyncio.create_task(_head_of_all(process.stderr, self._limits.error_bytes))
            out = await _head(process.stdout, self._limits.output_bytes + 1)
            if len(out) > self._limits.output_bytes:
                return 0, None, b""
            return await process.wait(), out, await errors
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await _rest(process.stdout)  # wait() may need the pipes at their end
            await asyncio.wait([errors])
            await process.wait()


async def _rest(stream: asyncio.StreamReader) -> None:
    while await stream.read(64 * 1024):
        pass


async def _head(stream: asyncio.StreamReader, most: int) -> bytes:
    """At most the first bytes of a stream."""
    data = bytearray()
    while len(data) < most and (part := await stream.read(min(most - len(data), 64 * 1024))):
        data += part
    return bytes(data)


async def _head_of_all(stream: asyncio.StreamReader, most: int) -> bytes:
    """At most the first bytes of a stream that is read to its end, so that its writer never waits."""
    data = await _head(stream, most)
    await _rest(stream)
    return data
