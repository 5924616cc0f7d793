"""Secrets of installs, sealed by whoever sets them to the keys of runners, so that nobody in between can open them.

HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. A box is the encapsulated key and behind it the
ciphertext; it opens for one place (tenant, install, name), revision and end alone. It proves nothing about who sealed it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import MAX_PEM_BYTES, pem_blocks

ALGORITHM: Final = "hpke/x25519-hkdf-sha256/aes-256-gcm"
OVERHEAD: Final = 48  # bytes of the encapsulated key, 32, and of the tag, 16
MAX_BOX_BYTES: Final = 8 << 10
MAX_VALUE_BYTES: Final = MAX_BOX_BYTES - OVERHEAD
MAX_KEYS: Final = 8  # of one set: today's, tomorrow's, and room
NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEY_ID: Final = re.compile(r"sha256:[0-9a-f]{64}")
_CONTEXT: Final = b"application/vnd.alga.secret.v1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Place:
    """What a box is for. `revision` is that of the install's secrets once it is stored; `expires_at` has whole milliseconds."""

    tenant_id: str
    install_id: str
    name: str
    revision: int
    expires_at: datetime | None = None

    @property
    def info(self) -> bytes:
        """HPKE's `info`: each text with its length before it, so that no two places have the same."""
        texts = (part.encode() for part in (self.tenant_id, self.install_id, self.name))
        framed = b"".join(len(text).to_bytes(4) + text for text in texts)
        ends = 0 if self.expires_at is None else (self.expires_at - _EPOCH) // timedelta(milliseconds=1)
        return _CONTEXT + framed + self.revision.to_bytes(8) + ends.to_bytes(8)


@dataclass(frozen=True, slots=True)
class Box:
    """A value, sealed to one key. `key_id` is `sha256:<hex>` over that key's SubjectPublicKeyInfo."""

    key_id: str
    algorithm: str
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """A runner's public key."""

    key_id: str
    _key: X25519PublicKey

    @classmethod
    def parse(cls, pem: bytes, field: str) -> Self:
        """Read exactly one X25519 public key. Raises INVALID_ARGUMENT that names `field`."""
        try:
            key = serialization.load_pem_public_key(pem)
        except Exception as error:
            raise Fault.invalid(field, "must be PEM public keys") from error
        if not isinstance(key, X25519PublicKey):
            raise Fault.invalid(field, "must hold X25519 keys alone")
        return cls.wrap(key)

    @classmethod
    def wrap(cls, key: X25519PublicKey) -> Self:
        """Take a key of the library."""
        encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return cls(str(Digest.of(key.public_bytes(encoding, form))), key)

    @property
    def pem(self) -> bytes:
        """The key as PEM."""
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def seal(self, value: bytes, place: Place) -> Box:
        """Seal to this key; each time other bytes."""
        return Box(self.key_id, ALGORITHM, _SUITE.encrypt(value, self._key, info=place.info))


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A runner's private key. It never prints."""

    public: RecipientKey
    _key: X25519PrivateKey

    @classmethod
    def generate(cls) -> Self:
        """Make a key."""
        return cls._wrap(X25519PrivateKey.generate())

    @classmethod
    def parse(cls, pem: bytes, field: str) -> Self:
        """Read exactly one unencrypted X25519 private key. Raises INVALID_ARGUMENT that names `field`."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except Exception as error:
            raise Fault.invalid(field, "must be unencrypted PEM private keys") from error
        if not isinstance(key, X25519PrivateKey):
            raise Fault.invalid(field, "must hold X25519 keys alone")
        return cls._wrap(key)

    @classmethod
    def _wrap(cls, key: X25519PrivateKey) -> Self:
        return cls(RecipientKey.wrap(key.public_key()), key)

    @property
    def pem(self) -> bytes:
        """The private key as unencrypted PKCS #8 PEM; for files of mode 0600."""
        return self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    def open(self, box: Box, place: Place) -> bytes:
        """The value. Raises SECRET_UNREADABLE."""
        try:
            return _SUITE.decrypt(box.ciphertext, self._key, info=place.info)
        except Exception as error:
            raise Fault(Reason.SECRET_UNREADABLE, log=f"a box for {place} does not open") from error

    def __repr__(self) -> str:
        return f"SealingKey({self.public.key_id})"


def recipients(pem: bytes, field: str) -> Mapping[str, RecipientKey]:
    """The public keys of a PEM text by key id; at least one. Raises INVALID_ARGUMENT that names `field`."""
    found = [RecipientKey.parse(block, field) for block in _blocks(pem, field)]
    return {key.key_id: key for key in found}


def sealing_keys(pem: bytes, field: str) -> Mapping[str, SealingKey]:
    """The private keys of a PEM text by key id; at least one. Raises INVALID_ARGUMENT that names `field`."""
    found = [SealingKey.parse(block, field) for block in _blocks(pem, field)]
    return {key.public.key_id: key for key in found}


def seal(value: str, place: Place, keys: Iterable[RecipientKey]) -> tuple[Box, ...]:
    """One box for each key. Raises INVALID_ARGUMENT for a value that is too long."""
    data = value.encode()
    if len(data) > MAX_VALUE_BYTES:
        raise Fault.invalid("value", f"must have at most {MAX_VALUE_BYTES} bytes")
    return tuple(key.seal(data, place) for key in keys)


def open_one(boxes: Iterable[Box], place: Place, keys: Mapping[str, SealingKey]) -> str:
    """The value, from the first box whose key is there. Raises SECRET_UNREADABLE."""
    for box in boxes:
        if (key := keys.get(box.key_id)) is not None and box.algorithm == ALGORITHM:
            try:
                return key.open(box, place).decode()
            except UnicodeDecodeError as error:
                raise Fault(Reason.SECRET_UNREADABLE, log=f"the value for {place} is no UTF-8") from error
    raise Fault(Reason.SECRET_UNREADABLE, log=f"no box for {place} is sealed to a key that is here")


def check_name(name: str, field: str) -> str:
    """A secret's name. Raises INVALID_ARGUMENT that names `field`."""
    if not NAME.fullmatch(name):
        raise Fault.invalid(field, "must be 1 to 64 characters of [A-Za-z0-9._-]")
    return name


def check_key_id(key_id: str, field: str) -> str:
    """A key's id. Raises INVALID_ARGUMENT that names `field`."""
    if not _KEY_ID.fullmatch(key_id):
        raise Fault.invalid(field, "must be sha256:<64 hex digits>")
    return key_id


def whole_milliseconds(moment: datetime, field: str) -> datetime:
    """The end of a secret. Raises INVALID_ARGUMENT for one that is not of whole milliseconds, or before 1970."""
    if moment.microsecond % 1000 or moment < _EPOCH:
        raise Fault.invalid(field, "must be a time of whole milliseconds, 1970 or later")
    return moment


def _blocks(pem: bytes, field: str) -> list[bytes]:
    if len(pem) > MAX_PEM_BYTES:
        raise Fault.invalid(field, f"must be at most {MAX_PEM_BYTES} bytes")
    blocks = [block for _, block in pem_blocks(pem, field)]
    if not 1 <= len(blocks) <= MAX_KEYS:
        raise Fault.invalid(field, f"must hold 1 to {MAX_KEYS} PEM keys")
    return blocks
