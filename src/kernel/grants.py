"""What the registry signs for others: publish attestations, execution grants and asset grants.

Their messages are those of proto `alga.registry.v1`, trust.proto.

The three type names keep them apart: a signature over one never fits another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from gen.alga.registry.v1 import trust_pb2
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import PublicKey, Signed, SigningKey

ATTESTATION_TYPE: Final = "application/vnd.alga.publish-attestation.v1"
EXECUTION_TYPE: Final = "application/vnd.alga.execution-grant.v1"
ASSET_TYPE: Final = "application/vnd.alga.asset-grant.v1"
MAX_GRANT_AGE: Final = timedelta(seconds=30)  # a stolen grant, or one for an install that was switched off, is worth this long
MAX_SKEW: Final = timedelta(seconds=5)  # between the clocks of two machines

Keys = Mapping[str, PublicKey]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may spend, as `alga.registry.v1.Limits` has it; zero says nothing."""

    timeout_ms: int = 0
    memory_bytes: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    host_calls: int = 0
    host_bytes: int = 0
    log_lines: int = 0
    log_bytes: int = 0


# What publishers and tenants may name; a runner's own maxima can be smaller, and cap every value.
MOST: Final = Limits(
    timeout_ms=30_000,
    memory_bytes=1024 << 20,
    request_bytes=10 << 20,
    response_bytes=10 << 20,
    host_calls=10_000,
    host_bytes=64 << 20,
    log_lines=10_000,
    log_bytes=16 << 20,
)


@dataclass(frozen=True, slots=True)
class Attestation:
    """The registry's statement that it verified a published bundle."""

    content_hash: Digest
    tar_digest: Digest
    envelope_digest: Digest
    name: str
    version: str
    publisher: str
    attested_at: datetime

    def sign(self, key: SigningKey) -> Signed:
        """The attestation as it is stored and travels."""
        message = trust_pb2.PublishAttestation(
            content_hash=str(self.content_hash),
            tar_digest=str(self.tar_digest),
            envelope_digest=str(self.envelope_digest),
            name=self.name,
            version=self.version,
            publisher=self.publisher,
            attested_at=_stamp(self.attested_at),
        )
        return Signed.make(ATTESTATION_TYPE, message.SerializeToString(deterministic=True), key)

    @classmethod
    def verify(cls, signed: Signed, keys: Keys) -> Self:
        """Read an attestation. Raises ATTESTATION_INVALID when it is altered, foreign or malformed."""
        message = trust_pb2.PublishAttestation()
        _parse(message, signed.verify(ATTESTATION_TYPE, keys, Reason.ATTESTATION_INVALID), Reason.ATTESTATION_INVALID)
        try:
            return cls(
                content_hash=Digest.parse(message.content_hash),
                tar_digest=Digest.parse(message.tar_digest),
                envelope_digest=Digest.parse(message.envelope_digest),
                name=message.name,
                version=message.version,
                publisher=message.publisher,
                attested_at=message.attested_at.ToDatetime(UTC),
            )
        except (Fault, ValueError, OverflowError) as error:
            raise Fault(Reason.ATTESTATION_INVALID, log=f"attestation is malformed: {error}") from error


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret of an install that the host adds to requests to one origin, as `alga.registry.v1.Credential` has it."""

    origin: str
    header: str
    prefix: str
    secret: str


@dataclass(frozen=True, slots=True)
class ExecutionGrant:
    """The right to run one version for one tenant until `expires_at`.

    `limits` are the version's; of them and the tenant's the smaller hold. `registry_revision` is the change log's when it was made.
    """

    tenant_id: str
    install_id: str
    extension_id: str
    version_id: str
    content_hash: Digest
    capabilities: frozenset[str]
    limits: Limits
    install_revision: int
    issued_at: datetime
    expires_at: datetime
    configuration: Mapping[str, str] = field(default_factory=dict)
    registry_revision: int = 0
    tenant_limits: Limits = Limits()
    egress: tuple[str, ...] = ()
    tenant_egress: tuple[str, ...] | None = None  # None = the tenant says nothing
    credentials: tuple[Credential, ...] = ()
    secrets_revision: int = 0

    def sign(self, key: SigningKey) -> Signed:
        """The grant as it travels."""
        message = trust_pb2.ExecutionGrant(
            tenant_id=self.tenant_id,
            install_id=self.install_id,
            extension_id=self.extension_id,
            version_id=self.version_id,
            content_hash=str(self.content_hash),
            capabilities=sorted(self.capabilities),
            limits=trust_pb2.Limits(**asdict(self.limits)),
            install_revision=self.install_revision,
            issued_at=_stamp(self.issued_at),
            expires_at=_stamp(self.expires_at),
            configuration=self.configuration,
            registry_revision=self.registry_revision,
            tenant_limits=trust_pb2.Limits(**asdict(self.tenant_limits)),
            egress=self.egress,
            tenant_egress=None if self.tenant_egress is None else trust_pb2.EgressList(destinations=self.tenant_egress),
            credentials=[trust_pb2.Credential(**asdict(credential)) for credential in self.credentials],
            secrets_revision=self.secrets_revision,
        )
        return Signed.make(EXECUTION_TYPE, message.SerializeToString(deterministic=True), key)

    @classmethod
    def verify(cls, signed: Signed, keys: Keys, now: datetime) -> Self:
        """Read a grant. Raises GRANT_INVALID when it is altered, foreign or malformed, GRANT_EXPIRED when its time is over."""
        message = trust_pb2.ExecutionGrant()
        _parse(message, signed.verify(EXECUTION_TYPE, keys, Reason.GRANT_INVALID), Reason.GRANT_INVALID)
        issued_at, expires_at = _lifetime(message.issued_at, message.expires_at, now)
        return cls(
            tenant_id=message.tenant_id,
            install_id=message.install_id,
            extension_id=message.extension_id,
            version_id=message.version_id,
            content_hash=_granted_hash(message.content_hash),
            capabilities=frozenset(message.capabilities),
            limits=limits_of(message.limits),
            install_revision=message.install_revision,
            issued_at=issued_at,
            expires_at=expires_at,
            configuration=dict(message.configuration),
            registry_revision=message.registry_revision,
            tenant_limits=limits_of(message.tenant_limits),
            egress=tuple(message.egress),
            tenant_egress=tuple(message.tenant_egress.destinations) if message.HasField("tenant_egress") else None,
            credentials=credentials_of(message.credentials),
            secrets_revision=message.secrets_revision,
        )


@dataclass(frozen=True, slots=True)
class AssetGrant:
    """The right to read the UI assets of one bundle until `expires_at`."""

    content_hash: Digest
    issued_at: datetime
    expires_at: datetime

    def sign(self, key: SigningKey) -> Signed:
        """The grant as it travels."""
        message = trust_pb2.AssetGrant(
            content_hash=str(self.content_hash), issued_at=_stamp(self.issued_at), expires_at=_stamp(self.expires_at)
        )
        return Signed.make(ASSET_TYPE, message.SerializeToString(deterministic=True), key)

    @classmethod
    def verify(cls, signed: Signed, keys: Keys, now: datetime) -> Self:
        """Read a grant. Raises GRANT_INVALID when it is altered, foreign or malformed, GRANT_EXPIRED when its time is over."""
        message = trust_pb2.AssetGrant()
        _parse(message, signed.verify(ASSET_TYPE, keys, Reason.GRANT_INVALID), Reason.GRANT_INVALID)
        issued_at, expires_at = _lifetime(message.issued_at, message.expires_at, now)
        return cls(_granted_hash(message.content_hash), issued_at, expires_at)


def credentials_of(messages: Iterable[trust_pb2.Credential]) -> tuple[Credential, ...]:
    """Credentials as protos have them."""
    return tuple(Credential(one.origin, one.header, one.prefix, one.secret) for one in messages)


def limits_of(said: Any) -> Limits:
    """The limits of a message or row that names all of them."""
    return Limits(**{field.name: getattr(said, field.name) for field in fields(Limits)})


def _stamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _parse(message: Message, payload: bytes, reason: Reason) -> None:
    try:
        message.ParseFromString(payload)
    except DecodeError as error:
        raise Fault(reason, log="signed payload is malformed") from error


def _granted_hash(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except Fault as error:
        raise Fault(Reason.GRANT_INVALID, log="grant names no content hash") from error


def _lifetime(issued: Timestamp, expires: Timestamp, now: datetime) -> tuple[datetime, datetime]:
    """Check both ends: a key in the wrong hands must not make grants that last, nor grants for later."""
    try:
        issued_at, expires_at = issued.ToDatetime(UTC), expires.ToDatetime(UTC)
    except (ValueError, OverflowError) as error:
        raise Fault(Reason.GRANT_INVALID, log="grant's times are malformed") from error
    if expires_at - issued_at > MAX_GRANT_AGE or issued_at > now + MAX_SKEW:
        raise Fault(Reason.GRANT_INVALID, log="grant lasts too long or begins in the future")
    if now >= expires_at:
        raise Fault(Reason.GRANT_EXPIRED)
    return issued_at, expires_at
