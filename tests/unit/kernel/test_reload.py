"""Files of trusted keys that change while a process runs."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel import files, reload
from kernel.errors import Fault
from kernel.process import background
from kernel.reload import Live
from kernel.signing import SigningKey, TrustedKeys
from tests.files import replace_file

FIRST, SECOND = SigningKey.generate().public, SigningKey.generate().public


def live(path: Path | str, seconds: float = 60) -> Live[TrustedKeys]:
    return Live(path, "keys_file", files.trusted_keys, seconds=seconds)


async def settled(value: Live[TrustedKeys]) -> set[str]:
    """What it says after it looked, and looked again."""
    if await value.poll():
        assert not await value.poll()
    return set(value.get())


def overwrite(path: Path, text: bytes) -> None:
    path.write_bytes(text)


def remove(path: Path) -> None:
    path.unlink()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.pem"
    path.write_bytes(FIRST.pem)
    return path


@pytest.mark.parametrize("change", [replace_file, overwrite])
async def test_a_changed_file_is_taken(keys: Path, change: Callable[[Path, bytes], None]) -> None:
    value = live(keys)
    before = value.get()
    assert await settled(value) == {FIRST.key_id}
    assert value.get() is before  # those who keep something by it see no change
    change(keys, SECOND.pem)
    assert await settled(value) == {SECOND.key_id}
    assert value.get() is not before


async def test_a_change_of_the_same_time_and_size_is_seen(keys: Path) -> None:
    value, before = live(keys), os.stat(keys)
    overwrite(keys, SECOND.pem)
    os.utime(keys, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = os.stat(keys)
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)
    assert await settled(value) == {SECOND.key_id}


async def test_a_link_that_is_turned_is_followed(tmp_path: Path) -> None:
    # As Kubernetes mounts secrets: keys.pem -> ..data/keys.pem, ..data -> a folder per state.
    for name, key in (("..1", FIRST), ("..2", SECOND)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "keys.pem").write_bytes(key.pem)
    data = tmp_path / "..data"
    data.symlink_to("..1")
    (tmp_path / "keys.pem").symlink_to("..data/keys.pem")
    value = live(tmp_path / "keys.pem")
    (tmp_path / "..data_tmp").symlink_to("..2")
    (tmp_path / "..data_tmp").rename(data)
    assert await settled(value) == {SECOND.key_id}


async def test_a_file_that_is_being_written_is_not_believed_yet(keys: Path) -> None:
    value = live(keys)
    whole = FIRST.pem + SECOND.pem
    overwrite(keys, SECOND.pem)  # cut at the end of a block: it looks whole
    assert await value.poll()
    overwrite(keys, whole)
    assert await value.poll()
    assert set(value.get()) == {FIRST.key_id}
    assert not await value.poll()
    assert set(value.get()) == {FIRST.key_id, SECOND.key_id}


def told(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.levelno == logging.ERROR for record in caplog.records)


BAD = [b"", b"no PEM", FIRST.pem[:-9], SigningKey.generate().pem, b" " * ((1 << 20) + 1)]


@pytest.mark.parametrize("text", BAD, ids=["empty", "no PEM", "cut", "private key", "too large"])
async def test_what_is_no_good_keeps_the_old_and_is_told_once(keys: Path, text: bytes, caplog: pytest.LogCaptureFixture) -> None:
    value = live(keys)
    overwrite(keys, text)
    for _ in range(3):
        assert await settled(value) == {FIRST.key_id}
    assert told(caplog) == 1
    assert str(keys) not in caplog.text
    overwrite(keys, b"bad again")
    assert await settled(value) == {FIRST.key_id}
    assert told(caplog) == 2
    overwrite(keys, SECOND.pem)
    assert await settled(value) == {SECOND.key_id}
    assert told(caplog) == 2


async def test_a_file_that_is_gone_keeps_the_old_and_may_come_back(keys: Path, caplog: pytest.LogCaptureFixture) -> None:
    value = live(keys)
    remove(keys)
    for _ in range(3):
        assert await settled(value) == {FIRST.key_id}
    assert told(caplog) == 1
    overwrite(keys, FIRST.pem)
    assert await settled(value) == {FIRST.key_id}
    remove(keys)
    assert await settled(value) == {FIRST.key_id}
    assert told(caplog) == 2
    overwrite(keys, SECOND.pem)
    assert await settled(value) == {SECOND.key_id}


async def test_following_takes_changes_by_itself(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload, "SETTLE_SECONDS", 0)
    value = live(keys, seconds=0.001)
    async with background("reload", value.follow), asyncio.timeout(10):
        overwrite(keys, SECOND.pem)
        while SECOND.key_id not in value.get():  # noqa: ASYNC110 - it is a value, not an event
            await asyncio.sleep(0)


async def test_text_itself_never_changes() -> None:
    value = live(FIRST.pem.decode())
    await value.follow()
    assert set(value.get()) == {FIRST.key_id}


def test_a_start_with_a_bad_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for bad in (tmp_path / "missing", tmp_path / "empty", "-----BEGIN nothing"):
        with pytest.raises(Fault, match="keys_file"):
            live(bad)


def test_the_stated_bound_holds() -> None:
    assert reload.MAX_RELOAD_SECONDS + reload.SETTLE_SECONDS < 5
