"""Signing keys: private, of the kind that was asked for, never overwritten by accident."""

import os
from pathlib import Path

import pytest

from kernel.signing import PublicKey, SigningKey

from .conftest import Run


@pytest.mark.parametrize(("flags", "algorithm", "signature_bytes"), [((), "ed25519", 64), (("--p256",), "ecdsa-p256", None)])
def test_makes_a_pair_that_fits(
    run: Run, tmp_path: Path, flags: tuple[str, ...], algorithm: str, signature_bytes: int | None
) -> None:
    old = os.umask(0)  # the mode must not depend on it
    try:
        ran = run("keygen", "k.pem", *flags, "--json")
    finally:
        os.umask(old)
    assert ran.code == 0
    assert ran.json["algorithm"] == algorithm
    key = SigningKey.parse((tmp_path / "k.pem").read_bytes())
    public = PublicKey.parse((tmp_path / "k.pem.pub").read_bytes())
    assert ran.json["key_id"] == key.public.key_id == public.key_id
    signature = key.sign(b"x")
    assert public.verifies(b"x", signature)
    assert signature_bytes is None or len(signature) == signature_bytes
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("existing", ["k.pem", "k.pem.pub"])
def test_never_overwrites_without_force(run: Run, tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("mine")
    ran = run("keygen", "k.pem")
    assert ran.code == 1
    assert "--force" in ran.err
    assert (tmp_path / existing).read_text() == "mine"
    assert run("keygen", "k.pem", "--force").code == 0
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / existing).read_text() != "mine"


def test_no_secret_is_printed(run: Run, tmp_path: Path) -> None:
    ran = run("keygen", "k.pem")
    secret_line = (tmp_path / "k.pem").read_text().splitlines()[1]
    assert secret_line not in ran.out + ran.err
