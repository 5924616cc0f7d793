"""Whose signatures over bundles count: the trust bundle, a PEM file of public keys and of root certificates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from cryptography import x509

from kernel import certificates
from kernel.errors import Fault
from kernel.signing import MAX_PEM_BYTES, PublicKey, TrustedKeys, pem_blocks

MAX_ROOTS: Final = 256  # those of one name are all tried for each signature that brings a certificate
_KEY: Final = "PUBLIC KEY"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key whose signature holds.

    `key_id` is `sha256:<hex>` over the SubjectPublicKeyInfo of the key that signed. `authorities` are the key ids of the
    certificates above it, nearest first, the root last; empty for a plain key.
    """

    key_id: str
    authorities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """The plain keys and the root certificates that are trusted to sign, or to say who signs."""

    keys: TrustedKeys
    roots: tuple[x509.Certificate, ...]

    @classmethod
    def of(cls, keys: Iterable[PublicKey], roots: Iterable[x509.Certificate] = ()) -> Self:
        """A trust bundle of these."""
        return cls(TrustedKeys.of(keys), tuple(roots))

    @classmethod
    def empty(cls) -> Self:
        """Trusts nobody."""
        return cls.of(())

    @classmethod
    def parse(cls, pem: bytes, field: str) -> Self:
        """Read PUBLIC KEY and CERTIFICATE blocks. Raises INVALID_ARGUMENT that names `field` for anything else in it."""
        if len(pem) > MAX_PEM_BYTES:
            raise Fault.invalid(field, f"must be at most {MAX_PEM_BYTES} bytes")
        keys, roots = [], []
        for label, block in pem_blocks(pem, field):
            if label == _KEY:
                keys.append(PublicKey.parse(block, field))
            elif label == certificates.LABEL:
                roots.append(root := certificates.read(block, field))
                certificates.check_root(root, field)
            else:
                known = f"{_KEY} and {certificates.LABEL}"
                raise Fault.invalid(field, f"holds a block of type {label}; only {known} blocks can be trusted")
        if len(roots) > MAX_ROOTS:
            raise Fault.invalid(field, f"must hold at most {MAX_ROOTS} certificates")
        return cls.of(keys, roots)

    def __len__(self) -> int:
        return len(self.keys) + len(self.roots)
