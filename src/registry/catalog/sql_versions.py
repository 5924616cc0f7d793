"""Versions, their endpoints and their bundles in SQL."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert, select, tuple_, update

from kernel.digest import Digest
from kernel.errors import Reason
from kernel.fields import Page
from kernel.grants import limits_of
from kernel.signing import Signed
from registry.catalog.rows import SqlTable, to_micros, to_time, unique
from registry.catalog.sql_signers import SIGNERS, by_bundle
from registry.catalog.tables import (
    extension_api_endpoint,
    extension_bundle,
    extension_bundle_signer,
    extension_registry,
    extension_version,
    publisher,
)
from registry.model import Bundle, Endpoint, SignedVersion, Version, VersionState

_VERSIONS = (
    select(
        extension_version,
        extension_registry.c.name.label("name"),
        publisher.c.name.label("publisher"),
        extension_bundle.c.size_bytes.label("size_bytes"),
    )
    .join(extension_registry, extension_registry.c.id == extension_version.c.extension_id)
    .join(publisher, publisher.c.id == extension_registry.c.publisher_id)
    .join(extension_bundle, extension_bundle.c.content_hash == extension_version.c.content_hash)
)


class SqlVersions(SqlTable):
    """The tables `extension_version` and `extension_api_endpoint`."""

    async def add(self, version: Version) -> None:
        """Record a version whose bundle is recorded."""
        with unique(Reason.VERSION_CONFLICT):
            row = {
                "id": version.id,
                "extension_id": version.extension_id,
                "version": version.version,
                "content_hash": version.content_hash.hex,
                "state": version.state.value,
                "capabilities": list(version.capabilities),
                "egress": list(version.egress),
                "client_portal": version.client_portal,
                "hooks": dict(version.hooks),
                "ui_entry": version.ui_entry,
                "has_handler": version.has_handler,
                "notes": list(version.notes),
                "published_at": to_micros(version.published_at),
                **asdict(version.limits),
            }
            await self._connection.execute(insert(extension_version).values(row))
        rows = [
            {
                "version_id": version.id,
                "position": position,
                "method": endpoint.method,
                "path": endpoint.path,
                "handler": endpoint.handler,
                "timeout_ms": endpoint.timeout_ms,
            }
            for position, endpoint in enumerate(version.endpoints)
        ]
        if rows:
            await self._connection.execute(insert(extension_api_endpoint), rows)

    async def find(self, extension_id: str, version: str) -> Version | None:
        """By extension and semver."""
        query = _VERSIONS.where(extension_version.c.extension_id == extension_id, extension_version.c.version == version)
        row = await self._one(query)
        return (await self._versions([row]))[0] if row else None

    async def by_hash(self, content_hash: Digest) -> Version | None:
        """The one version with these bytes."""
        row = await self._one(_VERSIONS.where(extension_version.c.content_hash == content_hash.hex))
        return (await self._versions([row]))[0] if row else None

    async def set_state(self, version_id: str, state: VersionState) -> None:
        """Write the state."""
        mine = extension_version.c.id == version_id
        await self._connection.execute(update(extension_version).where(mine).values(state=state.value))

    async def active(self, extension_id: str) -> list[str]:
        """The semvers of all active versions."""
        query = select(extension_version.c.version).where(
            extension_version.c.extension_id == extension_id, extension_version.c.state == VersionState.ACTIVE.value
        )
        return [row.version for row in await self._all(query)]

    async def all(self, extension_id: str) -> list[str]:
        """The semvers of all versions."""
        query = select(extension_version.c.version).where(extension_version.c.extension_id == extension_id)
        return [row.version for row in await self._all(query)]

    async def page(self, extension_id: str, page: Page) -> list[Version]:
        """Newest first."""
        query = _VERSIONS.where(extension_version.c.extension_id == extension_id).limit(page.size + 1)
        query = query.order_by(extension_version.c.published_at.desc(), extension_version.c.id.desc())
        if page.after:
            last = (int(page.after[0]), page.after[1])
            query = query.where(tuple_(extension_version.c.published_at, extension_version.c.id) < last)
        return await self._versions(await self._all(query))

    async def _versions(self, rows: Any) -> list[Version]:
        endpoints: dict[str, list[Endpoint]] = {row.id: [] for row in rows}
        query = select(extension_api_endpoint).where(extension_api_endpoint.c.version_id.in_(endpoints))
        for row in await self._all(query.order_by(extension_api_endpoint.c.position)) if endpoints else ():
            endpoints[row.version_id].append(Endpoint(row.method, row.path, row.handler, row.timeout_ms))
        return [_version(row, tuple(endpoints[row.id])) for row in rows]


class SqlBundles(SqlTable):
    """The tables `extension_bundle` and `extension_bundle_signer`."""

    async def add(self, bundle: Bundle) -> None:
        """Record a bundle."""
        with unique(Reason.VERSION_CONFLICT):
            row = {
                "content_hash": bundle.content_hash.hex,
                "size_bytes": bundle.size_bytes,
                "envelope": bundle.envelope,
                "attestation": bundle.attestation.payload,
                "attestation_signature": bundle.attestation.signature,
                "attestation_key_id": bundle.attestation.key_id,
            }
            await self._connection.execute(insert(extension_bundle).values(row))
        rows = [
            {"content_hash": bundle.content_hash.hex, "signer": number, "depth": depth, "key_id": key_id}
            for number, signer in enumerate(bundle.signers)
            for depth, key_id in enumerate((signer.key_id, *signer.authorities))
        ]
        if rows:
            await self._connection.execute(insert(extension_bundle_signer), rows)

    async def get(self, content_hash: Digest) -> Bundle | None:
        """By hash."""
        row = await self._one(select(extension_bundle).where(extension_bundle.c.content_hash == content_hash.hex))
        if row is None:
            return None
        signed = Signed(row.attestation, row.attestation_signature, row.attestation_key_id)
        signers = by_bundle(await self._all(SIGNERS.where(extension_bundle_signer.c.content_hash == content_hash.hex)))
        return Bundle(Digest(row.content_hash), row.size_bytes, row.envelope, signed, signers.get(row.content_hash, ()))

    async def revoked(self) -> frozenset[Digest]:
        """The bundles of all revoked versions."""
        query = select(extension_version.c.content_hash).where(extension_version.c.state == VersionState.REVOKED.value)
        return frozenset(Digest(row.content_hash) for row in await self._all(query))

    async def recorded(self, hashes: Collection[Digest]) -> frozenset[Digest]:
        """Those that are recorded."""
        mine = extension_bundle.c.content_hash
        query = select(mine).where(mine.in_([digest.hex for digest in hashes]))
        return frozenset(Digest(row.content_hash) for row in await self._all(query))

    async def signed_by(self, publisher_id: str, key_id: str) -> list[SignedVersion]:
        """The versions that a key signed."""
        mine = (
            select(extension_version.c.content_hash)
            .join(extension_registry, extension_registry.c.id == extension_version.c.extension_id)
            .join(extension_bundle_signer, extension_bundle_signer.c.content_hash == extension_version.c.content_hash)
            .where(extension_registry.c.publisher_id == publisher_id, extension_bundle_signer.c.key_id == key_id)
            .where(extension_version.c.state != VersionState.REVOKED.value)
        )
        signers = by_bundle(await self._all(SIGNERS.where(extension_bundle_signer.c.content_hash.in_(mine))))
        query = select(extension_version).where(extension_version.c.content_hash.in_(mine))
        return [
            SignedVersion(row.id, row.extension_id, Digest(row.content_hash), to_time(row.published_at), signers[row.content_hash])
            for row in await self._all(query.order_by(extension_version.c.content_hash))
        ]

    async def attest(self, content_hash: Digest, attestation: Signed) -> None:
        """Write the attestation."""
        row = {
            "attestation": attestation.payload,
            "attestation_signature": attestation.signature,
            "attestation_key_id": attestation.key_id,
        }
        mine = extension_bundle.c.content_hash == content_hash.hex
        await self._connection.execute(update(extension_bundle).where(mine).values(row))


def _version(row: Any, endpoints: tuple[Endpoint, ...]) -> Version:
    return Version(
        id=row.id,
        extension_id=row.extension_id,
        name=row.name,
        publisher=row.publisher,
        version=row.version,
        content_hash=Digest(row.content_hash),
        size_bytes=row.size_bytes,
        state=VersionState(row.state),
        capabilities=tuple(row.capabilities),
        endpoints=endpoints,
        ui_entry=row.ui_entry,
        has_handler=row.has_handler,
        notes=tuple(row.notes),
        limits=limits_of(row),
        published_at=to_time(row.published_at),
        egress=tuple(row.egress),
        client_portal=row.client_portal,
        hooks=row.hooks,
    )
