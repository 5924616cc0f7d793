"""The compiled artifacts of a runner: on disk, by content hash, made only here, authenticated before use.

1. an artifact that this process has already authenticated, and that is still the same file, is the answer
2. one whose seal holds becomes such
3. otherwise a child compiles it beside its place; it is sealed and moved there
4. the longest unused ones go when all together are larger than allowed, but none that a call uses
"""

import asyncio
import contextlib
import logging
import os
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Final

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.children import child_command, child_environment
from runner.compile import folder
from runner.compile.seal import Seal, seal_path
from runner.engine.call import PACKED_BODY_BYTES
from runner.engine.config import engine_key
from runner.ops.model import Compiled

MAGIC: Final = b"\0asm\x0d\0\x01\0"  # of a component; without it the compiler would also take WAT text
_TOUCH_SECONDS: Final = 60.0  # how exact "longest unused" is
_REFUSE_SECONDS: Final = 60.0  # a component that does not compile is not tried again sooner
_MAX_REFUSED: Final = 1_000
# Address space is what is limited, and each of the compiler's threads takes some: not one thread for each of many cores.
_FEW_THREADS: Final = {"RAYON_NUM_THREADS": "4", "MALLOC_ARENA_MAX": "2"}
_log = logging.getLogger(__name__)


class Artifacts:
    """Compiled artifacts below `directory`, which is this runner's alone, at most `max_bytes` together.

    Methods belong to one event loop.
    """

    def __init__(
        self, directory: Path, *, max_bytes: int, compile_seconds: int = 120, compile_memory_bytes: int = 2 * 1024**3
    ) -> None:
        self._directory = self.folder(directory)
        self._max_bytes = max_bytes
        self._compile_seconds = compile_seconds
        self._compile_memory = compile_memory_bytes
        self._engine = engine_key()
        self._opening = asyncio.Lock()
        self._one_compiler = asyncio.Lock()
        self._flights: dict[str, asyncio.Task[bool]] = {}
        self._known: dict[str, tuple[Path, folder.Identity]] = {}
        self._users: Counter[str] = Counter()
        self._touched: dict[str, float] = {}
        self._refused: dict[str, tuple[float, str]] = {}
        self._seal: Seal | None = None

    @staticmethod
    def folder(directory: Path) -> Path:
        """Where the artifacts are, and nothing secret; it exists once `open` has ended."""
        return directory / "code"

    async def open(self) -> Seal:
        """Drop what a killed process left, and answer the directory's seal; legal more than once. Raises OSError."""
        async with self._opening:
            if self._seal is None:
                self._seal = await asyncio.to_thread(folder.prepare, self._directory)
            return self._seal

    def use(self, content_hash: Digest, wasm: Path) -> "_Used":
        """The artifact of a component, which stays in its place until the block ends. Raises as `get` does."""
        return _Used(self, content_hash, wasm)

    def hold(self, content_hash: Digest) -> None:
        """Let it stay in its place until `let_go`."""
        self._users[self._name(content_hash)] += 1

    def let_go(self, content_hash: Digest) -> None:
        """The end of one `hold`."""
        name = self._name(content_hash)
        self._users[name] -= 1
        if not self._users[name]:
            del self._users[name]

    async def get(self, content_hash: Digest, wasm: Path) -> tuple[Path, bool]:
        """The artifact of a component, and whether it had to be compiled now; it may leave again at any time.

        `wasm` holds the component of the bundle with this hash, verified by the caller. Callers at the same time share the
        work. Raises GUEST_NOT_RUNNABLE when the component does not compile within the limits, UNAVAILABLE when the disk or
        the child fails.
        """
        name = self._name(content_hash)
        # 1. already authenticated
        if (known := self._known.get(name)) is not None and known[1] == folder.identity(known[0]):
            self._touch(name, known[0])
            return known[0], False
        artifact = self._artifact(name)
        if (refused := self._refused.get(name)) is not None and refused[0] > time.monotonic():
            raise Fault(Reason.GUEST_NOT_RUNNABLE, log=refused[1])
        flight = self._flights.get(name)
        if flight is None:
            flight = asyncio.create_task(self._provide(name, artifact, wasm))
            self._flights[name] = flight
            flight.add_done_callback(lambda done: self._land(name, done))
        return artifact, await asyncio.shield(flight)

    async def latest(self, count: int) -> list[Digest]:
        """The bundles whose artifacts are here, made by this engine, used last first, at most `count`. Raises OSError."""
        stored = await asyncio.to_thread(folder.longest_unused_first, self._directory)
        names = [one.artifact.stem.partition("-") for one in reversed(stored)]
        return [Digest(hexadecimal) for hexadecimal, _, engine in names if engine == self._engine][:count]

    @property
    def max_bytes(self) -> int:
        """How much they may be together; what is in use may exceed it."""
        return self._max_bytes

    async def compiled(self) -> list[Compiled]:
        """What is on the disk now. Raises OSError."""
        stored = await asyncio.to_thread(folder.longest_unused_first, self._directory)
        names = [(one.artifact.stem.partition("-"), one.size) for one in stored]
        return [Compiled(Digest(hexadecimal), size, engine == self._engine) for (hexadecimal, _, engine), size in names]

    def path_of(self, content_hash: Digest) -> str:
        """Where the artifact of a component is, if it is there; executors and the quarantine know it by this."""
        return str(self._artifact(self._name(content_hash)))

    async def close(self) -> None:
        """Stop compiling; legal more than once."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _name(self, content_hash: Digest) -> str:
        return f"{content_hash.hex}-{self._engine}"

    def _artifact(self, name: str) -> Path:
        return self._directory / f"{name}.cwasm"

    def _land(self, name: str, flight: asyncio.Task[bool]) -> None:
        self._flights.pop(name, None)
        if not flight.cancelled():
            flight.exception()  # taken here, in case nobody waits for it any more

    async def _provide(self, name: str, artifact: Path, wasm: Path) -> bool:
        try:
            seal = await self.open()
            # 2. one whose seal holds
            compiled = not await asyncio.to_thread(seal.holds, artifact, name)
            if compiled:
                async with self._one_compiler:
                    await self._compile(seal, name, artifact, wasm)
            identity = folder.identity(artifact)
        except OSError as error:
            raise Fault(Reason.UNAVAILABLE, log=f"artifact cache: {error}") from error
        if identity is None:
            raise Fault(Reason.UNAVAILABLE, log="the artifact is gone")
        self._known[name] = artifact, identity
        self._touch(name, artifact)
        # 4. the longest unused ones go
        if compiled:
            await self._evict(artifact)
        return compiled

    async def _evict(self, keep: Path) -> None:
        stored = await asyncio.to_thread(folder.longest_unused_first, self._directory)
        total = sum(one.size for one in stored)
        gone: list[Path] = []
        for one in stored:
            if total <= self._max_bytes:
                break
            if one.artifact != keep and one.artifact.stem not in self._users:
                # Not in a thread: nobody can begin to use it between the question and this.
                with contextlib.suppress(OSError):
                    gone.append(folder.retire(one.artifact))
                    self._known.pop(one.artifact.stem, None)
                    self._touched.pop(one.artifact.stem, None)
                total -= one.size
        for path in gone:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _compile(self, seal: Seal, name: str, artifact: Path, wasm: Path) -> None:
        # 3. compile beside its place, seal, move
        with wasm.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise self._refuse(name, "not a component")
        fresh = folder.incoming(artifact)
        try:
            began = time.monotonic()
            await self._run_child(name, wasm, fresh)
            await asyncio.to_thread(seal.sign, fresh, name)
            seal_path(fresh).replace(seal_path(artifact))
            fresh.replace(artifact)
            _log.info("compiled a component", extra={"artifact": name, "seconds": round(time.monotonic() - began, 3)})
        finally:
            fresh.unlink(missing_ok=True)
            seal_path(fresh).unlink(missing_ok=True)

    async def _run_child(self, name: str, wasm: Path, target: Path) -> None:
        limits = (str(self._compile_memory), str(self._compile_seconds))
        child = await asyncio.create_subprocess_exec(
            *child_command("runner.compile", str(wasm), str(target), *limits),
            stdin=asyncio.subprocess.PIPE,  # its leash: the child ends when this closes
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=child_environment() | _FEW_THREADS,
        )
        assert child.stderr is not None
        try:
            async with asyncio.timeout(self._compile_seconds):
                said = await child.stderr.read()  # not `communicate`: it would let go of the leash
                await child.wait()
        except TimeoutError:
            raise self._refuse(name, f"compiling took longer than {self._compile_seconds} s") from None
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
            if child.stdin is not None:
                child.stdin.close()
        text = said[-4096:].decode("utf-8", "replace")
        if child.returncode != 0:
            raise self._refuse(name, f"compiling ended with {child.returncode}: {text}")
        if text:
            _log.warning("a component has no byte lane", extra={"artifact": name, "why": text, "max_body_bytes": PACKED_BODY_BYTES})

    def _refuse(self, name: str, why: str) -> Fault:
        if len(self._refused) >= _MAX_REFUSED:
            self._refused.clear()
        self._refused[name] = (time.monotonic() + _REFUSE_SECONDS, why)
        return Fault(Reason.GUEST_NOT_RUNNABLE, log=why)

    def _touch(self, name: str, artifact: Path) -> None:
        now = time.monotonic()
        if now - self._touched.get(name, -_TOUCH_SECONDS) >= _TOUCH_SECONDS:
            self._touched[name] = now
            with contextlib.suppress(OSError):
                os.utime(seal_path(artifact))


class _Used:
    """For each call, so a class and not a generator, which costs several times as much."""

    __slots__ = ("_artifacts", "_content_hash", "_wasm")

    def __init__(self, artifacts: Artifacts, content_hash: Digest, wasm: Path) -> None:
        self._artifacts, self._content_hash, self._wasm = artifacts, content_hash, wasm

    async def __aenter__(self) -> Path:
        self._artifacts.hold(self._content_hash)
        try:
            return (await self._artifacts.get(self._content_hash, self._wasm))[0]
        except BaseException:
            self._artifacts.let_go(self._content_hash)
            raise

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._artifacts.let_go(self._content_hash)
