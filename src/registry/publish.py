"""Publishes one version: a stranger's bytes become something that tenants may run, or leave nothing behind.

1 verify the envelope and who signed it, 2 check size and quota, 3 receive and hash, 4 read archive and manifest, 5 settle name and
version, 6 inspect the component, 7 compress the UI's text, 8 attest, 9 store the blob, 10 record. From 9 on it goes to its end even
if the client vanishes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from kernel import dsse
from kernel.auth import Principal, Role
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import Attestation
from kernel.signing import SigningKey
from kernel.steady import to_the_end
from kernel.trust import Signer, TrustBundle
from registry import signers, variants
from registry.contents import Contents, read_contents, take_out
from registry.model import Bundle, Extension, Publisher, Version, VersionState, Visibility, new_id
from registry.ports import Blobs, Catalog, Tables
from registry.receive import Received, Receiver, check_size

NOT_BY_PUBLISHER: Final = "signed by the registry for its publisher, who showed an API key"
MAX_VERIFIERS: Final = 2  # archives that are unpacked at once: processor time of all other calls


class Inspection(Protocol):
    """What an inspector found."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the publisher should know."""


class Inspector(Protocol):
    """Looks into components."""

    async def inspect(self, wasm: Path, capabilities: Collection[str] = ()) -> Inspection:
        """Raises COMPONENT_INVALID."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What an upload promises: the digest and size (bytes) of its archive; and the publisher's envelope, unread.

    Who may see the extension counts when this publish creates it.
    """

    content_hash: Digest
    size_bytes: int
    envelope: bytes
    visibility: Visibility
    allowed_tenants: frozenset[str] = frozenset()


class Publish:
    """The use-case; one for the process."""

    def __init__(
        self,
        catalog: Catalog,
        blobs: Blobs,
        receiver: Receiver,
        inspector: Inspector,
        trust: Callable[[], TrustBundle],
        key: SigningKey,
        quota_bytes: int,
        recording: asyncio.Lock,
        now: Callable[[], datetime],
    ) -> None:
        self._catalog, self._blobs, self._receiver, self._inspector = catalog, blobs, receiver, inspector
        self._trust, self._key, self._quota_bytes, self._now = trust, key, quota_bytes, now
        self.verifying = asyncio.Semaphore(MAX_VERIFIERS)
        self._recording = recording  # between a blob and its row nobody else may rely on the blob, or remove it

    async def publish(self, principal: Principal, promise: Promise, chunks: AsyncIterator[bytes]) -> tuple[Version, bool]:
        """The version, and whether these bytes had been published before.

        Raises what `PublishVersion` documents in registry_service.proto.
        """
        # 1 verify the envelope and who signed it
        moment = self._now()
        statement, signed_by = self._verify(promise, moment)
        if statement.attested_by:
            raise Fault.invalid("statement.attested-by", "is for the registry alone to say", Reason.STATEMENT_MISMATCH)
        async with self._catalog.read() as tables:
            # Trusted for somebody is not enough: the signer has to be this publisher's.
            publisher = await _publisher(tables, statement, signed_by, moment)
            if principal.role is Role.PUBLISHER and principal.publisher != publisher.name:
                raise Fault(Reason.PERMISSION_DENIED, log=f"{principal.publisher} publishes for {publisher.name}")
            # 2 check size and quota
            check_size(promise.size_bytes)
            await self._check_quota(tables, publisher, promise)
        # 3 receive and hash
        receiving = self._receiver.receive(publisher.id, promise.content_hash, promise.size_bytes, chunks)
        async with receiving as received, self.verifying:
            # 4 read archive and manifest
            contents = await to_the_end(asyncio.to_thread(read_contents, received.archive))
            _agree(statement, contents)
            return await self.finish(received, contents, promise)

    async def finish(self, received: Received, contents: Contents, promise: Promise) -> tuple[Version, bool]:
        """Steps 5 to 10, for an archive that was read and agrees with the statement of the promise's envelope."""
        statement, _ = self._verify(promise, self._now())
        # 5 settle name and version
        async with self._catalog.read() as tables:
            _, existing = await _settle(tables, statement)
        if existing is not None:
            return existing, True
        # 6 inspect the component
        notes = await self._inspect(received, contents)
        # 7 compress the UI's text
        compressed = await to_the_end(asyncio.to_thread(variants.make, received.archive)) if contents.ui_entry else b""
        # 8 attest
        version, bundle = self._attest(promise, contents, notes)
        # 9 store the blob, 10 record
        return await to_the_end(self._store_and_record(received, contents, compressed, version, bundle, promise))

    def _verify(self, promise: Promise, moment: datetime) -> tuple[dsse.Statement, tuple[Signer, ...]]:
        statement, signed_by = dsse.verify(promise.envelope, self._trust(), moment)
        if statement.archive != promise.content_hash:
            raise Fault.invalid("statement.subject", "names another archive", Reason.STATEMENT_MISMATCH)
        statement.check_time(moment)
        return statement, signed_by

    async def _check_quota(self, tables: Tables, publisher: Publisher, promise: Promise) -> None:
        if await tables.versions.by_hash(promise.content_hash) is not None:
            return  # nothing is stored for the same bytes again
        used = await tables.publishers.stored_bytes(publisher.id)
        if used + promise.size_bytes > self._quota_bytes:
            facts: dict[str, str | int] = {"quota": "stored_bytes", "limit": self._quota_bytes, "used": used}
            raise Fault(Reason.QUOTA_EXCEEDED, log=f"{publisher.name} and {promise.size_bytes} bytes", facts=facts)

    async def _inspect(self, received: Received, contents: Contents) -> tuple[str, ...]:
        if not contents.has_handler:
            return ()
        component = received.folder / "component.wasm"
        # A thread that outlived its call would write into a folder that is being removed.
        await to_the_end(asyncio.to_thread(take_out, received.archive, contents.manifest.entry, component))
        return (await self._inspector.inspect(component, contents.manifest.capabilities)).notes

    def _attest(self, promise: Promise, contents: Contents, notes: tuple[str, ...]) -> tuple[Version, Bundle]:
        moment, manifest = self._now(), contents.manifest
        # Installs judge the envelope as of this time; the upload may have taken minutes.
        statement, signed_by = self._verify(promise, moment)
        attestation = Attestation(
            promise.content_hash,
            contents.index.tar_digest,
            Digest.of(promise.envelope),
            manifest.name,
            statement.version,
            statement.publisher,
            moment,
        )
        version = Version(
            id=new_id(),
            extension_id="",  # known once the name is settled
            name=manifest.name,
            publisher=statement.publisher,
            version=statement.version,
            content_hash=promise.content_hash,
            size_bytes=promise.size_bytes,
            state=VersionState.ACTIVE,
            capabilities=contents.capabilities,
            endpoints=contents.endpoints,
            ui_entry=contents.ui_entry,
            has_handler=contents.has_handler,
            notes=(*notes, *([NOT_BY_PUBLISHER] if statement.attested_by else [])),
            limits=contents.limits,
            published_at=moment,
            egress=contents.egress,
            client_portal="clientPortalMenu" in contents.hooks,
            hooks=contents.hooks,
        )
        signed = attestation.sign(self._key)
        return version, Bundle(promise.content_hash, promise.size_bytes, promise.envelope, signed, signed_by)

    async def _store_and_record(
        self, received: Received, contents: Contents, compressed: bytes, version: Version, bundle: Bundle, promise: Promise
    ) -> tuple[Version, bool]:
        async with self._recording:
            statement, _ = self._verify(promise, version.published_at)
            async with self._catalog.read() as tables:
                _, existing = await _settle(tables, statement)
            if existing is not None:
                return existing, True
            try:
                # A crash between blob and row may have left one, perhaps in part: it is written again.
                await self._blobs.put(bundle.content_hash, received.archive, contents.manifest_bytes, compressed)
                return await self._record(statement, version, bundle, promise), False
            except BaseException:
                await self._blobs.delete(bundle.content_hash)
                raise

    async def _record(self, statement: dsse.Statement, version: Version, bundle: Bundle, promise: Promise) -> Version:
        async with self._catalog.write() as tables:
            extension, existing = await _settle(tables, statement)
            assert existing is None, "recording is serialised"
            # Meanwhile a key may have been revoked, and other uploads may have used the quota.
            publisher = await _publisher(tables, statement, bundle.signers, version.published_at)
            await self._check_quota(tables, publisher, promise)
            if extension is None:
                extension = Extension(
                    new_id(), version.name, publisher.name, promise.visibility, version.published_at, promise.allowed_tenants
                )
                await tables.extensions.add(extension)
            await tables.bundles.add(bundle)
            owned = replace(version, extension_id=extension.id)
            await tables.versions.add(owned)
            return owned


async def _publisher(tables: Tables, said: dsse.Statement, signed_by: Sequence[Signer], moment: datetime) -> Publisher:
    """The publisher, once somebody of it signed, or the registry for it."""
    publisher = await tables.publishers.by_name(said.publisher)
    signers.check(publisher, signed_by, moment, attested=False, by_registry=bool(said.attested_by))
    assert publisher is not None, "nobody signs for a publisher that does not exist"
    return publisher


def _agree(statement: dsse.Statement, contents: Contents) -> None:
    manifest = contents.manifest
    pairs = {
        "statement.subject": (statement.tar, contents.index.tar_digest),
        "statement.name": (statement.name, manifest.name),
        "statement.version": (statement.version, manifest.version),
        "statement.publisher": (statement.publisher, manifest.publisher),
    }
    for field, (said, found) in pairs.items():
        if said != found:
            raise Fault.invalid(field, "does not agree with the bundle", Reason.STATEMENT_MISMATCH)


async def _settle(tables: Tables, said: dsse.Statement) -> tuple[Extension | None, Version | None]:
    """The extension of this name, if there is one, and the version if it has just these bytes."""
    extension = await tables.extensions.find(said.name)
    if extension is None:
        return None, None
    if extension.publisher != said.publisher:
        raise Fault(Reason.NAME_TAKEN, log=f"{said.name} belongs to {extension.publisher}")
    version = await tables.versions.find(extension.id, said.version)
    if version is not None and version.content_hash != said.archive:
        raise Fault(Reason.VERSION_CONFLICT, facts={"content_hash": str(version.content_hash)})
    return extension, version
