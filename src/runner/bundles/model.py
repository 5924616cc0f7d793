"""A bundle in its two states: as it lies on the disk, and verified and unpacked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kernel.archive import Entry
from kernel.digest import Digest
from kernel.signing import PublicKey, Signed
from kernel.trust import TrustBundle

ARCHIVE_NAME: Final = "bundle.tar.zst"
VARIANTS_NAME: Final = "variants.binpb"


@dataclass(frozen=True, slots=True)
class Proof:
    """What came with an archive: the publisher's envelope and the registry's attestation. Nothing is believed yet."""

    envelope: bytes
    attestation: Signed


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """An archive on this runner's disk, its proof, and where variants are if there are any. Verified again by each process."""

    archive: Path
    proof: Proof
    variants: Path


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom this runner believes: the registry's attestation keys, by key id, and the publishers' trust bundle."""

    attestation_keys: Mapping[str, PublicKey]
    publishers: TrustBundle

    def same(self, other: "Trust") -> bool:
        """Whether it is the same in memory; comparing keys one by one would cost each call."""
        return self.attestation_keys is other.attestation_keys and self.publishers is other.publishers


@dataclass(frozen=True, slots=True)
class Variant:
    """A file of a verified bundle in a content coding; `digest` is of its own bytes."""

    path: Path
    size: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified, unpacked bundle.

    `tree` is the directory of its files, `wasm` the component (None without a server side), `ui_entry` the path of the UI's
    first page (None without a UI), `ui_files` every file below `ui/` by its path in the bundle, `variants` other forms of them by
    the file's digest and the coding, `tree_bytes` the size of all files together. `page_sources` is what pages load from elsewhere,
    by directive.
    """

    content_hash: Digest
    name: str
    version: str
    tree: Path
    wasm: Path | None
    ui_entry: str | None
    ui_files: Mapping[str, Entry]
    tree_bytes: int
    variants: Mapping[tuple[Digest, str], Variant] = field(default_factory=dict)
    page_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
