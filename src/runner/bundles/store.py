"""Bundles on the runner's disk: `bundles/<hex>/` keeps archive and proof over restarts, `trees/` unpacked files for one process.

A bundle appears complete or not at all (written beside, then renamed), and leaves in one step (renamed, then removed). Nothing
that is read back is believed: `runner.bundles.verify` judges it. The methods block; whoever has the store has the directory to
itself.
"""

import base64
import binascii
import json
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import Final

from kernel.digest import Digest
from kernel.dsse import MAX_ENVELOPE_BYTES
from kernel.errors import Fault, Reason
from kernel.signing import Signed
from runner.bundles.model import ARCHIVE_NAME, VARIANTS_NAME, Proof, StoredBundle

MAX_ATTESTATION_BYTES: Final = 64 << 10  # a damaged file must not fill the memory
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_ENVELOPE, _ATTESTATION = "envelope.json", "attestation.json"


class BundleStore:
    """The directory of one runner. Call `open` first."""

    def __init__(self, root: Path) -> None:
        self._bundles, self._trees, self._beside = root / "bundles", root / "trees", root / "incoming"

    def open(self) -> list[tuple[Digest, int]]:
        """Make the directories, drop what an earlier process left unfinished or unpacked, and list the stored bundles.

        Each with the bytes that it takes, the least recently stored first.
        """
        for leftover in (self._trees, self._beside):
            shutil.rmtree(leftover, ignore_errors=True)
        for folder in (self._bundles, self._trees, self._beside):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = [entry for entry in self._bundles.iterdir() if _HEX.fullmatch(entry.name)]
        found.sort(key=lambda entry: entry.stat().st_mtime_ns)
        return [(Digest(entry.name), _size(entry)) for entry in found]

    def incoming(self) -> Path:
        """A fresh directory for a bundle on its way in; `keep` or `discard` it."""
        place = self._beside / secrets.token_hex(8)
        place.mkdir(mode=0o700)
        return place

    def keep(self, content_hash: Digest, place: Path, proof: Proof) -> int:
        """Store what was received in `place` under its hash, in place of what was there; answers its size in bytes."""
        signed = proof.attestation
        said = {"payload": _b64(signed.payload), "signature": _b64(signed.signature), "key_id": signed.key_id}
        (place / _ENVELOPE).write_bytes(proof.envelope)
        (place / _ATTESTATION).write_text(json.dumps(said), encoding="utf-8")
        size = _size(place)
        self.remove(content_hash)
        place.rename(self._bundles / content_hash.hex)
        return size

    def read(self, content_hash: Digest) -> StoredBundle | None:
        """What is stored under a hash. Raises BUNDLE_INTEGRITY when it cannot be read."""
        place = self._bundles / content_hash.hex
        if not place.is_dir():
            return None
        try:
            envelope = _read(place / _ENVELOPE, MAX_ENVELOPE_BYTES)
            said = json.loads(_read(place / _ATTESTATION, MAX_ATTESTATION_BYTES))
            payload, signature = (base64.b64decode(said[name], validate=True) for name in ("payload", "signature"))
            attestation = Signed(payload, signature, str(said["key_id"]))
        except (OSError, ValueError, TypeError, KeyError, binascii.Error, RecursionError) as error:
            raise Fault(Reason.BUNDLE_INTEGRITY, log=f"the stored {content_hash} cannot be read: {error}") from error
        return StoredBundle(place / ARCHIVE_NAME, Proof(envelope, attestation), place / VARIANTS_NAME)

    def new_tree(self, content_hash: Digest) -> Path:
        """A path at which nothing is, for unpacking a bundle."""
        return self._trees / f"{content_hash.hex}-{secrets.token_hex(4)}"

    def remove(self, content_hash: Digest, tree: Path | None = None) -> None:
        """Remove a stored bundle and its unpacked files, if there are any."""
        self.discard(self.retire(content_hash, tree))

    def retire(self, content_hash: Digest, tree: Path | None) -> list[Path]:
        """Take a bundle and its tree out of sight, which is quick; `discard` what this answers."""
        return [
            place.rename(self._beside / f"gone-{secrets.token_hex(8)}")
            for place in (self._bundles / content_hash.hex, tree)
            if place is not None and place.exists()
        ]

    def discard(self, places: list[Path]) -> None:
        """Remove directories of this store for good."""
        for place in places:
            shutil.rmtree(place, ignore_errors=True)


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{path.name} is longer than {most} bytes")
    return data


def _size(place: Path) -> int:
    with os.scandir(place) as entries:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
