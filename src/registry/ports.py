"""What the use-cases need from the outside: a catalog of small tables, and a place for bundles.

Nothing here raises but as documented; what the database or the store cannot do comes out as UNAVAILABLE.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from kernel.digest import Digest
from kernel.fields import Page
from kernel.signing import Signed
from kernel.watch import Change, ChangeKind
from registry.execution import DayUsage, Execution
from registry.idempotency.ports import IdempotencyKeys
from registry.model import (
    ApiKey,
    Bundle,
    Entry,
    Extension,
    Install,
    NamespaceUsage,
    Publisher,
    PublisherKey,
    SealedSecret,
    SignedVersion,
    Standing,
    Version,
    VersionState,
    Viewer,
)
from registry.records import Records
from registry.schedules.ports import Due, Occurrences, Schedules


class Publishers(Protocol):
    """Who may publish, and their keys."""

    async def add(self, publisher: Publisher) -> None:
        """Record a publisher without keys. Raises ALREADY_EXISTS for a name that is in use."""

    async def by_name(self, name: str) -> Publisher | None:
        """The publisher with its keys, oldest first."""

    async def by_key(self, key_id: str) -> Publisher | None:
        """The publisher that a key, revoked or not, was added to; not those that only noted it as revoked."""

    async def add_key(self, publisher_id: str, key: PublisherKey) -> None:
        """Record a key. Raises ALREADY_EXISTS for one that this publisher has, or, but for notes, that anybody has or had."""

    async def save_key(self, publisher_id: str, key: PublisherKey) -> None:
        """Write when a key ends, and since when it does not count."""

    async def stored_bytes(self, publisher_id: str) -> int:
        """Bytes of the archives of all its versions."""


class Extensions(Protocol):
    """Names and their owners. Names are compared without regard to case; they are stored in lower case."""

    async def add(self, extension: Extension) -> None:
        """Record an extension. Raises ALREADY_EXISTS for a name that is in use, NOT_FOUND for an unknown publisher."""

    async def find(self, ref: str) -> Extension | None:
        """By id or name."""

    async def save(self, extension: Extension) -> None:
        """Write visibility, allowed tenants and deprecation."""

    async def page(self, viewer: Viewer, page: Page) -> list[Extension]:
        """Those that the viewer sees, ordered by name (the page's one key); up to one more than the page's size."""


class Versions(Protocol):
    """Immutable versions. Their bundles are in `Bundles`."""

    async def add(self, version: Version) -> None:
        """Record a version whose bundle is recorded. Raises VERSION_CONFLICT when the extension has it, or its bytes."""

    async def find(self, extension_id: str, version: str) -> Version | None:
        """By extension and semver, letter for letter."""

    async def by_hash(self, content_hash: Digest) -> Version | None:
        """The one version with these bytes."""

    async def set_state(self, version_id: str, state: VersionState) -> None:
        """Write the state."""

    async def active(self, extension_id: str) -> list[str]:
        """The semvers of all active versions, in no order."""

    async def all(self, extension_id: str) -> list[str]:
        """The semvers of all versions, whatever their state, in no order."""

    async def page(self, extension_id: str, page: Page) -> list[Version]:
        """Newest first (the page's keys: `published_at` as `stamp` writes it, id); up to one more than the page's size."""


class Bundles(Protocol):
    """What proves the archives of the blob store."""

    async def add(self, bundle: Bundle) -> None:
        """Record a bundle. Raises VERSION_CONFLICT when its hash is recorded."""

    async def get(self, content_hash: Digest) -> Bundle | None:
        """By hash."""

    async def revoked(self) -> frozenset[Digest]:
        """The bundles of all revoked versions."""

    async def attest(self, content_hash: Digest, attestation: Signed) -> None:
        """Write the attestation of a bundle that is recorded."""

    async def recorded(self, hashes: Collection[Digest]) -> frozenset[Digest]:
        """Those of at most `MAX_HASHES` hashes that are recorded."""

    async def signed_by(self, publisher_id: str, key_id: str) -> list[SignedVersion]:
        """By hash, a publisher's versions that a key signed itself or through certificates below it; no revoked ones."""


class Installs(Protocol):
    """Which tenant runs what; a tenant has an extension at most once."""

    async def add(self, install: Install) -> None:
        """Record an install. Raises ALREADY_EXISTS when the tenant has the extension."""

    async def find(self, tenant_id: str, ref: str) -> Install | None:
        """Of this tenant: by install id, extension id, extension name or `publisher.name`, in this order and in any case."""

    async def save(self, install: Install) -> None:
        """Write all of an install that can change."""

    async def remove(self, tenant_id: str, install_id: str) -> None:
        """Remove an install and its configuration; its entries and secrets must be gone."""

    async def standing(self, tenant_id: str, install_id: str) -> Standing | None:
        """What an install may do now. By id alone, exactly as it is written: this is asked once for each storage call."""

    async def page(self, tenant_id: str, page: Page) -> list[Install]:
        """Of this tenant, ordered by extension name (the page's one key); up to one more than the page's size."""

    async def located(self, install_id: str) -> Install | None:
        """Any tenant's install by its id: gateways find what a host name of a UI means."""

    async def serving(self, ref: str, content_hash: Digest) -> Install | None:
        """Any tenant's enabled install of this bundle, by install id, extension id or name: UI bytes are no tenant's secret."""


class Storage(Protocol):
    """The entries of installs. Each call but `expired` names tenant and install. What is over at `now` is not there."""

    async def get(self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime) -> Entry | None:
        """One entry."""

    async def put(self, tenant_id: str, install_id: str, entry: Entry) -> None:
        """Write one entry, new or not, and count it."""

    async def delete(self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime) -> bool:
        """Remove one entry; False when there is none."""

    async def page(self, tenant_id: str, install_id: str, namespace: str, page: Page, now: datetime) -> list[Entry]:
        """Ordered by key, code point by code point (the page's one key); up to one more than the page's size."""

    async def usage(self, tenant_id: str, install_id: str) -> list[NamespaceUsage]:
        """The namespaces that hold anything, by name."""

    async def clear(self, tenant_id: str, install_id: str, namespace: str | None = None) -> int:
        """Remove all entries of an install, or of one namespace of it; answers their number."""

    async def expire(self, tenant_id: str, install_id: str, now: datetime, most: int) -> int:
        """Remove entries whose time is over, the oldest first, and stop counting them; answers their number."""

    async def expired(self, now: datetime, most: int) -> list[tuple[str, str]]:
        """Tenants and installs that have entries whose time is over."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept: of each install the `newest` executions, all since a moment; usage since a day.

    `most` rows of each kind are forgotten at once.
    """

    newest: int
    since: datetime
    usage_since: date
    most: int


class Executions(Protocol):
    """Calls of installs, and what they used by day in UTC."""

    async def add(self, executions: Sequence[Execution]) -> int:
        """Record and count calls; how many are new. Those of installs that do not exist are passed over."""

    async def retain(self, installs: Collection[tuple[str, str]], retention: Retention) -> None:
        """Forget what these installs have too much, and what is too old, of these and others; usage stays as it was counted."""

    async def find(self, tenant_id: str, install_id: str, ref: str) -> Execution | None:
        """By id, or of those with that request id the newest."""

    async def page(self, tenant_id: str, install_id: str, page: Page) -> list[Execution]:
        """Newest first and without lines (the page's keys: `started_at` as `stamp` writes it, id); up to one more than its size."""

    async def usage(self, tenant_id: str, install_id: str, since: date) -> list[DayUsage]:
        """Days since one that had calls, newest first."""

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all calls and all usage of an install."""


class Secrets(Protocol):
    """Sealed secrets of installs. Each call names tenant and install."""

    async def of(self, tenant_id: str, install_id: str) -> tuple[SealedSecret, ...]:
        """All of an install, by name, code point by code point."""

    async def put(self, tenant_id: str, install_id: str, secret: SealedSecret) -> None:
        """Write one, new or not."""

    async def remove(self, tenant_id: str, install_id: str, name: str) -> None:
        """Remove one, if it is there."""

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all of an install."""


class ApiKeys(Protocol):
    """API keys by the hash of their secret."""

    async def add(self, key: ApiKey, secret_hash: bytes) -> None:
        """Record a key. Raises ALREADY_EXISTS for a known hash, NOT_FOUND for an unknown publisher."""

    async def by_hash(self, secret_hash: bytes) -> ApiKey | None:
        """The key, whether it holds or not."""

    async def find(self, key_id: str) -> ApiKey | None:
        """By id."""

    async def revoke(self, key_id: str, moment: datetime) -> None:
        """End a key; one that was revoked before keeps its time."""

    async def page(self, tenant_id: str, page: Page) -> list[ApiKey]:
        """Of a tenant, or all for an empty tenant, newest first (the page's keys: `created_at` as `stamp` writes it, id)."""


class Changes(Protocol):
    """The log of what happened to installs and versions. It keeps the last `MAX_BEHIND` revisions."""

    async def append(
        self, kind: ChangeKind, extension_id: str, content_hash: Digest, tenant_id: str = "", install_id: str = ""
    ) -> int:
        """Write one change; answers its revision. Watchers hear of it once the transaction is committed."""

    async def after(self, revision: int, most: int) -> list[Change]:
        """The oldest changes with a greater revision."""

    async def head(self) -> int:
        """The last revision; 0 before the first change."""


MAX_HASHES = 256  # of one question to the catalog
MAX_BEHIND = 10_000  # changes that a watcher may lag behind: what the log keeps


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables as of one transaction."""

    publishers: Publishers
    extensions: Extensions
    versions: Versions
    bundles: Bundles
    installs: Installs
    storage: Storage
    executions: Executions
    secrets: Secrets
    api_keys: ApiKeys
    changes: Changes
    records: Records
    schedules: Schedules
    occurrences: Occurrences
    due: Due
    idempotency: IdempotencyKeys


class Catalog(Protocol):
    """Transactions."""

    def read(self) -> AbstractAsyncContextManager[Tables]:
        """A consistent view; nothing is written through it. Raises UNAVAILABLE."""

    async def entry(
        self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime
    ) -> tuple[Standing | None, Entry | None]:
        """What an install may do now, and one entry if it has it, as of one moment: what `read` answers, at less cost.

        Raises UNAVAILABLE.
        """

    def write(self, *, brief: bool = False) -> AbstractAsyncContextManager[Tables]:
        """The only writer until its end; committed when the block ends, undone when it raises. Raises UNAVAILABLE.

        `brief`: a few statements of a few rows each, of which callers wait for many a second; the process does nothing else
        meanwhile.
        """


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """One blob: the bytes of its archive, and when it was put. Not `whole`: what broken puts left, perhaps beside a whole one."""

    content_hash: Digest
    size: int
    modified_at: datetime
    whole: bool = True


class Blobs(Protocol):
    """Archives by content hash, each with its manifest and variants beside it. Raises UNAVAILABLE for a store that fails."""

    async def put(self, content_hash: Digest, archive: Path, manifest: bytes, variants: bytes = b"") -> None:
        """Store an archive, also where there is one: the same hash means the same bytes. Empty variants are not stored.

        It appears whole or not at all, and is on the disk when this returns. Takes little memory, whatever the size.
        """

    async def size(self, content_hash: Digest) -> int | None:
        """Bytes of the archive, None when there is none."""

    def read(self, content_hash: Digest) -> AsyncIterator[bytes]:
        """The archive in chunks of at most 256 KiB. Raises BUNDLE_INTEGRITY when there is none."""

    def read_variants(self, content_hash: Digest) -> AsyncIterator[bytes]:
        """The same of the variants; no chunks when there are none."""

    async def delete(self, content_hash: Digest) -> None:
        """Remove a blob, whole or not, if there is one. Not to be called beside a put of the same hash."""

    async def tidy(self, content_hash: Digest) -> None:
        """Remove what broken puts left of a blob; one that is whole stays. Not to be called beside a put of the same hash."""

    def list(self) -> AsyncIterator[StoredBlob]:
        """All blobs in no order, and those that are not whole. What is put or deleted meanwhile may be left out."""


def stamp(moment: datetime) -> str:
    """A time as page keys carry it: microseconds since 1970, in digits that sort as text."""
    return f"{int(moment.timestamp()) * 1_000_000 + moment.microsecond:020d}"
