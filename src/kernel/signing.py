"""Keys and signatures: Ed25519 and ECDSA P-256 over the DSSE pre-authentication encoding, and the PEM trust bundle.

The encoding puts a type name before the payload, so that a signature over one kind of document never fits another
(https://github.com/secure-systems-lab/dsse, protocol.md).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from kernel.digest import Digest
from kernel.errors import Fault, Reason

MAX_PEM_BYTES = 1 << 20
_PEM_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.S)
_Public = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
_Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def pae(type_name: str, payload: bytes) -> bytes:
    """What is really signed: `DSSEv1 <len> <type> <len> <payload>`."""
    kind = type_name.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def pem_blocks(pem: bytes, field: str) -> Iterator[tuple[str, bytes]]:
    """The label and the text of each PEM block. Raises INVALID_ARGUMENT that names `field` for a block that does not end."""
    for block in _PEM_BLOCK.finditer(pem):
        yield block[1].decode(), block[0]
    if _PEM_BLOCK.sub(b"", pem).find(b"-----") >= 0:
        raise Fault.invalid(field, "holds a broken PEM block")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies. `key_id` is `sha256:<hex>` over its SubjectPublicKeyInfo."""

    key_id: str
    _key: _Public

    @classmethod
    def parse(cls, pem: bytes, field: str = "public_key_pem") -> Self:
        """Read exactly one public key. Raises INVALID_ARGUMENT that names `field`."""
        if len(pem) > MAX_PEM_BYTES:
            raise Fault.invalid(field, f"must be at most {MAX_PEM_BYTES} bytes")
        try:
            key = serialization.load_pem_public_key(pem)
        except Exception as error:
            raise Fault.invalid(field, "must be one PEM public key") from error
        return cls.wrap(key, field)

    @classmethod
    def wrap(cls, key: object, field: str) -> Self:
        """Take a key of the library. Raises INVALID_ARGUMENT for another kind than Ed25519 or ECDSA P-256."""
        if isinstance(key, ec.EllipticCurvePublicKey) and not isinstance(key.curve, ec.SECP256R1):
            raise Fault.invalid(field, "must be an Ed25519 or ECDSA P-256 key")
        if not isinstance(key, _Public):
            raise Fault.invalid(field, "must be an Ed25519 or ECDSA P-256 key")
        encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return cls(str(Digest.of(key.public_bytes(encoding, form))), key)

    @property
    def pem(self) -> bytes:
        """The key as PEM."""
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        try:
            if isinstance(self._key, ed25519.Ed25519PublicKey):
                self._key.verify(signature, message)
            else:
                self._key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs. Its secret half never prints."""

    public: PublicKey
    _key: _Private

    @classmethod
    def generate(cls, *, p256: bool = False) -> Self:
        """Make a key: Ed25519, or ECDSA P-256."""
        key: _Private = ec.generate_private_key(ec.SECP256R1()) if p256 else ed25519.Ed25519PrivateKey.generate()
        return cls(PublicKey.wrap(key.public_key(), "key"), key)

    @classmethod
    def parse(cls, pem: bytes, field: str = "private_key_pem") -> Self:
        """Read one unencrypted private key. Raises INVALID_ARGUMENT that names `field`."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except Exception as error:
            raise Fault.invalid(field, "must be one unencrypted PEM private key") from error
        if not isinstance(key, _Private):
            raise Fault.invalid(field, "must be an Ed25519 or ECDSA P-256 key")
        return cls(PublicKey.wrap(key.public_key(), field), key)

    @property
    def pem(self) -> bytes:
        """The private key as unencrypted PKCS #8 PEM; for files of mode 0600."""
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return self._key.private_bytes(encoding, form, serialization.NoEncryption())

    def sign(self, message: bytes) -> bytes:
        """Signature over the message: 64 bytes (Ed25519) or DER (ECDSA)."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        return self._key.sign(message, ec.ECDSA(hashes.SHA256()))

    def __repr__(self) -> str:
        return f"SigningKey({self.public.key_id})"


@dataclass(frozen=True, slots=True)
class TrustedKeys(Mapping[str, PublicKey]):
    """The public keys of a PEM file, by key id."""

    _keys: dict[str, PublicKey]

    @classmethod
    def of(cls, keys: Iterable[PublicKey]) -> Self:
        """A trust bundle of these keys."""
        return cls({key.key_id: key for key in keys})

    @classmethod
    def parse(cls, pem: bytes, field: str) -> Self:
        """Read a PEM file of public keys. Raises INVALID_ARGUMENT that names `field` for anything else in it."""
        if len(pem) > MAX_PEM_BYTES:
            raise Fault.invalid(field, f"must be at most {MAX_PEM_BYTES} bytes")
        keys = []
        for label, block in pem_blocks(pem, field):
            if label != "PUBLIC KEY":
                raise Fault.invalid(field, f"holds a block of type {label}; only PUBLIC KEY blocks can be trusted")
            keys.append(PublicKey.parse(block, field))
        return cls.of(keys)

    def __getitem__(self, key_id: str) -> PublicKey:
        return self._keys[key_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


@dataclass(frozen=True, slots=True)
class Signed:
    """Bytes with a signature over them, as they travel: verify, then parse."""

    payload: bytes
    signature: bytes
    key_id: str

    @classmethod
    def make(cls, type_name: str, payload: bytes, key: SigningKey) -> Self:
        """Sign a payload of a type."""
        return cls(payload, key.sign(pae(type_name, payload)), key.public.key_id)

    def verify(self, type_name: str, keys: Mapping[str, PublicKey], reason: Reason) -> bytes:
        """The payload, once its signature is one of these keys' over this type. Raises `reason` otherwise."""
        key = keys.get(self.key_id)
        if key is None or not key.verifies(pae(type_name, self.payload), self.signature):
            raise Fault(reason, log=f"{type_name}: signature by {self.key_id[:80]!r} does not verify")
        return self.payload
