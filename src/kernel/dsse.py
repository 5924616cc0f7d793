"""The publisher's signature: a DSSE envelope (JSON) over an in-toto statement about one bundle.

Formats: https://github.com/secure-systems-lab/dsse (envelope.md) and
https://github.com/in-toto/attestation (spec/v1/statement.md).
Verification is over the payload's bytes as they came; the statement is parsed only after its signature held.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from kernel import certificates
from kernel.archive.rules import printable
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import PublicKey, SigningKey, pae
from kernel.trust import Signer, TrustBundle

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:alga:extension-version:v1"
ARCHIVE_SUBJECT: Final = "bundle.tar.zst"
TAR_SUBJECT: Final = "bundle.tar"
MAX_ENVELOPE_BYTES: Final = 64 << 10
MAX_SIGNATURES: Final = 8  # each one costs a verification
MAX_CERTIFICATE_CHARS: Final = 16 << 10  # base64; a real one takes 1 to 3 KiB
REGISTRY: Final = "registry"  # who signs for tools of publishers that cannot
MAX_CLOCK_SKEW: Final = timedelta(minutes=5)  # between a publisher's machine and ours


@dataclass(frozen=True, slots=True)
class Statement:
    """What a publisher says about a bundle.

    `attested_by` is REGISTRY when the registry says it instead, for somebody who showed that publisher's API key; otherwise empty.
    """

    name: str
    version: str
    publisher: str
    archive: Digest
    tar: Digest
    signed_at: datetime
    expires_at: datetime | None = None
    attested_by: str = ""

    def sign(self, key: SigningKey, chain: Sequence[x509.Certificate] = ()) -> bytes:
        """The envelope's bytes. `chain` is the certificate of the key and those above it, nearest first, without the root.

        Raises INVALID_ARGUMENT when the chain is of another key or too long.
        """
        predicate = {"name": self.name, "version": self.version, "publisher": self.publisher, "time": _text(self.signed_at)}
        if self.expires_at is not None:
            predicate["expires"] = _text(self.expires_at)
        if self.attested_by:
            predicate["attested-by"] = self.attested_by
        payload = _dump(
            {
                "_type": STATEMENT_TYPE,
                "subject": [
                    {"name": ARCHIVE_SUBJECT, "digest": {"sha256": self.archive.hex}},
                    {"name": TAR_SUBJECT, "digest": {"sha256": self.tar.hex}},
                ],
                "predicateType": PREDICATE_TYPE,
                "predicate": predicate,
            }
        )
        signature = {"keyid": key.public.key_id, "sig": _b64(key.sign(pae(PAYLOAD_TYPE, payload)))} | _certified(key, chain)
        return _dump({"payloadType": PAYLOAD_TYPE, "payload": _b64(payload), "signatures": [signature]})

    def check_time(self, moment: datetime) -> None:
        """Raises ENVELOPE_EXPIRED when the statement was not yet, or no longer, valid at that moment."""
        if self.signed_at - moment > MAX_CLOCK_SKEW:
            raise Fault.invalid("envelope", "the statement's time lies in the future", Reason.ENVELOPE_EXPIRED)
        if self.expires_at is not None and moment > self.expires_at:
            raise Fault.invalid("envelope", f"the statement expired at {_text(self.expires_at)}", Reason.ENVELOPE_EXPIRED)


def verify(envelope: bytes, trust: TrustBundle, moment: datetime) -> tuple[Statement, tuple[Signer, ...]]:
    """The statement, and who of those that were trusted at `moment` signed it, each once.

    1 read the envelope, 2 find the signatures that can count, 3 verify them over the payload's bytes, 4 read the statement.
    One signature that holds is enough; when none does, the first one's failure is told: CERTIFICATE_INVALID, SIGNER_EXPIRED (a
    certificate is not valid at `moment`) or SIGNATURE_INVALID. A key of the trust bundle counts whatever its certificate says.
    Raises also ENVELOPE_MISSING, ENVELOPE_INVALID, and SIGNER_UNTRUSTED when no signature names a trusted key, or brings a
    certificate while roots are trusted.
    """
    # 1 read the envelope
    if not envelope:
        raise Fault(Reason.ENVELOPE_MISSING)
    outer = _read(_Envelope, envelope)
    payload = _unb64(outer.payload)
    # 2 find the signatures that can count
    named = [item for item in outer.signatures if item.keyid in trust.keys or (trust.roots and item.certificate is not None)]
    if not named:
        raise Fault.invalid("envelope.signatures", "no signature names a key of the trust bundle", Reason.SIGNER_UNTRUSTED)
    # 3 verify them over the payload's bytes
    message = pae(outer.payload_type, payload)
    signers, failures = dict[Signer, None](), list[Fault]()
    for item, signature in [(item, _unb64(item.sig)) for item in named]:
        try:
            key, signer = _signer(item, trust, moment)
            if not key.verifies(message, signature):
                raise Fault(Reason.SIGNATURE_INVALID)
            signers[signer] = None
        except Fault as fault:
            failures.append(fault)
    if not signers:
        raise failures[0]
    # 4 read the statement
    inner = _read(_Statement, payload)
    subjects = {item.name: Digest(item.digest.sha256) for item in inner.subject}
    if len(subjects) != len(inner.subject) or ARCHIVE_SUBJECT not in subjects or TAR_SUBJECT not in subjects:
        raise Fault.invalid("statement.subject", f"must be {ARCHIVE_SUBJECT} and {TAR_SUBJECT}", Reason.ENVELOPE_INVALID)
    said = inner.predicate
    return (
        Statement(
            said.name,
            said.version,
            said.publisher,
            subjects[ARCHIVE_SUBJECT],
            subjects[TAR_SUBJECT],
            said.time,
            said.expires,
            said.attested_by or "",
        ),
        tuple(signers),
    )


_Model = TypeVar("_Model", bound=BaseModel)
_STRICT = ConfigDict(extra="forbid", frozen=True)
_Pem = Annotated[str, Field(max_length=MAX_CERTIFICATE_CHARS)]


class _Signature(BaseModel):
    model_config = _STRICT
    keyid: str = Field(max_length=256)
    sig: str = Field(max_length=1024)
    # As in-toto's witness writes them: the PEM text of one certificate each, in base64.
    certificate: str | None = Field(None, max_length=MAX_CERTIFICATE_CHARS)
    intermediates: list[_Pem] = Field(default=[], max_length=certificates.MAX_INTERMEDIATES)

    @model_validator(mode="after")
    def _has_what_the_intermediates_are_above(self) -> Self:
        if self.intermediates and self.certificate is None:
            raise ValueError("intermediates belong to a certificate")
        return self


class _Envelope(BaseModel):
    model_config = _STRICT
    payload_type: str = Field(alias="payloadType", pattern=f"^{PAYLOAD_TYPE.replace('+', '[+]')}$")
    payload: str = Field(max_length=MAX_ENVELOPE_BYTES)
    signatures: list[_Signature] = Field(min_length=1, max_length=MAX_SIGNATURES)


class _Sha256(BaseModel):
    model_config = _STRICT
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _Subject(BaseModel):
    model_config = _STRICT
    name: str = Field(max_length=256)
    digest: _Sha256


class _Predicate(BaseModel):
    model_config = _STRICT
    name: str = Field(min_length=1, max_length=128)
    version: str = Field(min_length=1, max_length=128)
    publisher: str = Field(min_length=1, max_length=128)
    time: AwareDatetime
    expires: AwareDatetime | None = None
    attested_by: Literal["registry"] | None = Field(None, alias="attested-by")


class _Statement(BaseModel):
    model_config = _STRICT
    type_: str = Field(alias="_type", pattern=f"^{STATEMENT_TYPE}$")
    subject: list[_Subject] = Field(min_length=2, max_length=2)
    predicate_type: str = Field(alias="predicateType", pattern=f"^{PREDICATE_TYPE}$")
    predicate: _Predicate


def _signer(item: _Signature, trust: TrustBundle, moment: datetime) -> tuple[PublicKey, Signer]:
    """The key that should have signed, and what its signature then proves."""
    if (known := trust.keys.get(item.keyid)) is not None:
        return known, Signer(known.key_id)
    field = "envelope.signatures.certificate"
    leaf, *intermediates = [_certificate(text, field) for text in (item.certificate or "", *item.intermediates)]
    key, *above = certificates.verify_chain(leaf, intermediates, trust.roots, moment, field)
    if key.key_id != item.keyid:
        raise Fault.invalid("envelope.signatures.keyid", "must be of the certificate's key", Reason.CERTIFICATE_INVALID)
    return key, Signer(key.key_id, tuple(authority.key_id for authority in above))


def _certificate(text: str, field: str) -> x509.Certificate:
    try:
        pem = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Fault.invalid(field, "must be base64 of one PEM certificate", Reason.CERTIFICATE_INVALID) from error
    return certificates.read(pem, field, Reason.CERTIFICATE_INVALID)


def _certified(key: SigningKey, chain: Sequence[x509.Certificate]) -> dict[str, Any]:
    if not chain:
        return {}
    if certificates.key_of(chain[0], "certificate").key_id != key.public.key_id:
        raise Fault.invalid("certificate", "must be of the key that signs")
    if len(chain) > 1 + certificates.MAX_INTERMEDIATES:
        raise Fault.invalid("certificate", f"must have at most {certificates.MAX_INTERMEDIATES} certificates above it")
    leaf, *intermediates = [_b64(item.public_bytes(Encoding.PEM)) for item in chain]
    return {"certificate": leaf, "intermediates": intermediates}


def _read(model: type[_Model], data: bytes) -> _Model:
    if len(data) > MAX_ENVELOPE_BYTES:
        raise Fault.invalid("envelope", f"must be at most {MAX_ENVELOPE_BYTES} bytes", Reason.ENVELOPE_INVALID)
    try:
        return model.model_validate(json.loads(data, object_pairs_hook=_no_duplicates), strict=False)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(printable(str(part)) for part in first["loc"])
        raise Fault.invalid(f"envelope.{place}", first["msg"], Reason.ENVELOPE_INVALID) from error
    except (ValueError, RecursionError) as error:
        raise Fault.invalid("envelope", "is not valid JSON", Reason.ENVELOPE_INVALID) from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault.invalid("envelope", "holds invalid base64", Reason.ENVELOPE_INVALID) from error


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def _text(moment: datetime) -> str:
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # a stranger's time within a day of the calendar's ends
        return moment.isoformat(timespec="seconds")
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
