"""Values to store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kernel.capabilities import DEFAULTS
from kernel.digest import Digest
from kernel.grants import Limits
from kernel.signing import Signed
from kernel.trust import Signer
from registry.model import Bundle, Endpoint, Extension, Install, Publisher, Version, VersionState, Visibility
from registry.ports import Tables

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def publisher(name: str = "acme") -> Publisher:
    return Publisher(f"p-{name}", name, NOW)


def extension(name: str = "com.acme.reports", owner: str = "acme", **changes: object) -> Extension:
    values: dict[str, object] = {"visibility": Visibility.PUBLIC, "created_at": NOW} | changes
    return Extension(f"e-{name}", name, owner, **values)  # type: ignore[arg-type]  # a table of values


def version(of: Extension, text: str = "1.0.0", seconds: int = 0) -> Version:
    return Version(
        id=f"v-{of.name}-{text}",
        extension_id=of.id,
        name=of.name,
        publisher=of.publisher,
        version=text,
        content_hash=Digest.of(f"{of.name} {text}".encode()),
        size_bytes=7,
        state=VersionState.ACTIVE,
        capabilities=("cap:storage.kv",),
        endpoints=(Endpoint("GET", "/b", "h"), Endpoint("POST", "/a/:id", "h", 900)),
        ui_entry="ui/index.html",
        has_handler=True,
        notes=("one", "two"),
        limits=Limits(1, 2, 3, 4, 5, 6, 7, 8),
        published_at=later(seconds),
        egress=("https://a.example", "https://b.example"),
        hooks={"appMenu": "Reports", "clientPortalMenu": "Your reports"},
    )


def bundle(of: Version) -> Bundle:
    return Bundle(of.content_hash, of.size_bytes, b"\x00envelope", Signed(b"\xff", b"sig", "sha256:00"))


def install(of: Version, tenant: str = "a", **changes: object) -> Install:
    values: dict[str, object] = {
        "id": f"i-{tenant}-{of.extension_id}",
        "tenant_id": tenant,
        "extension_id": of.extension_id,
        "extension_name": of.name,
        "version_id": of.id,
        "version": of.version,
        "content_hash": of.content_hash,
        "version_state": of.state,
        "enabled": True,
        "capabilities": frozenset({"cap:storage.kv"}) | DEFAULTS,
        "limits": of.limits,
        "revision": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "hooks": of.hooks,
    }
    return Install(**(values | changes))  # type: ignore[arg-type]  # a table of values


async def publish(
    tables: Tables,
    name: str = "com.acme.reports",
    owner: str = "acme",
    text: str = "1.0.0",
    at: int = 0,
    signers: tuple[Signer, ...] = (),
) -> Version:
    """Publisher, extension, bundle and version, as far as they are missing."""
    if await tables.publishers.by_name(owner) is None:
        await tables.publishers.add(publisher(owner))
    made = extension(name, owner)
    if await tables.extensions.find(name) is None:
        await tables.extensions.add(made)
    found = version(made, text, at)
    await tables.bundles.add(replace(bundle(found), signers=signers))
    await tables.versions.add(found)
    return found
