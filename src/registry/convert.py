"""Between the protos of `alga.registry.v1` and the model. Raises INVALID_ARGUMENT for what the model cannot hold."""

from dataclasses import asdict
from datetime import UTC, datetime

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gen.alga.registry.v1 import (
    extension_pb2,
    identity_service_pb2,
    install_pb2,
    install_service_pb2,
    maintenance_service_pb2,
    publisher_service_pb2,
    registry_service_pb2,
    storage_admin_service_pb2,
    storage_service_pb2,
)
from kernel import permissions, user
from kernel.auth import Role
from kernel.convert import credential_to_proto, egress_to_proto, limits_to_proto, signed_to_proto
from kernel.digest import Digest
from kernel.errors import Fault
from kernel.watch import ChangeKind
from registry.doctor.finding import Finding, Severity
from registry.install import Grant
from registry.model import (
    Account,
    ApiKey,
    Bundle,
    Endpoint,
    Entry,
    Extension,
    Install,
    PendingUpdate,
    Version,
    VersionState,
    Visibility,
)
from registry.publish import Promise
from registry.resolve import Located, Resolved, ResolvedAssets
from registry.watch import Event, Snapshot, Step

_VISIBILITY = {
    Visibility.PUBLIC: extension_pb2.VISIBILITY_PUBLIC,
    Visibility.PRIVATE: extension_pb2.VISIBILITY_PRIVATE,
}
_STATE = {
    VersionState.ACTIVE: extension_pb2.VERSION_STATE_ACTIVE,
    VersionState.YANKED: extension_pb2.VERSION_STATE_YANKED,
    VersionState.REVOKED: extension_pb2.VERSION_STATE_REVOKED,
}
_SEVERITY = {
    Severity.OK: maintenance_service_pb2.SEVERITY_OK,
    Severity.WARNING: maintenance_service_pb2.SEVERITY_WARNING,
    Severity.ERROR: maintenance_service_pb2.SEVERITY_ERROR,
}
_ROLE = {
    Role.OPERATOR: identity_service_pb2.ROLE_OPERATOR,
    Role.PUBLISHER: identity_service_pb2.ROLE_PUBLISHER,
    Role.TENANT_ADMIN: identity_service_pb2.ROLE_TENANT_ADMIN,
    Role.TENANT_CALLER: identity_service_pb2.ROLE_TENANT_CALLER,
}
_KIND = {
    ChangeKind.INSTALLED: install_pb2.CHANGE_KIND_INSTALLED,
    ChangeKind.UPDATED: install_pb2.CHANGE_KIND_UPDATED,
    ChangeKind.ENABLED: install_pb2.CHANGE_KIND_ENABLED,
    ChangeKind.DISABLED: install_pb2.CHANGE_KIND_DISABLED,
    ChangeKind.UNINSTALLED: install_pb2.CHANGE_KIND_UNINSTALLED,
    ChangeKind.VERSION_REVOKED: install_pb2.CHANGE_KIND_VERSION_REVOKED,
    ChangeKind.GRANTS_CHANGED: install_pb2.CHANGE_KIND_GRANTS_CHANGED,
    ChangeKind.CONFIGURED: install_pb2.CHANGE_KIND_CONFIGURED,
    ChangeKind.LIMITS_CHANGED: install_pb2.CHANGE_KIND_LIMITS_CHANGED,
    ChangeKind.EGRESS_CHANGED: install_pb2.CHANGE_KIND_EGRESS_CHANGED,
    ChangeKind.SECRETS_CHANGED: install_pb2.CHANGE_KIND_SECRETS_CHANGED,
    ChangeKind.ACCESS_CHANGED: install_pb2.CHANGE_KIND_ACCESS_CHANGED,
}


def stamp(moment: datetime) -> Timestamp:
    """A time."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def stamp_or_none(moment: datetime | None) -> Timestamp | None:
    """A time, or none."""
    return None if moment is None else stamp(moment)


def optional_time_from_proto(message: Message, field: str) -> datetime | None:
    """A time of a message that may be absent; raises for one beyond the years 1 to 9999."""
    return time_from_proto(getattr(message, field), field) if message.HasField(field) else None


def time_from_proto(message: Timestamp, field: str) -> datetime:
    """A time; raises for one beyond the years 1 to 9999."""
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError) as error:
        raise Fault.invalid(field, "must be a time between the years 1 and 9999") from error


def role_from_proto(number: int) -> Role:
    """A role that keys can have."""
    for role, known in _ROLE.items():
        if known == number:
            return role
    raise Fault.invalid("role", "must be one of the roles of API keys")


def visibility_from_proto(number: int, field: str = "visibility") -> Visibility:
    """Who may see an extension; it must be told."""
    for visibility, known in _VISIBILITY.items():
        if known == number:
            return visibility
    raise Fault.invalid(field, "must be VISIBILITY_PUBLIC or VISIBILITY_PRIVATE")


def promise_from_proto(message: registry_service_pb2.PublishHeader) -> Promise:
    """What an upload promises; unspecified visibility is private."""
    number = message.visibility or extension_pb2.VISIBILITY_PRIVATE
    visibility = visibility_from_proto(number, "header.visibility")
    digest = Digest.parse(message.content_hash, "header.content_hash")
    return Promise(digest, message.size_bytes, message.envelope, visibility)


def grant_from_proto(message: install_service_pb2.CapabilityGrant) -> Grant:
    """Which capabilities a tenant grants."""
    return Grant(message.all_requested, tuple(message.names))


def extension_to_proto(extension: Extension, *, with_tenants: bool) -> extension_pb2.Extension:
    """An extension; other tenants' names are for its owner and operators only."""
    return extension_pb2.Extension(
        id=extension.id,
        name=extension.name,
        publisher=extension.publisher,
        visibility=_VISIBILITY[extension.visibility],
        allowed_tenants=sorted(extension.allowed_tenants) if with_tenants else (),
        deprecation=extension.deprecation,
        created_at=stamp(extension.created_at),
    )


def endpoint_to_proto(endpoint: Endpoint) -> extension_pb2.Endpoint:
    """An endpoint."""
    return extension_pb2.Endpoint(
        method=endpoint.method, path=endpoint.path, handler=endpoint.handler, timeout_ms=endpoint.timeout_ms
    )


def version_to_proto(version: Version) -> extension_pb2.Version:
    """A version."""
    return extension_pb2.Version(
        id=version.id,
        extension_id=version.extension_id,
        name=version.name,
        version=version.version,
        content_hash=str(version.content_hash),
        size_bytes=version.size_bytes,
        state=_STATE[version.state],
        capabilities=version.capabilities,
        endpoints=map(endpoint_to_proto, version.endpoints),
        ui_entry=version.ui_entry,
        has_handler=version.has_handler,
        notes=version.notes,
        published_at=stamp(version.published_at),
        egress=version.egress,
        client_portal=version.client_portal,
    )


def bundle_to_proto(bundle: Bundle) -> registry_service_pb2.BundleHeader:
    """What proves a bundle."""
    attestation = signed_to_proto(bundle.attestation)
    return registry_service_pb2.BundleHeader(size_bytes=bundle.size_bytes, envelope=bundle.envelope, attestation=attestation)


def download_to_proto(part: Bundle | bytes) -> registry_service_pb2.ReadBundleResponse:
    """One message of a download."""
    if isinstance(part, Bundle):
        return registry_service_pb2.ReadBundleResponse(header=bundle_to_proto(part))
    return registry_service_pb2.ReadBundleResponse(chunk=part)


def install_to_proto(install: Install) -> install_pb2.Install:
    """An install."""
    return install_pb2.Install(
        id=install.id,
        tenant_id=install.tenant_id,
        extension_id=install.extension_id,
        extension_name=install.extension_name,
        version_id=install.version_id,
        version=install.version,
        content_hash=str(install.content_hash),
        enabled=install.enabled,
        granted_capabilities=sorted(install.capabilities),
        limits=limits_to_proto(install.limits),
        revision=install.revision,
        created_at=stamp(install.created_at),
        updated_at=stamp(install.updated_at),
        configuration=install.configuration,
        pending_update=_pending_to_proto(install.pending_update) if install.pending_update else None,
        tenant_limits=limits_to_proto(install.tenant_limits),
        tenant_egress=egress_to_proto(install.tenant_egress),
        credentials=map(credential_to_proto, install.credentials),
        secrets_revision=install.secrets_revision,
        access=permissions.to_proto(install.access) if install.access else None,
        caller_limits=install_pb2.CallerLimits(**asdict(install.caller_limits)),
    )


def menu_item_to_proto(install: Install, label: str) -> install_service_pb2.MenuItem:
    """An install whose UI can be opened."""
    return install_service_pb2.MenuItem(
        install_id=install.id,
        extension_id=install.extension_id,
        extension_name=install.extension_name,
        version=install.version,
        content_hash=str(install.content_hash),
        label=label,
        access=permissions.to_proto(install.access) if install.access else None,
    )


def _pending_to_proto(pending: PendingUpdate) -> install_pb2.PendingUpdate:
    found = pending.difference
    difference = install_pb2.UpdateDifference(
        added_capabilities=found.added_capabilities,
        removed_capabilities=found.removed_capabilities,
        added_egress=found.added_egress,
        removed_egress=found.removed_egress,
        added_endpoints=map(endpoint_to_proto, found.added_endpoints),
        removed_endpoints=map(endpoint_to_proto, found.removed_endpoints),
    )
    return install_pb2.PendingUpdate(
        version_id=pending.version_id,
        version=pending.version,
        content_hash=str(pending.content_hash),
        difference=difference,
        requested_at=stamp(pending.requested_at),
    )


def resolved_to_proto(resolved: Resolved) -> install_service_pb2.ResolveInstallResponse:
    """An install that answers."""
    return install_service_pb2.ResolveInstallResponse(
        grant=signed_to_proto(resolved.grant),
        install=install_to_proto(resolved.install),
        endpoints=map(endpoint_to_proto, resolved.version.endpoints),
        has_handler=resolved.version.has_handler,
        registry_revision=resolved.revision,
        client_portal=resolved.version.client_portal,
    )


def assets_to_proto(resolved: ResolvedAssets) -> install_service_pb2.ResolveAssetsResponse:
    """A bundle whose UI may be read."""
    return install_service_pb2.ResolveAssetsResponse(
        grant=signed_to_proto(resolved.grant),
        extension_id=resolved.extension_id,
        ui_entry=resolved.ui_entry,
        registry_revision=resolved.revision,
    )


def located_to_proto(located: Located) -> install_service_pb2.LocateInstallResponse:
    """Where an install belongs."""
    install = located.install
    return install_service_pb2.LocateInstallResponse(
        tenant_id=install.tenant_id,
        extension_id=install.extension_id,
        content_hash=str(install.content_hash),
        registry_revision=located.revision,
    )


def event_to_proto(event: Event) -> install_service_pb2.WatchInstallsResponse:
    """One message of a watch."""
    if isinstance(event, Snapshot):
        revoked = sorted(str(digest) for digest in event.revoked)
        snapshot = install_service_pb2.Snapshot(revision=event.revision, revoked_hashes=revoked)
        return install_service_pb2.WatchInstallsResponse(snapshot=snapshot)
    if isinstance(event, Step):
        change = event.change
        told = install_pb2.Change(
            revision=change.revision,
            kind=_KIND[change.kind],
            tenant_id=change.tenant_id,
            install_id=change.install_id,
            extension_id=change.extension_id,
            content_hash=str(change.content_hash),
            previous_revision=event.previous_revision,
        )
        return install_service_pb2.WatchInstallsResponse(change=told)
    return install_service_pb2.WatchInstallsResponse(heartbeat=install_service_pb2.Heartbeat(revision=event.revision))


def entry_to_proto(entry: Entry) -> storage_service_pb2.Entry:
    """One entry of an install's storage."""
    message = storage_service_pb2.Entry()
    write_entry(entry, message)
    return message


def write_entry(entry: Entry, message: storage_service_pb2.Entry) -> None:
    """The same, filled in its place: a message that is put into another one is copied."""
    message.namespace, message.key, message.value, message.revision = entry.namespace, entry.key, entry.value, entry.revision
    if entry.expires_at is not None:
        message.expires_at.FromDatetime(entry.expires_at)


def stored_key_to_proto(entry: Entry) -> storage_admin_service_pb2.StoredKey:
    """An entry without its value."""
    return storage_admin_service_pb2.StoredKey(
        key=entry.key,
        value_bytes=len(entry.value),
        revision=entry.revision,
        expires_at=stamp_or_none(entry.expires_at),
    )


def api_key_to_proto(key: ApiKey) -> identity_service_pb2.ApiKey:
    """An API key."""
    return identity_service_pb2.ApiKey(
        id=key.id,
        role=_ROLE[key.role],
        tenant_id=key.tenant_id,
        publisher=key.publisher,
        label=key.label,
        created_at=stamp(key.created_at),
        expires_at=stamp(key.expires_at) if key.expires_at else None,
        revoked_at=stamp(key.revoked_at) if key.revoked_at else None,
        user=user.to_proto(key.user) if key.user else None,
    )


def finding_to_proto(finding: Finding) -> maintenance_service_pb2.Finding:
    """What a check found."""
    return maintenance_service_pb2.Finding(
        check=finding.check,
        severity=_SEVERITY[finding.severity],
        subject=finding.subject,
        text=finding.text,
        next_step=finding.next_step,
    )


def account_to_proto(account: Account) -> publisher_service_pb2.Publisher:
    """A publisher, and what it stores."""
    publisher = account.publisher
    keys = [
        publisher_service_pb2.PublisherKey(
            key_id=key.key_id,
            public_key_pem=key.public_key_pem,
            created_at=stamp(key.created_at),
            revoked_at=stamp_or_none(key.revoked_at),
            authority=key.authority,
            not_before=stamp_or_none(key.not_before),
            not_after=stamp_or_none(key.not_after),
            compromised_since=stamp_or_none(key.compromised_since),
        )
        for key in publisher.keys
    ]
    return publisher_service_pb2.Publisher(
        id=publisher.id,
        name=publisher.name,
        keys=keys,
        created_at=stamp(publisher.created_at),
        stored_bytes=account.stored_bytes,
        quota_bytes=account.quota_bytes,
    )
