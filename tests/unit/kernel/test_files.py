"""The files of a process: what is read is checked and named, what is left is whole."""

import json
from pathlib import Path

import pytest

from kernel import files
from kernel.errors import Fault
from kernel.signing import SigningKey


@pytest.mark.parametrize("data", [b"", b"\n", b"short", b"a b" * 10, b"a\nb" * 10, b"\xff" * 40, b"x" * 5_000])
def test_what_is_no_token_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(data)
    for given in (path, tmp_path / "missing"):
        with pytest.raises(Fault) as caught:
            files.token(given, "a_token_file")
        assert caught.value.violations[0].field == "a_token_file"
        assert str(tmp_path) not in caught.value.public


def test_a_token_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0123456789abcdef0123456789abcdef\n")
    assert files.token(tmp_path / "token", "t") == "0123456789abcdef" * 2


def test_keys_come_from_a_file_or_from_the_setting_itself(tmp_path: Path) -> None:
    key = SigningKey.generate()
    (tmp_path / "key.pem").write_bytes(key.pem)
    (tmp_path / "pub.pem").write_bytes(key.public.pem)
    assert files.signing_key(tmp_path / "key.pem", "k").public == key.public
    for given in (tmp_path / "pub.pem", str(tmp_path / "pub.pem"), key.public.pem.decode()):
        assert set(files.trust_bundle(files.pem(given, "trust_bundle"), "trust_bundle").keys) == {key.public.key_id}
        assert set(files.trusted_keys(files.pem(given, "keys_file"), "keys_file")) == {key.public.key_id}
    (tmp_path / "empty").touch()
    for bad in (tmp_path / "empty", tmp_path / "key.pem", tmp_path / "missing"):
        with pytest.raises(Fault, match="keys_file"):
            files.trusted_keys(files.pem(bad, "keys_file"), "keys_file")
    for bad in (tmp_path / "empty", tmp_path / "key.pem", tmp_path / "missing", "-----BEGIN nothing"):
        with pytest.raises(Fault, match="trust_bundle"):
            files.trust_bundle(files.pem(bad, "trust_bundle"), "trust_bundle")


def test_a_directory_has_one_holder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with files.locked(folder, "data_dir"):
        assert folder.stat().st_mode & 0o777 == 0o700
        with pytest.raises(Fault, match="data_dir"), files.locked(folder, "data_dir"):
            pass
    with files.locked(folder, "data_dir"):
        pass


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Fault, match="cache_dir"), files.locked(tmp_path / "file" / "below", "cache_dir"):
        pass


def test_the_ready_file_is_whole_and_goes_again(tmp_path: Path) -> None:
    path = tmp_path / "ready"
    with files.ready_file(path, ["unix:/s"]):
        assert json.loads(path.read_text()) == {"addresses": ["unix:/s"]}
        assert [item.name for item in tmp_path.iterdir()] == ["ready"]
    assert list(tmp_path.iterdir()) == []
    with files.ready_file(None, []):
        pass
