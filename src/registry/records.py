"""Rows as a diagnosis reads them: as they are, so that what a rule forbids is seen and not hidden by a join."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from kernel.digest import Digest
from kernel.signing import Signed
from kernel.trust import Signer


class FaultKind(StrEnum):
    """What part of a database is at fault: its pages and indexes, a row's reference, or the schema's version."""

    PAGES = "pages"
    REFERENCES = "references"
    SCHEMA = "schema"


@dataclass(frozen=True, slots=True)
class DatabaseFault:
    """What the database says about itself; `subject` names a table's row, empty for the whole."""

    kind: FaultKind
    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as far as it concerns its bundle; `owner` is the publisher that its extension's name belongs to."""

    id: str
    name: str
    version: str
    owner: str
    state: str


@dataclass(frozen=True, slots=True)
class BundleRow:
    """A bundle, its version, and the signers that were recorded for it, in order."""

    content_hash: Digest
    size_bytes: int
    envelope: bytes
    attestation: Signed
    version: VersionRow | None
    signers: tuple[Signer, ...]


@dataclass(frozen=True, slots=True)
class InstallRow:
    """An install beside the version that it names. The JSON columns are as they are stored, of any shape.

    `version_extension_id` and `pending_extension_id` say whose the two versions are; None for a version that does not exist.
    """

    tenant_id: str
    id: str
    extension_id: str
    version_extension_id: str | None
    version_state: str | None
    enabled: bool
    granted: Any
    asked: Any
    pending: Any
    pending_extension_id: str | None
    configuration: Any
    limits: Any
    credentials: Any = None
    access: Any = None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What one namespace of an install is said to hold, and what it holds: keys, and bytes of keys and values."""

    namespace: str
    told: tuple[int, int]
    counted: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """The change log: number of rows, least and greatest revision, the last one ever given out, rows by kind."""

    count: int
    first: int
    last: int
    issued: int
    kinds: Mapping[str, int]


class Records(Protocol):
    """What a diagnosis reads. Nothing here writes or takes the write lock. Pages are ordered by the key that `after` names."""

    async def faults(self) -> list[DatabaseFault]:
        """The database's own checks of its pages, indexes and references; at most 100 of a kind. Reads all of it once."""

    async def bundles(self, after: str, most: int) -> list[BundleRow]:
        """By content hash (hex)."""

    async def installs(self, after: tuple[str, str], most: int) -> list[InstallRow]:
        """Of all tenants, by tenant and id."""

    async def usage(self, tenant_id: str, install_id: str) -> list[UsageRow]:
        """Every namespace of an install that has entries or a sum."""

    async def stored(self, after: str, most: int) -> list[tuple[str, int]]:
        """Publishers by name, each with the bytes of the archives of all its versions."""

    async def log(self) -> ChangeLog:
        """What the change log holds."""
