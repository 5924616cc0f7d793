"""Certificate authorities for tests: roots, intermediates and leaves, right by default and wrong on request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kernel.signing import SigningKey

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = timedelta(days=3650)
CODE_SIGNING = (ExtendedKeyUsageOID.CODE_SIGNING,)
Extra = tuple[x509.ExtensionType, bool]


def p256() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Authority:
    """A certificate with its private key, which issues others below it.

    Every argument has a right default: `key` (any private key of the library), `start` and `end` of the validity, `path_length`,
    `usages` (extended key usages; None = the extension is absent), `extras` (extensions with their criticality), `digest`.
    """

    certificate: x509.Certificate
    key: Any
    above: Authority | None = None

    @classmethod
    def root(cls, name: str = "root", *, key: Any = None, **options: Any) -> Authority:
        """A self-signed certificate of an authority."""
        key = key or p256()
        return cls(_issue(name, name, key.public_key(), key, ca=True, **options), key)

    def intermediate(self, name: str = "intermediate", *, key: Any = None, **options: Any) -> Authority:
        """A certificate of an authority below this one."""
        key = key or p256()
        return Authority(_issue(name, self.name, key.public_key(), self.key, ca=True, **options), key, self)

    def leaf(self, name: str = "signer", *, key: Any = None, **options: Any) -> Authority:
        """A certificate that signs code. `ca=True` makes it one of an authority as well."""
        key = key or p256()
        options = {"ca": False, "usages": CODE_SIGNING} | options
        return Authority(_issue(name, self.name, key.public_key(), self.key, **options), key, self)

    @property
    def name(self) -> str:
        return str(self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def signing_key(self) -> SigningKey:
        """The private key, for `Statement.sign`."""
        form = serialization.PrivateFormat.PKCS8
        return SigningKey.parse(self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))

    @property
    def key_id(self) -> str:
        return self.signing_key.public.key_id

    @property
    def chain(self) -> list[x509.Certificate]:
        """This certificate and those above it, without the root: what a signature carries."""
        return [self.certificate, *self.above.chain] if self.above else []


def chain(*, depth: int = 1, leaf: dict[str, Any] | None = None, **authorities: Any) -> tuple[Authority, Authority]:
    """A root, and a leaf below `depth` intermediates. `authorities` are options of root and intermediates, `leaf` of the leaf."""
    root = last = Authority.root(**authorities)
    for number in range(depth):
        last = last.intermediate(f"intermediate {number}", **authorities)
    return root, last.leaf(**(leaf or {}))


def pem(certificates: Iterable[x509.Certificate]) -> bytes:
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def _issue(
    subject: str,
    issuer: str,
    public_key: Any,
    issuer_key: Any,
    *,
    ca: bool,
    start: datetime = EPOCH,
    end: datetime | None = None,
    path_length: int | None = None,
    usages: Sequence[x509.ObjectIdentifier] | None = None,
    extras: Iterable[Extra] = (),
    digest: hashes.HashAlgorithm | None = None,
    digital_signature: bool = True,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end or start + YEARS)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length if ca else None), critical=True)
        .add_extension(_key_usage(ca, digital_signature), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if usages is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    for extension, critical in extras:
        builder = builder.add_extension(extension, critical=critical)
    if isinstance(issuer_key, ed25519.Ed25519PrivateKey):
        return builder.sign(issuer_key, None)
    return builder.sign(issuer_key, digest or hashes.SHA256())


def _key_usage(ca: bool, digital_signature: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature and not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=not ca and not digital_signature,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
