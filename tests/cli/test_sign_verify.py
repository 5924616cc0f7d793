"""Signing a bundle, and that verification names the step at which each kind of tampering shows."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.author.signature import STEPS, sign
from kernel.archive import load, pack
from kernel.signing import SigningKey

from .conftest import Run, write_extension

TRUST = ("--trust-bundle", "k.pem.pub")


@pytest.fixture
def signed(run: Run, extension: Path) -> Path:
    assert run("keygen", "k.pem").code == 0
    assert run("pack", extension).code == 0
    assert run("sign", extension, "--key", "k.pem").code == 0
    return extension / "dist" / "bundle.tar.zst"


def test_round_trip_by_folder_and_by_file(run: Run, signed: Path) -> None:
    for what in (signed, signed.parent.parent):
        ran = run("verify", what, *TRUST, "--json")
        assert ran.code == 0
        assert ran.json["verified"] is True
        assert [step["name"] for step in ran.json["steps"]] == list(STEPS)
        assert all(step["ok"] for step in ran.json["steps"])


def test_the_trust_bundle_may_be_the_text_itself(run: Run, signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_TRUST_BUNDLE", (tmp_path / "k.pem.pub").read_text())
    assert run("verify", signed).code == 0


def test_p256_round_trip(run: Run, signed: Path) -> None:
    run("keygen", "p.pem", "--p256")
    assert run("sign", signed, "--key", "p.pem").code == 0
    assert run("verify", signed, "--trust-bundle", "p.pem.pub").code == 0


def test_sign_says_what_it_signed(run: Run, signed: Path) -> None:
    said = run("sign", signed, "-k", "k.pem", "--expires-in", "2h", "--json").json
    assert (said["name"], said["version"], said["publisher"]) == ("com.acme.reports", "1.0.0", "acme")
    left = datetime.fromisoformat(said["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=1) < left <= timedelta(hours=2)


def test_without_a_key_the_local_platforms_is_used(run: Run, signed: Path, tmp_path: Path) -> None:
    refused = run("sign", signed)
    assert refused.code == 2
    assert "alga-ext keygen" in refused.err
    (tmp_path / "local" / "keys").mkdir(parents=True)
    (tmp_path / "local" / "keys" / "publisher-example.pem").write_bytes((tmp_path / "k.pem").read_bytes())
    used = run("sign", signed, "--data-dir", tmp_path / "local")
    assert used.code == 0, used.err
    assert "development key" in used.err


@pytest.mark.parametrize("text", ["", "0d", "-1d", "1y", "1.5h", "9999999d", "d"])
def test_bad_durations(run: Run, signed: Path, text: str) -> None:
    ran = run("sign", signed, "-k", "k.pem", f"--expires-in={text}")
    assert ran.code == (0 if text == "" else 2)


def test_an_altered_byte(run: Run, signed: Path) -> None:
    data = bytearray(signed.read_bytes())
    data[len(data) // 2] ^= 1
    signed.write_bytes(data)
    ran = run("verify", signed, *TRUST)
    assert ran.code == 1
    assert "not verified: step 3, content hash" in ran.out
    assert "what you still have to trust" not in ran.out


def test_another_bundle_with_a_signed_name(run: Run, signed: Path) -> None:
    files = load(signed.read_bytes())
    signed.write_bytes(pack({**files, "ui/index.html": b"<script>evil()</script>"}))
    failed = run("verify", signed, *TRUST, "--json").json
    assert failed["failed_step"] == "content hash"
    assert failed["reason"] == "statement_mismatch"
    assert [step["ok"] for step in failed["steps"]] == [True, True, False, True, False, True, True]


def test_a_statement_about_another_version(run: Run, signed: Path, tmp_path: Path) -> None:
    other = write_extension(tmp_path / "other", version="2.0.0")
    run("pack", other)
    run("sign", other, "-k", "k.pem")
    envelope = other / "dist" / "bundle.tar.zst.dsse.json"
    failed = run("verify", signed, *TRUST, "-e", envelope, "--json").json
    assert [step["name"] for step in failed["steps"] if step["ok"] is False] == ["content hash", "tar digest", "manifest"]


def test_a_stranger_s_key(run: Run, signed: Path) -> None:
    run("keygen", "other.pem")
    failed = run("verify", signed, "--trust-bundle", "other.pem.pub", "--json").json
    assert (failed["failed_step"], failed["reason"]) == ("envelope and signature", "signer_untrusted")
    assert [step["ok"] for step in failed["steps"]] == [True, False, None, True, None, True, None]


@pytest.mark.parametrize("part", ["payload", "sig"])
def test_an_altered_envelope(run: Run, signed: Path, part: str) -> None:
    path = signed.with_name("bundle.tar.zst.dsse.json")
    envelope = json.loads(path.read_bytes())
    holder = envelope if part == "payload" else envelope["signatures"][0]
    raw = base64.b64decode(holder[part])
    changed = raw.replace(b"1.0.0", b"6.6.6") if part == "payload" else bytes([raw[0] ^ 1]) + raw[1:]
    holder[part] = base64.b64encode(changed).decode()
    path.write_text(json.dumps(envelope))
    failed = run("verify", signed, *TRUST, "--json").json
    assert (failed["failed_step"], failed["reason"]) == ("envelope and signature", "signature_invalid")


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"payloadType":1}', "[" * 5000])
def test_a_broken_envelope_is_a_failed_step(run: Run, signed: Path, text: str) -> None:
    signed.with_name("bundle.tar.zst.dsse.json").write_text(text)
    ran = run("verify", signed, *TRUST, "--json")
    assert ran.code == 1
    assert ran.json["failed_step"] == "envelope and signature"


@pytest.mark.parametrize("text", ["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "-----BEGIN"])
def test_a_broken_trust_bundle_is_a_failed_step(run: Run, signed: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "trust.pem").write_text(text)
    assert run("verify", signed, "--trust-bundle", "trust.pem", "--json").json["failed_step"] == "trust bundle"


@pytest.mark.parametrize(("signed_ago", "valid_for"), [(timedelta(hours=3), timedelta(hours=2)), (timedelta(hours=-1), None)])
def test_out_of_time(run: Run, signed: Path, tmp_path: Path, signed_ago: timedelta, valid_for: timedelta | None) -> None:
    key = SigningKey.parse((tmp_path / "k.pem").read_bytes())
    envelope, _, _ = sign(signed.read_bytes(), key, datetime.now(UTC) - signed_ago, valid_for)
    signed.with_name("bundle.tar.zst.dsse.json").write_bytes(envelope)
    failed = run("verify", signed, *TRUST, "--json").json
    assert (failed["failed_step"], failed["reason"]) == ("validity in time", "envelope_expired")


def test_missing_files_are_told_with_a_next_step(run: Run, signed: Path) -> None:
    for argv in (
        ("verify", signed, "--trust-bundle", "nowhere.pem"),
        ("verify", signed, *TRUST, "-e", "nowhere.json"),
        ("sign", signed, "-k", "nowhere.pem"),
        ("sign", signed, "-k", "k.pem.pub"),
    ):
        ran = run(*argv)
        assert ran.code == 2
        assert "\nnext:  " in ran.err


def test_an_oversized_envelope_is_not_read(run: Run, signed: Path) -> None:
    signed.with_name("bundle.tar.zst.dsse.json").write_bytes(b" " * ((64 << 10) + 1))
    assert run("verify", signed, *TRUST).code == 2
