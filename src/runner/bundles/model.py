"""A bundle in its two states: as it lies on the disk, and verified and unpacked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kernel.archive import Entry
from kernel.digest import Digest
from kernel.signing import PublicKey, Signed
from kernel.trust import TrustBundle

ARCHIVE_NAME: Final = "bundle.tar.zst"


@dataclass(frozen=True, slots=True)
class Proof:
    """What came with an archive: the publisher's envelope and the registry's attestation. Nothing is believed yet."""

    envelope: bytes
    attestation: Signed


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """An archive on this runner's disk, and its proof. Verified again by each process that loads it."""

    archive: Path
    proof: Proof


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom this runner believes: the registry's attestation keys, by key id, and the publishers' trust bundle."""

    attestation_keys: Mapping[str, PublicKey]
    publishers: TrustBundle

    def same(self, other: "Trust") -> bool:
        """Whether it is the same in memory; comparing keys one by one would cost each call."""
        return self.attestation_keys is other.attestation_keys and self.publishers is other.publishers


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified, unpacked bundle.

    `tree` is the directory of its files, `wasm` the component (None without a server side), `ui_entry` the path of the UI's
    first page (None without a UI), `ui_files` every file below `ui/` by its path in the bundle, `tree_bytes` the size of all
    files together.
    """

    content_hash: Digest
    name: str
    version: str
    tree: Path
    wasm: Path | None
    ui_entry: str | None
    ui_files: Mapping[str, Entry]
    tree_bytes: int
