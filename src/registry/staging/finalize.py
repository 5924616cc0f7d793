"""Publishes a staged archive; the registry signs for its publisher.

1 take the upload, 2 compare it with what was told, 3 read archive and manifest, 4 may the key publish under that name, 5 choose the
version, 6 sign, 7 go on as with a signed publish: settle, inspect, attest, store, record.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from kernel import dsse, strict_json
from kernel.auth import Principal
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.manifest import MAX_BYTES, MAX_DEPTH, Manifest
from kernel.signing import SigningKey
from kernel.steady import to_the_end
from registry.contents import Contents, read_contents
from registry.model import Version, Visibility
from registry.ports import Catalog
from registry.publish import Promise, Publish
from registry.staging.owner import Owner
from registry.staging.store import Staged, StagedUploads, remove


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool knows of the archive that it staged; None, 0 and empty = nothing."""

    content_hash: Digest | None
    size: int
    manifest: bytes


class Finalize:
    """The use-case; one for the process. `key` is the registry's own for bundles; without one nothing can be staged."""

    def __init__(
        self, uploads: StagedUploads, catalog: Catalog, publish: Publish, key: SigningKey | None, now: Callable[[], datetime]
    ) -> None:
        self._uploads, self._catalog, self._publish, self._key, self._now = uploads, catalog, publish, key, now
        self._numbering = asyncio.Lock()  # two archives that mean the next patch are different ones

    async def finalize(self, principal: Principal, tenant_id: str, upload: str, told: Told) -> tuple[Version, bool]:
        """The version, and whether these bytes had been published before. Raises what `FinalizeBundle` documents."""
        owner = Owner.of(principal, tenant_id)
        # 1 take the upload
        async with self._taken(upload, owner) as staged, self._publish.verifying:
            # 2 compare it with what was told
            _compare(staged, told)
            # 3 read archive and manifest
            contents = await to_the_end(asyncio.to_thread(read_contents, staged.received.archive, next_patch=True))
            _check_manifest(contents, told.manifest)
            # 4 may the key publish under that name
            owner.check_publisher(contents.manifest.publisher)
            await self._check_publisher(contents.manifest.publisher)
            if contents.manifest.series is None:
                return await self._sign_and_publish(staged, contents, contents.manifest.version)
            async with self._numbering:
                # 5 choose the version
                version = await self._next(contents.manifest, staged.content_hash)
                return await self._sign_and_publish(staged, contents, version)

    async def _sign_and_publish(self, staged: Staged, contents: Contents, version: str) -> tuple[Version, bool]:
        # 6 sign
        assert self._key is not None, "without a key nothing is staged"
        manifest = contents.manifest
        statement = dsse.Statement(
            manifest.name,
            version,
            manifest.publisher,
            staged.content_hash,
            contents.index.tar_digest,
            self._now().replace(microsecond=0),
            attested_by=dsse.REGISTRY,
        )
        tenants = frozenset({staged.owner.tenant_id} - {""})
        promise = Promise(staged.content_hash, staged.size, statement.sign(self._key), Visibility.PRIVATE, tenants)
        # 7 go on as with a signed publish
        return await self._publish.finish(staged.received, contents, promise)

    async def _check_publisher(self, name: str) -> None:
        async with self._catalog.read() as tables:
            if await tables.publishers.by_name(name) is None:
                rule = "is unknown here; an operator makes it: alga-ext publisher create NAME"
                raise Fault.invalid("publisher", rule, Reason.MANIFEST_INVALID)

    async def _next(self, manifest: Manifest, content_hash: Digest) -> str:
        """The next patch, or the version that these bytes have already. Raises VERSION_CONFLICT for another extension's bytes."""
        series = manifest.series or ""
        async with self._catalog.read() as tables:
            known = await tables.versions.by_hash(content_hash)
            if known is not None and known.name == manifest.name:
                return known.version
            extension = await tables.extensions.find(manifest.name)
            taken = await tables.versions.all(extension.id) if extension else []
        bare = (text.partition("+")[0].removeprefix(series) for text in taken if text.startswith(series))
        patches = [int(patch) for patch in bare if patch.isdecimal()]
        return f"{series}{max(patches, default=-1) + 1}"

    @asynccontextmanager
    async def _taken(self, upload: str, owner: Owner) -> AsyncIterator[Staged]:
        """The upload; kept again after a failure that passes, and gone after everything else."""
        staged = self._uploads.take(upload, owner)
        try:
            yield staged
        except Fault as fault:
            if fault.row.retryable:
                self._uploads.give_back(staged)
            else:
                remove(staged)
            raise
        except BaseException:
            remove(staged)
            raise
        else:
            remove(staged)


def _compare(staged: Staged, told: Told) -> None:
    if told.content_hash not in (None, staged.content_hash):
        facts: dict[str, str | int] = {"expected": str(told.content_hash), "actual": str(staged.content_hash)}
        raise Fault(Reason.BUNDLE_DIGEST_MISMATCH, facts=facts)
    if told.size not in (0, staged.size):
        raise Fault(Reason.BUNDLE_SIZE_MISMATCH, facts={"expected": told.size, "actual": str(staged.size)})


def _check_manifest(contents: Contents, told: bytes) -> None:
    """A manifest that a person was shown must not be another one than the archive has."""
    if told and _canonical(told, "manifestJson") != _canonical(contents.manifest_bytes, "manifest.json"):
        raise Fault.invalid("manifestJson", "is not what manifest.json in the bundle says", Reason.MANIFEST_INVALID)


def _canonical(data: bytes, name: str) -> str:
    found = strict_json.read_object(data, name=name, reason=Reason.MANIFEST_INVALID, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    return json.dumps(found, sort_keys=True)  # as text: in Python 1 and true are equal
