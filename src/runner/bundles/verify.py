"""The verification of a bundle on load: nothing of it is used before all of these hold. 2 and 3 again when trust changes.

1. the archive's bytes have the content hash
2. the registry attested this hash
3. the publisher signed this archive: the envelope is the attested one, its key is trusted, its statement agrees with the
   attestation and was valid at that time
4. the archive unpacks, and its tar is the attested one
5. the manifest speaks of the attested name, version and publisher
6. of the variants those are kept that unpack to files of the archive
"""

import hashlib
import shutil
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from kernel import dsse
from kernel.archive import ArchiveIndex, extract
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import Attestation
from kernel.manifest import Manifest
from runner.bundles.model import Bundle, Proof, StoredBundle, Trust
from runner.bundles.variants import unpack

_MANIFEST = "manifest.json"


def load(stored: StoredBundle, content_hash: Digest, trust: Trust, tree: Path) -> Bundle:
    """Verify a bundle and unpack it at `tree`, where nothing may be yet and, when this raises, nothing is left. Blocks.

    Raises BUNDLE_INTEGRITY, ATTESTATION_INVALID, STATEMENT_MISMATCH, and as `kernel.dsse.verify` does.
    """
    try:
        with stored.archive.open("rb") as archive:
            # 1. the archive's bytes have the content hash
            if (actual := _digest(archive)) != content_hash:
                raise Fault(Reason.BUNDLE_INTEGRITY, log=f"the archive of {content_hash} has digest {actual}")
            # 2. and 3. the registry attested this hash, the publisher signed this archive
            attestation = check_proof(stored.proof, content_hash, trust)
            # 4. the archive unpacks, and its tar is the attested one
            archive.seek(0)
            index = _extract(archive, tree)
    except OSError as error:
        raise Fault(Reason.BUNDLE_INTEGRITY, log=f"{content_hash} cannot be read or unpacked: {error}") from error
    try:
        if index.tar_digest != attestation.tar_digest:
            raise Fault(Reason.BUNDLE_INTEGRITY, log=f"the tar of {content_hash} has digest {index.tar_digest}")
        # 5. the manifest speaks of the attested name, version and publisher
        manifest = _manifest(tree, index)
        named = (manifest.name, manifest.publisher) == (attestation.name, attestation.publisher)
        if not named or not manifest.stands_for(attestation.version):
            raise Fault(Reason.STATEMENT_MISMATCH, log=f"the manifest of {content_hash} is not of what was attested")
        # 6. of the variants those are kept that unpack to files of the archive
        ui_files = {entry.path: entry for entry in index.entries if entry.path.startswith("ui/")}
        kept = unpack(stored.variants, ui_files.values(), tree)
    except BaseException:
        shutil.rmtree(tree, ignore_errors=True)
        raise
    return Bundle(
        content_hash=content_hash,
        name=manifest.name,
        version=attestation.version,
        tree=tree,
        wasm=tree / manifest.entry if manifest.has_handler(index.paths) else None,
        ui_entry=manifest.ui.entry if manifest.ui else None,
        ui_files=ui_files,
        tree_bytes=sum(entry.size for entry in index.entries) + sum(variant.size for variant in kept.values()),
        variants=kept,
        page_sources=manifest.ui.sources if manifest.ui else {},
    )


def check_proof(proof: Proof, content_hash: Digest, trust: Trust) -> Attestation:
    """What the registry attested, once steps 2 and 3 hold. Raises as `load` does."""
    # 2. the registry attested this hash
    attestation = Attestation.verify(proof.attestation, trust.attestation_keys)
    if attestation.content_hash != content_hash:
        raise Fault(Reason.ATTESTATION_INVALID, log=f"the attestation of {content_hash} names {attestation.content_hash}")
    # 3. the publisher signed this archive
    _check_envelope(proof.envelope, attestation, trust)
    return attestation


def _digest(file: BufferedReader) -> Digest:
    return Digest(hashlib.file_digest(file, "sha256").hexdigest())


def _check_envelope(envelope: bytes, attestation: Attestation, trust: Trust) -> None:
    if (actual := Digest.of(envelope)) != attestation.envelope_digest:
        raise Fault(Reason.BUNDLE_INTEGRITY, log=f"the envelope of {attestation.content_hash} has digest {actual}")
    statement, _ = dsse.verify(envelope, trust.publishers, attestation.attested_at)
    said = (statement.archive, statement.tar, statement.name, statement.version, statement.publisher)
    attested = (
        attestation.content_hash,
        attestation.tar_digest,
        attestation.name,
        attestation.version,
        attestation.publisher,
    )
    if said != attested:
        raise Fault(Reason.STATEMENT_MISMATCH, log=f"the statement about {attestation.content_hash} is not what was attested")
    _check_time(statement, attestation.attested_at)


def _check_time(statement: dsse.Statement, attested_at: datetime) -> None:
    # As of then, not now: a bundle goes on running after its publisher's statement ends. Revocation is what stops it.
    statement.check_time(attested_at)


def _extract(archive: BinaryIO, tree: Path) -> ArchiveIndex:
    try:
        return extract(archive, tree)
    except Fault as fault:  # the registry had accepted it, so it is not the caller who sent something wrong
        raise Fault(Reason.BUNDLE_INTEGRITY, log=f"the archive does not unpack: {fault}") from fault


def _manifest(tree: Path, index: ArchiveIndex) -> Manifest:
    try:
        manifest = Manifest.parse((tree / _MANIFEST).read_bytes(), next_patch=True)
        manifest.check_files(index.paths)
    except (Fault, OSError) as error:
        raise Fault(Reason.BUNDLE_INTEGRITY, log=f"the manifest cannot be read: {error}") from error
    return manifest
