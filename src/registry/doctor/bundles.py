"""Bundles: each has its version, its archive, an attestation that says what the rows say, and signers that still count."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from kernel import dsse
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import Attestation
from kernel.signing import PublicKey
from kernel.trust import Signer, TrustBundle
from registry import signers
from registry.doctor.finding import Check, Flaw, Severity
from registry.model import Publisher, VersionState
from registry.ports import Blobs, Catalog
from registry.records import BundleRow

PAGE: Final = 50  # rows; an envelope has up to 64 KiB
_RESTORE: Final = "restore database and blobs from one backup"
_FORGED: Final = "revoke the version, and find out who wrote to the database; or " + _RESTORE
# What a trust bundle that has changed since makes of a signature that was good. All else is the envelope's own fault.
_TRUST_CHANGED: Final = frozenset({Reason.SIGNER_UNTRUSTED, Reason.CERTIFICATE_INVALID, Reason.SIGNER_EXPIRED})


@dataclass(frozen=True, slots=True)
class Proven:
    """A bundle's row, the publisher that owns its name, and what its attestation says.

    That is None for one that does not verify, which a check of its own tells.
    """

    row: BundleRow
    owner: Publisher | None
    said: Attestation | None

    @property
    def subject(self) -> str:
        """What people look for."""
        version = self.row.version
        return f"{version.name} {version.version}" if version else str(self.row.content_hash)


class BundleChecks:
    """The rules for bundles. `key_id` is that of the key that signs attestations now; `deep`: archives are read and hashed."""

    def __init__(
        self, blobs: Blobs, attestation_keys: Mapping[str, PublicKey], key_id: str, trust: TrustBundle, *, deep: bool
    ) -> None:
        self._blobs, self._keys, self._key_id, self._trust, self._deep = blobs, attestation_keys, key_id, trust, deep

    def all(self) -> tuple[Check[Proven], ...]:
        """In the order in which they are told."""
        return (
            Check("bundle-version", "every bundle belongs to a version", self._version),
            Check("blob-present", f"every bundle has its archive, with the recorded {self._depth}", self._blob),
            Check("attestation", "every attestation verifies and says what the rows say", self._attestation),
            Check("attestation-key", "every attestation is signed with today's key", self._attestation_key),
            Check("name-owner", "every version is attested for the publisher that owns the name", self._owner),
            Check("envelope", "every envelope verifies as of its attestation, with today's trust bundle", self._envelope),
            Check("signers", "every envelope has the signers that are recorded", self._signers),
            Check("key-revocation", "every version that is not revoked has a signer that is not revoked", self._revocation),
        )

    async def rows(self, catalog: Catalog) -> AsyncIterator[Proven]:
        """All bundles, page by page; no transaction is open in between."""
        after = ""
        while True:
            async with catalog.read() as tables:
                page = await tables.records.bundles(after, PAGE)
                names = {row.version.owner for row in page if row.version}
                owners = {name: await tables.publishers.by_name(name) for name in names}
            for row in page:
                yield Proven(row, owners[row.version.owner] if row.version else None, self._said(row))
            if len(page) < PAGE:
                return
            after = page[-1].content_hash.hex

    @property
    def _depth(self) -> str:
        return "bytes" if self._deep else "size"

    def _said(self, row: BundleRow) -> Attestation | None:
        try:
            return Attestation.verify(row.attestation, self._keys)
        except Fault:
            return None

    async def _version(self, bundle: Proven) -> AsyncIterator[Flaw]:
        if bundle.row.version is None:
            yield Flaw(bundle.subject, "no version refers to it, though both are written in one transaction", _RESTORE)

    async def _blob(self, bundle: Proven) -> AsyncIterator[Flaw]:
        content_hash = bundle.row.content_hash
        step = f"put the archive {content_hash} back from a backup; until then it cannot be installed, nor fetched by runners"
        size = await self._blobs.size(content_hash)
        if size is None:
            yield Flaw(bundle.subject, "its archive is gone: the version's row was written after the archive was safe", step)
        elif size != bundle.row.size_bytes:
            yield Flaw(bundle.subject, f"its archive has {size} bytes, {bundle.row.size_bytes} are recorded", step)
        elif self._deep:
            digest = hashlib.sha256()
            async for chunk in self._blobs.read(content_hash):
                digest.update(chunk)
            if digest.hexdigest() != content_hash.hex:
                yield Flaw(
                    bundle.subject, f"its archive has other bytes than those that were published: {digest.hexdigest()}", step
                )

    async def _attestation(self, bundle: Proven) -> AsyncIterator[Flaw]:
        row, said = bundle.row, bundle.said
        if said is None:
            step = "put that key's public half into attestation_trusted_file if it was this registry's; otherwise " + _FORGED
            key = row.attestation.key_id[:80]
            yield Flaw(bundle.subject, f"its attestation, by {key}, is of no key that is trusted, or was altered", step)
            return
        agrees = {
            "content hash": said.content_hash == row.content_hash,
            "envelope": said.envelope_digest == Digest.of(row.envelope),
        }
        if row.version is not None:
            agrees |= {"name": said.name == row.version.name, "version": said.version == row.version.version}
        if wrong := [name for name, same in agrees.items() if not same]:
            yield Flaw(bundle.subject, f"its attestation is about another {', '.join(wrong)}", _FORGED)

    async def _attestation_key(self, bundle: Proven) -> AsyncIterator[Flaw]:
        if bundle.said is not None and bundle.row.attestation.key_id != self._key_id:
            step = "`alga-ext maintain reattest` signs it again; after that the earlier key can leave the lists of trusted keys"
            yield Flaw(bundle.subject, "its attestation is signed with an earlier key", step, Severity.WARNING)

    async def _owner(self, bundle: Proven) -> AsyncIterator[Flaw]:
        said, version = bundle.said, bundle.row.version
        if said is not None and version is not None and said.publisher != version.owner:
            text = f"it was attested for {said.publisher}; the name belongs to {version.owner}, and only a name's owner publishes"
            yield Flaw(bundle.subject, text, _FORGED)

    async def _envelope(self, bundle: Proven) -> AsyncIterator[Flaw]:
        fault = self._verified(bundle)
        if not isinstance(fault, Fault):
            return
        if fault.reason in _TRUST_CHANGED:
            text = f"the trust bundle does not trust its signature any more ({fault.code}): no new installs, and runners refuse it"
            step = "if that was not meant, put the key or root certificate back into the trust bundle; otherwise revoke the version"
            yield Flaw(bundle.subject, text, step, Severity.WARNING)
        else:
            yield Flaw(bundle.subject, f"its envelope does not verify ({fault.code})", _FORGED)

    async def _signers(self, bundle: Proven) -> AsyncIterator[Flaw]:
        row = bundle.row
        if bundle.said is None or bundle.said.envelope_digest != Digest.of(row.envelope):
            return
        step = "restore the database from a backup: a revoked key must find what it signed"
        if not row.signers:
            yield Flaw(bundle.subject, "no signer is recorded, so that a revocation of its key would not find it", step)
        if strangers := sorted({signer.key_id for signer in row.signers} - _named(row.envelope)):
            yield Flaw(bundle.subject, f"its recorded signer {strangers[0]} did not sign its envelope", step)
        verified = self._verified(bundle)
        if isinstance(verified, Fault):
            return
        recorded = {signer.key_id: signer.authorities for signer in row.signers}
        for signer in verified:
            if recorded.get(signer.key_id, signer.authorities) != signer.authorities:
                text = f"the authorities above its signer {signer.key_id} are not those that are recorded"
                yield Flaw(bundle.subject, text, "if the root certificate was not replaced meanwhile: " + step, Severity.WARNING)

    async def _revocation(self, bundle: Proven) -> AsyncIterator[Flaw]:
        version, said, owner = bundle.row.version, bundle.said, bundle.owner
        if version is None or said is None or owner is None or version.state == VersionState.REVOKED:
            return
        if signers.revoked(owner, bundle.row.signers, said.attested_at):
            text = "the key that signed it is revoked, but the version is not, though both happen in one transaction"
            yield Flaw(bundle.subject, text, f"alga-ext revoke {version.name} {version.version}")

    def _verified(self, bundle: Proven) -> tuple[Signer, ...] | Fault:
        """The signers of an envelope that is the attested one; of others the check of the attestation tells."""
        if bundle.said is None or bundle.said.envelope_digest != Digest.of(bundle.row.envelope):
            return ()
        try:
            statement, found = dsse.verify(bundle.row.envelope, self._trust, bundle.said.attested_at)
            statement.check_time(bundle.said.attested_at)
        except Fault as fault:
            return fault
        return found


def _named(envelope: bytes) -> set[str]:
    """The key ids that an envelope's signatures name; none for one that cannot be read, which a check of its own tells."""
    try:
        return {str(item["keyid"]) for item in json.loads(envelope)["signatures"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return set()
