"""Compiled artifacts: made once, authenticated, replaced when anything about them is not ours."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.children import child_command, child_environment
from runner.compile.__main__ import ABANDONED
from runner.compile.artifacts import Artifacts
from runner.compile.seal import seal_path
from runner.engine.call import PACKED_BODY_BYTES
from runner.engine.invoke import Runtime
from runner.engine.lane.text import EXPORT
from runner.host import host_functions
from tests.guests import component

HELLO = Digest.of(b"hello")


@pytest.fixture
def wasm(tmp_path: Path) -> Path:
    path = tmp_path / "main.wasm"
    path.write_bytes(component("hello"))
    return path


def _artifacts(tmp_path: Path, **options: int) -> Artifacts:
    return Artifacts(tmp_path / "cache", **{"max_bytes": 1 << 30, **options})


async def test_a_component_is_compiled_once(tmp_path: Path, wasm: Path) -> None:
    artifacts = _artifacts(tmp_path)
    answers = await asyncio.gather(*[artifacts.get(HELLO, wasm) for _ in range(8)])
    assert len({path for path, _ in answers}) == 1
    path = answers[0][0]
    before = path.stat()
    assert await artifacts.get(HELLO, wasm) == (path, False)
    # Another process finds it too, and needs no compiler for it.
    os.unlink(wasm)
    assert await _artifacts(tmp_path).get(HELLO, wasm) == (path, False)
    assert path.stat().st_ino == before.st_ino
    Runtime(host_functions()).load(path)


async def test_the_directory_is_private(tmp_path: Path, wasm: Path) -> None:
    await _artifacts(tmp_path).get(HELLO, wasm)
    cache = tmp_path / "cache"
    assert (cache.stat().st_mode & 0o777, Artifacts.folder(cache).stat().st_mode & 0o777) == (0o700, 0o700)
    assert (cache / "key").stat().st_mode & 0o777 == 0o600
    assert not list(cache.rglob("*.tmp"))


async def test_the_key_is_not_in_the_folder_that_executors_read(tmp_path: Path, wasm: Path) -> None:
    artifact, _ = await _artifacts(tmp_path).get(HELLO, wasm)
    folder = Artifacts.folder(tmp_path / "cache")
    assert {path.name for path in folder.iterdir()} == {artifact.name, seal_path(artifact).name}


def _file(directory: Path, content: bytes) -> Path:
    path = directory / "given.wasm"
    path.write_bytes(content)
    return path


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _flip_seal(path: Path) -> None:
    _flip(seal_path(path))


def _remove_seal(path: Path) -> None:
    seal_path(path).unlink()


def _truncate(path: Path) -> None:
    os.truncate(path, 100)


def _new_key(path: Path) -> None:
    (path.parent.parent / "key").write_bytes(bytes(32))


def _no_key(path: Path) -> None:
    (path.parent.parent / "key").unlink()


@pytest.mark.parametrize("damage", [_flip, _flip_seal, _remove_seal, _truncate, _new_key, _no_key])
async def test_what_this_runner_did_not_make_is_compiled_again(tmp_path: Path, wasm: Path, damage: object) -> None:
    path, _ = await _artifacts(tmp_path).get(HELLO, wasm)
    good = path.read_bytes()
    damage(path)  # type: ignore[operator]
    again = _artifacts(tmp_path)
    assert await again.get(HELLO, wasm) == (path, True)
    assert len(path.read_bytes()) == len(good)
    assert await again.get(HELLO, wasm) == (path, False)


async def test_a_file_that_changes_under_a_running_process_is_noticed(tmp_path: Path, wasm: Path) -> None:
    artifacts = _artifacts(tmp_path)
    path, _ = await artifacts.get(HELLO, wasm)
    _flip(path)
    assert await artifacts.get(HELLO, wasm) == (path, True)


async def test_an_artifact_of_another_component_is_not_taken_under_its_name(tmp_path: Path, wasm: Path) -> None:
    other_wasm = tmp_path / "other.wasm"
    other_wasm.write_bytes(component("echo"))
    artifacts = _artifacts(tmp_path)
    mine, _ = await artifacts.get(HELLO, wasm)
    other, _ = await artifacts.get(Digest.of(b"other"), other_wasm)
    mine.write_bytes(other.read_bytes())
    seal_path(mine).write_bytes(seal_path(other).read_bytes())
    assert await _artifacts(tmp_path).get(HELLO, wasm) == (mine, True)


@pytest.mark.parametrize(
    "content",
    [b"", b"(component)", b"\0asm\x01\0\0\0", component("hello")[:100], component("hello") + b"junk", b"\0asm\x0d\0\x01\0"],
)
async def test_what_does_not_compile_is_not_runnable(tmp_path: Path, content: bytes) -> None:
    wasm = _file(tmp_path, content)
    artifacts = _artifacts(tmp_path)
    for _ in range(2):
        with pytest.raises(Fault) as failed:
            await artifacts.get(HELLO, wasm)
        assert failed.value.reason is Reason.GUEST_NOT_RUNNABLE
    assert not list((tmp_path / "cache").glob("*.cwasm"))
    assert not list((tmp_path / "cache").rglob("*.tmp"))


async def test_a_component_that_cannot_be_wrapped_is_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wasm = _file(tmp_path, component("hostile/exit"))  # its handler has another type
    _, compiled = await _artifacts(tmp_path).get(HELLO, wasm)
    assert compiled
    assert [(record.message, record.__dict__["max_body_bytes"]) for record in caplog.records if "byte lane" in record.message] == [
        ("a component has no byte lane", PACKED_BODY_BYTES)
    ]


async def test_nobody_passes_for_a_wrapped_component(tmp_path: Path) -> None:
    """It has the wrapper's export, and an import where a component cannot be wrapped."""
    text = f"""(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
      (type (func)) (import "late" (func (type 0)))
      (func $f (canon lift (core func $i "f"))) (export "handler" (func $f)) (export "{EXPORT}" (func $f)))"""
    with pytest.raises(Fault) as failed:
        await _artifacts(tmp_path).get(HELLO, _file(tmp_path, bytes(wat2wasm(text))))
    assert failed.value.reason is Reason.GUEST_NOT_RUNNABLE
    assert EXPORT in failed.value.log


@pytest.mark.parametrize("limit", [{"compile_memory_bytes": 32 << 20}, {"compile_seconds": 0}])
async def test_a_compiler_without_means_is_not_runnable(tmp_path: Path, wasm: Path, limit: dict[str, int]) -> None:
    with pytest.raises(Fault) as failed:
        await _artifacts(tmp_path, **limit).get(HELLO, wasm)
    assert failed.value.reason is Reason.GUEST_NOT_RUNNABLE


async def test_a_missing_component_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Fault) as failed:
        await _artifacts(tmp_path).get(HELLO, tmp_path / "missing")
    assert failed.value.reason is Reason.UNAVAILABLE


async def test_the_longest_unused_go_first(tmp_path: Path, wasm: Path) -> None:
    artifacts = _artifacts(tmp_path)
    first, _ = await artifacts.get(Digest.of(b"1"), wasm)
    second, _ = await artifacts.get(Digest.of(b"2"), wasm)
    os.utime(seal_path(first), (2, 2))
    os.utime(seal_path(second), (1, 1))
    size = first.stat().st_size
    small = _artifacts(tmp_path, max_bytes=2 * size)
    third, _ = await small.get(Digest.of(b"3"), wasm)
    assert (first.exists(), second.exists(), third.exists()) == (True, False, True)
    assert not seal_path(second).exists()
    assert await small.get(Digest.of(b"2"), wasm) == (second, True)


async def test_the_latest_are_those_of_this_engine_used_last_first(tmp_path: Path, wasm: Path) -> None:
    artifacts = _artifacts(tmp_path)
    hashes = [Digest.of(text) for text in (b"1", b"2", b"3")]
    for age, content_hash in enumerate(hashes):
        artifact, _ = await artifacts.get(content_hash, wasm)
        os.utime(seal_path(artifact), (10 - age, 10 - age))
    for suffix in (".cwasm", ".mac"):
        source = artifact.with_suffix(suffix)
        source.with_name(f"{Digest.of(b'4').hex}-{'0' * 16}{suffix}").write_bytes(source.read_bytes())
    assert await _artifacts(tmp_path).latest(10) == hashes
    assert await _artifacts(tmp_path).latest(2) == hashes[:2]
    assert await _artifacts(tmp_path / "none").latest(2) == []


async def test_one_that_is_larger_than_all_may_be_is_kept_while_it_is_the_newest(tmp_path: Path, wasm: Path) -> None:
    path, compiled = await _artifacts(tmp_path, max_bytes=1).get(HELLO, wasm)
    assert compiled
    assert path.exists()


async def test_an_artifact_in_use_stays_until_its_call_has_ended(tmp_path: Path, wasm: Path) -> None:
    first, second, third = (Digest.of(name) for name in (b"1", b"2", b"3"))
    artifacts = _artifacts(tmp_path, max_bytes=1)
    async with artifacts.use(first, wasm) as outer:
        async with artifacts.use(first, wasm) as used:
            # Between the look-up and the executor's load, others are compiled and want its room.
            await artifacts.get(second, wasm)
        await artifacts.get(third, wasm)
        assert outer == used
        Runtime(host_functions()).load(used)
    await artifacts.get(second, wasm)
    assert not used.exists()
    assert not seal_path(used).exists()
    assert await artifacts.get(first, wasm) == (used, True)
    assert not list((tmp_path / "cache").rglob("*.tmp"))


async def test_a_use_that_fails_or_is_given_up_holds_nothing(tmp_path: Path, wasm: Path) -> None:
    artifacts = _artifacts(tmp_path, max_bytes=1)
    with pytest.raises(Fault):
        async with artifacts.use(HELLO, tmp_path / "missing"):
            pass

    async def use() -> None:
        async with artifacts.use(HELLO, wasm):
            pass

    given_up = asyncio.create_task(use())
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    path, _ = await artifacts.get(HELLO, wasm)
    await artifacts.get(Digest.of(b"other"), wasm)
    assert not path.exists()


async def test_what_a_killed_process_left_goes_at_the_start(tmp_path: Path, wasm: Path) -> None:
    whole, _ = await _artifacts(tmp_path).get(HELLO, wasm)
    cache = whole.parent
    left = [
        cache / f"{whole.stem}.0011.tmp",
        cache / f"{whole.stem}.0011.mac",
        cache / "a.mac",
        cache / "b.cwasm",
        cache.parent / "key.1.tmp",
    ]
    for path in left:
        path.write_bytes(b"half")
    again = _artifacts(tmp_path)
    await again.open()
    assert sorted(path.name for path in cache.iterdir()) == sorted([whole.name, seal_path(whole).name])
    assert sorted(path.name for path in cache.parent.iterdir()) == ["code", "key"]
    assert await again.get(HELLO, wasm) == (whole, False)


async def test_first_calls_at_the_same_time_share_one_key(tmp_path: Path, wasm: Path) -> None:
    artifacts = _artifacts(tmp_path)
    await asyncio.gather(*[artifacts.get(Digest.of(bytes([number])), wasm) for number in range(8)])
    again = _artifacts(tmp_path)
    assert {(await again.get(Digest.of(bytes([number])), wasm))[1] for number in range(8)} == {False}


def test_the_compiler_does_not_outlive_its_runner(tmp_path: Path, wasm: Path) -> None:
    target = tmp_path / "artifact.tmp"
    command = child_command("runner.compile", str(wasm), str(target), str(2 << 30), "60")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, env=child_environment(), capture_output=True, check=False)
    assert done.returncode == ABANDONED, done.stderr
    assert not target.exists()


async def test_a_caller_that_goes_away_stops_nothing(tmp_path: Path, wasm: Path) -> None:
    artifacts = _artifacts(tmp_path)
    impatient = asyncio.create_task(artifacts.get(HELLO, wasm))
    patient = asyncio.create_task(artifacts.get(HELLO, wasm))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient)[1]
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_closing_ends_the_compiler(tmp_path: Path, wasm: Path) -> None:
    artifacts = _artifacts(tmp_path)
    waiting = asyncio.create_task(artifacts.get(HELLO, wasm))
    await asyncio.sleep(0)
    await artifacts.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await artifacts.close()
    assert not list((tmp_path / "cache").rglob("*.tmp"))
