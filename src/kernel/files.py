"""The files that a process reads at its start, and the two that it leaves: the lock on its directory and the ready file."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kernel.errors import Fault
from kernel.signing import MAX_PEM_BYTES, SigningKey, TrustedKeys
from kernel.trust import TrustBundle

MAX_TOKEN_BYTES: Final = 4 << 10
MIN_TOKEN_CHARS: Final = 32  # shorter ones can be guessed
KNOWN_TOKENS: Final = frozenset({"local-runner-key", "changeme", "change-me", "secret"})  # defaults that are in use elsewhere
_PEM_START: Final = "-----BEGIN"


def token(path: Path, setting: str) -> str:
    """The one token in a file. Raises INVALID_ARGUMENT that names the setting."""
    data = _read(path, setting, MAX_TOKEN_BYTES).strip()
    if data.decode("latin-1").lower() in KNOWN_TOKENS:
        raise Fault.invalid(setting, "holds a token that everybody knows: make one with `openssl rand -hex 32`")
    if len(data) < MIN_TOKEN_CHARS or not all(0x20 < byte < 0x7F for byte in data):
        raise Fault.invalid(setting, f"must hold one token of at least {MIN_TOKEN_CHARS} visible ASCII characters")
    return data.decode()


def is_pem(source: Path | str) -> bool:
    """Whether a setting is PEM text itself, not the path of a PEM file."""
    return isinstance(source, str) and source.lstrip().startswith(_PEM_START)


def pem(source: Path | str, setting: str) -> bytes:
    """The PEM text that a setting is, or names. Raises INVALID_ARGUMENT that names the setting."""
    return str(source).encode() if is_pem(source) else _read(Path(source), setting, MAX_PEM_BYTES)


def private_pem(source: Path | str, setting: str) -> bytes:
    """The PEM text of a file that nobody but its owner may read. Raises INVALID_ARGUMENT that names the setting."""
    try:
        mode = Path(source).stat().st_mode
    except OSError as error:
        raise Fault.invalid(setting, f"cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise Fault.invalid(setting, "must be readable by its owner alone: chmod 600")
    return _read(Path(source), setting, MAX_PEM_BYTES)


def trusted_keys(text: bytes, setting: str) -> TrustedKeys:
    """The public keys of a PEM text; at least one. Raises INVALID_ARGUMENT that names the setting."""
    found = TrustedKeys.parse(text, setting)
    if not found:
        raise Fault.invalid(setting, "holds no public key")
    return found


def trust_bundle(text: bytes, setting: str) -> TrustBundle:
    """The public keys and root certificates of a PEM text; at least one. Raises INVALID_ARGUMENT that names the setting."""
    found = TrustBundle.parse(text, setting)
    if not found:
        raise Fault.invalid(setting, "holds neither a public key nor a certificate")
    return found


def signing_key(path: Path, setting: str) -> SigningKey:
    """The one private key in a PEM file. Raises INVALID_ARGUMENT that names the setting."""
    return SigningKey.parse(_read(path, setting, MAX_PEM_BYTES), setting)


@contextmanager
def locked(directory: Path, setting: str) -> Iterator[None]:
    """Have a directory to oneself; it is made with mode 0700, and the lock goes with the process.

    Two processes on one directory would not only mix their data: a second gRPC server takes over a live unix socket without a
    word. Raises INVALID_ARGUMENT that names the setting when another process has it.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Fault.invalid(setting, f"cannot be used: {error.strerror}") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Fault.invalid(setting, "is in use by another process") from error
        yield
    finally:
        os.close(file)


@contextmanager
def ready_file(path: Path | None, addresses: Sequence[str]) -> Iterator[None]:
    """Tell others that this process serves, and where; the file appears whole and goes when the process stops serving."""
    if path is None:
        yield
        return
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    beside.write_text(json.dumps({"addresses": list(addresses)}), encoding="utf-8")
    beside.rename(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _read(path: Path, setting: str, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise Fault.invalid(setting, f"cannot be read: {error.strerror}") from error
    if len(data) > most:
        raise Fault.invalid(setting, f"must be at most {most} bytes")
    return data
