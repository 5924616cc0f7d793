"""What the registry knows, as values. Ids are UUIDs in lower-case text, times are aware and in UTC."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from kernel.auth import Role
from kernel.caller_limits import CallerLimits
from kernel.digest import Digest
from kernel.grants import Credential, Limits
from kernel.permissions import AccessRules
from kernel.sealing import Box
from kernel.signing import Signed
from kernel.trust import Signer
from kernel.user import User


class Visibility(StrEnum):
    """Who may see and install an extension: every tenant, or its owner and the tenants that the owner named."""

    PUBLIC = "public"
    PRIVATE = "private"


class VersionState(StrEnum):
    """What may still be done with a version; YANKED: it runs where it is installed, REVOKED: it does not run."""

    ACTIVE = "active"
    YANKED = "yanked"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class PublisherKey:
    """A key that signs for a publisher: itself or, an `authority`'s, through certificates below it.

    Without PEM it is a note that a key which was never added, e.g. of such a certificate, is revoked. `not_before` and `not_after`
    bound the time at which signatures count. Of a revoked key nothing counts but what was attested before `compromised_since`.
    """

    key_id: str
    public_key_pem: str
    created_at: datetime
    revoked_at: datetime | None = None
    authority: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None
    compromised_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Publisher:
    """Somebody who publishes. `keys` holds revoked ones too, oldest first."""

    id: str
    name: str
    created_at: datetime
    keys: tuple[PublisherKey, ...] = ()

    def key(self, key_id: str) -> PublisherKey | None:
        """One of its keys."""
        return next((key for key in self.keys if key.key_id == key_id), None)


@dataclass(frozen=True, slots=True)
class Account:
    """A publisher, the bytes of the archives of all its versions, and how many they may be."""

    publisher: Publisher
    stored_bytes: int
    quota_bytes: int


@dataclass(frozen=True, slots=True)
class Extension:
    """A name and its owner (`publisher` is the owner's name)."""

    id: str
    name: str
    publisher: str
    visibility: Visibility
    created_at: datetime
    allowed_tenants: frozenset[str] = frozenset()
    deprecation: str | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """On whose behalf extensions are read: everybody's (both empty), a publisher's own, or those that a tenant may see."""

    publisher: str = ""
    tenant_id: str = ""

    def sees(self, extension: Extension) -> bool:
        """Whether the extension exists for this viewer."""
        if self.publisher:
            return extension.publisher == self.publisher
        open_to_all = not self.tenant_id or extension.visibility is Visibility.PUBLIC
        return open_to_all or self.tenant_id in extension.allowed_tenants


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and path that a version's handler answers; `timeout_ms` 0 = the version's."""

    method: str
    path: str
    handler: str
    timeout_ms: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version. `name` and `publisher` are its extension's.

    `capabilities` and `egress` are what its manifest asks for and wants to reach, sorted; `client_portal` = it is meant for
    client-portal users too, `hooks` = where its UI wants to appear in the host application: the label there, by the hook's name.
    """

    id: str
    extension_id: str
    name: str
    publisher: str
    version: str
    content_hash: Digest
    size_bytes: int
    state: VersionState
    capabilities: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    ui_entry: str | None
    has_handler: bool
    notes: tuple[str, ...]
    limits: Limits
    published_at: datetime
    egress: tuple[str, ...] = ()
    client_portal: bool = False
    hooks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What proves an archive: the publisher's envelope, byte for byte, who signed it, and the registry's attestation."""

    content_hash: Digest
    size_bytes: int
    envelope: bytes
    attestation: Signed
    signers: tuple[Signer, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """A version that may run, by whom its bundle is signed, and when the registry attested it."""

    version_id: str
    extension_id: str
    content_hash: Digest
    attested_at: datetime
    signers: tuple[Signer, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How what a version asks for differs from what another one asks for. Texts are sorted, endpoints in their version's order."""

    added_capabilities: tuple[str, ...] = ()
    removed_capabilities: tuple[str, ...] = ()
    added_egress: tuple[str, ...] = ()
    removed_egress: tuple[str, ...] = ()
    added_endpoints: tuple[Endpoint, ...] = ()
    removed_endpoints: tuple[Endpoint, ...] = ()

    @property
    def widens(self) -> bool:
        """Whether anything is added."""
        return bool(self.added_capabilities or self.added_egress or self.added_endpoints)


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """A version that somebody asked an install to move to, and that its tenant has not consented to."""

    version_id: str
    version: str
    content_hash: Digest
    difference: Difference
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Install:
    """One extension in one version for one tenant. `version_state`, `limits` and `hooks` are the installed version's.

    `tenant_limits` are what the tenant lets one call spend, `tenant_egress` where it may send requests (None = the tenant says
    nothing), `credentials` what the host adds to them; `secrets_revision` 0 = no secret was ever stored, `access` who may call it
    (None = the tenant says nothing), `caller_limits` what they may ask together. `pending_update` tells the difference from the
    installed version.
    """

    id: str
    tenant_id: str
    extension_id: str
    extension_name: str
    version_id: str
    version: str
    content_hash: Digest
    version_state: VersionState
    enabled: bool
    capabilities: frozenset[str]
    limits: Limits
    revision: int
    created_at: datetime
    updated_at: datetime
    configuration: Mapping[str, str] = field(default_factory=dict)
    pending_update: PendingUpdate | None = None
    tenant_limits: Limits = field(default_factory=Limits)
    tenant_egress: tuple[str, ...] | None = None
    credentials: tuple[Credential, ...] = ()
    secrets_revision: int = 0
    access: AccessRules | None = None
    caller_limits: CallerLimits = field(default_factory=CallerLimits)
    hooks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret of an install that runners can open. `revision` is the install's `secrets_revision` at which it was stored.

    From `expires_at` on it is expired, and still there; None = never.
    """

    name: str
    revision: int
    boxes: tuple[Box, ...]
    updated_at: datetime
    expires_at: datetime | None = None

    @property
    def size(self) -> int:
        """Bytes of ciphertext."""
        return sum(len(box.ciphertext) for box in self.boxes)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an install's storage; `revision` is 1 for the first write and one more with each later one.

    From `expires_at` on it is not there; None = it stays.
    """

    namespace: str
    key: str
    value: bytes
    revision: int
    expires_at: datetime | None = None

    @property
    def size(self) -> int:
        """Bytes that it counts."""
        return len(self.key.encode()) + len(self.value)


@dataclass(frozen=True, slots=True)
class NamespaceUsage:
    """What one namespace of an install holds, entries included whose time is over and that are not removed yet."""

    namespace: str
    keys: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What an install may do now, as far as it concerns a running guest."""

    enabled: bool
    version_id: str
    version_state: VersionState
    capabilities: frozenset[str]
    configuration: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret. `tenant_id` is set for the tenant roles, `publisher` (a name) for publishers.

    `user` = the person whose key it is.
    """

    id: str
    role: Role
    tenant_id: str
    publisher: str
    label: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    user: User | None = None

    def holds(self, now: datetime) -> bool:
        """Whether the key still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


_SEMVER: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")


def precedence(version: str) -> tuple[object, ...]:
    """Sort key for semantic versions of manifests: https://semver.org/#spec-item-11."""
    match = _SEMVER.fullmatch(version)
    assert match is not None, "versions are checked when they are published"
    numbers = tuple(int(part) for part in match.group(1, 2, 3))
    parts = match[4].split(".") if match[4] else []
    # Numbers sort below words, a shorter list below a longer one, no pre-release above all of them.
    return (*numbers, not parts, tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts))


def is_prerelease(version: str) -> bool:
    """Whether a semantic version has a pre-release part."""
    return "-" in version.partition("+")[0]


def new_id() -> str:
    """A fresh id."""
    return str(uuid.uuid4())


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
