"""X.509 certificates of signers: read from PEM, and verified up to a trusted root as of a moment.

The path is found and judged by the library's verifier under an extension policy of our own, since its own policies are for TLS
(https://cryptography.io/en/latest/x509/verification/). Only ECDSA P-256 with SHA-256, which it does not insist on, is checked here.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from kernel.errors import Fault, Reason, Violation
from kernel.signing import PublicKey, pem_blocks

MAX_INTERMEDIATES: Final = 4  # of different names, so that there is one path to try: certificates that issue each other make 4**5
LABEL: Final = "CERTIFICATE"
_AUTHORITY_ONLY: Final = "holds a certificate that is not of an authority with an ECDSA P-256 key"
_P256_ONLY: Final = "must have an ECDSA P-256 key and be signed with SHA-256, and so must those above it"


def read(pem: bytes, field: str, reason: Reason = Reason.INVALID_ARGUMENT) -> x509.Certificate:
    """The one certificate in a PEM text; nothing about it is verified. Raises `reason` that names `field`."""
    try:
        [(label, block)] = pem_blocks(pem, field)
        if label == LABEL:
            certificate = x509.load_pem_x509_certificate(block)
            _ = certificate.subject, certificate.issuer, certificate.extensions  # parsed on demand: they must not raise later
            return certificate
    except Exception as error:
        raise _refused(field, "must be one PEM certificate", f"{type(error).__name__}: {error}", reason) from error
    raise _refused(field, "must be one PEM certificate", f"a block of type {label}", reason)


def read_chain(pem: bytes, field: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM text, in its order: a leaf and at most 4 above it. Raises INVALID_ARGUMENT that names `field`."""
    blocks = list(pem_blocks(pem, field))
    if not 1 <= len(blocks) <= 1 + MAX_INTERMEDIATES:
        raise Fault.invalid(field, f"must hold one certificate and at most {MAX_INTERMEDIATES} above it")
    return tuple(read(block, field) for _, block in blocks)


def check_root(certificate: x509.Certificate, field: str) -> None:
    """Raises INVALID_ARGUMENT that names `field` for a certificate below which no chain could ever hold."""
    try:
        fits = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca and _is_p256(certificate)
    except Exception as error:
        raise _refused(field, _AUTHORITY_ONLY, f"{type(error).__name__}: {error}", Reason.INVALID_ARGUMENT) from error
    if not fits:
        raise Fault.invalid(field, _AUTHORITY_ONLY)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate that was read says that it is one of an authority."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def key_of(certificate: x509.Certificate, field: str, reason: Reason = Reason.INVALID_ARGUMENT) -> PublicKey:
    """The certificate's public key: ECDSA P-256. Raises `reason` that names `field`."""
    try:
        if _is_p256(certificate):
            return PublicKey.wrap(certificate.public_key(), field)
    except Exception as error:
        raise _refused(field, _P256_ONLY, f"{type(error).__name__}: {error}", reason) from error
    raise _refused(field, _P256_ONLY, "another kind of key", reason)


def verify_chain(
    leaf: x509.Certificate,
    intermediates: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    moment: datetime,
    field: str,
) -> tuple[PublicKey, ...]:
    """The keys from the leaf's up to a root's, once all certificates between hold for signing code at `moment`.

    1 look at the intermediates' names, 2 find and judge a path to a root, 3 check each key and signature algorithm on it.
    Raises SIGNER_EXPIRED when they would hold at another time, CERTIFICATE_INVALID otherwise; both name `field`.
    """
    # 1 look at the intermediates' names
    if len(intermediates) > MAX_INTERMEDIATES or len({item.subject for item in intermediates}) < len(intermediates):
        raise _refused(field, f"must have at most {MAX_INTERMEDIATES} certificates above it, of different names", "")
    # 2 find and judge a path to a root
    try:
        path = _path(leaf, intermediates, roots, moment)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        if _held_once(leaf, intermediates, roots):
            raise _refused(field, "is not valid at this time, or one above it is not", why, Reason.SIGNER_EXPIRED) from error
        raise _refused(field, "does not lead to a trusted root as one for signing code", why) from error
    # 3 check each key and signature algorithm on it
    if any(certificate.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256 for certificate in path[:-1]):
        raise _refused(field, _P256_ONLY, "another signature algorithm")
    return tuple(key_of(certificate, field, Reason.CERTIFICATE_INVALID) for certificate in path)


def _path(
    leaf: x509.Certificate, intermediates: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], moment: datetime
) -> list[x509.Certificate]:
    policy = (
        verification.PolicyBuilder()
        .store(verification.Store(list(roots)))
        .time(moment)
        .max_chain_depth(MAX_INTERMEDIATES)
        .extension_policies(ca_policy=_authority_policy(), ee_policy=_signer_policy())
    )
    return policy.build_client_verifier().verify(leaf, list(intermediates)).chain


def _held_once(leaf: x509.Certificate, intermediates: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> bool:
    """Whether time is all that is wrong: the path holds at the moment when the last of its certificates began to be valid."""
    presented = [leaf, *intermediates]
    issuers = [item.issuer for item in presented]
    anchors = [root for root in roots if root.subject in issuers]
    for members in (presented, presented + anchors):
        with suppress(Exception):  # the caller tells the first failure; these are only about its reason
            _path(leaf, intermediates, roots, max(item.not_valid_before_utc for item in members))
            return True
    return False


def _authority_policy() -> verification.ExtensionPolicy:
    # The library's policy for a client's authorities wants clientAuth where an extended key usage is present.
    return verification.ExtensionPolicy.webpki_defaults_ca().may_be_present(
        x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, _may_lead_to_code_signing
    )


def _signer_policy() -> verification.ExtensionPolicy:
    # `permit_all` is about extensions that the library knows: an unknown critical one is refused all the same.
    either = verification.Criticality.AGNOSTIC
    return (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.ExtendedKeyUsage, either, _signs_code)
        .require_present(x509.KeyUsage, either, _signs)
        .may_be_present(x509.BasicConstraints, either, _is_no_authority)
    )


def _may_lead_to_code_signing(_: verification.Policy, __: x509.Certificate, usages: x509.ExtendedKeyUsage | None) -> None:
    allowed = (ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    if usages is not None and not any(usage in usages for usage in allowed):
        raise ValueError("the authority is not for code signing")


def _signs_code(_: verification.Policy, __: x509.Certificate, usages: x509.ExtendedKeyUsage) -> None:
    if ExtendedKeyUsageOID.CODE_SIGNING not in usages:
        raise ValueError("not for code signing")


def _signs(_: verification.Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature:
        raise ValueError("not for digital signatures")


def _is_no_authority(_: verification.Policy, __: x509.Certificate, basic: x509.BasicConstraints | None) -> None:
    if basic is not None and basic.ca:
        raise ValueError("an authority's certificate signs no code")


def _is_p256(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _refused(field: str, rule: str, log: str, reason: Reason = Reason.CERTIFICATE_INVALID) -> Fault:
    return Fault(reason, log=log[:1000], violations=(Violation(field, rule),))
