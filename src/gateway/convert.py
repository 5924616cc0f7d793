"""Between the gateway's values and the registry's and runner's messages."""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

from google.protobuf.message import DecodeError, Message

from gateway.endpoints import Endpoint, EndpointTable
from gateway.model import Answer, AssetHeader, AssetQuery, AssetRoute, Call, Grant, InstallRoute, MenuItem, Site, Verified, smaller
from gen.alga.common.v1 import context_pb2
from gen.alga.registry.v1 import identity_service_pb2, install_pb2, install_service_pb2, trust_pb2
from gen.alga.runner.v1 import asset_service_pb2, execute_service_pb2
from kernel import permissions, user
from kernel.auth import Principal, Role
from kernel.caller_limits import caller_limits_of
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.permissions import AccessRules

_ROLES: Final[Mapping[int, Role]] = {
    identity_service_pb2.ROLE_OPERATOR: Role.OPERATOR,
    identity_service_pb2.ROLE_PUBLISHER: Role.PUBLISHER,
    identity_service_pb2.ROLE_TENANT_ADMIN: Role.TENANT_ADMIN,
    identity_service_pb2.ROLE_TENANT_CALLER: Role.TENANT_CALLER,
}


def verified(message: identity_service_pb2.VerifyResponse, wall: float) -> Verified:
    """Whose key it is at `wall` (seconds since 1970). Raises PERMISSION_DENIED for a role that this gateway does not know."""
    key = message.key
    role = _ROLES.get(key.role)
    if role is None:
        raise Fault(Reason.PERMISSION_DENIED, log=f"unknown role {key.role}")
    seconds = key.expires_at.ToDatetime(UTC).timestamp() - wall if key.HasField("expires_at") else None
    person = user.from_proto(key.user) if key.HasField("user") else None
    return Verified(Principal(role, key.tenant_id, key.publisher, key.id, person), seconds)


def install_route(message: install_service_pb2.ResolveInstallResponse, asked: float) -> InstallRoute:
    """An answer to what was asked at `asked` (monotonic seconds). Raises INTERNAL when it is malformed."""
    limits, tenant, granted = message.install.limits, message.install.tenant_limits, trust_pb2.ExecutionGrant()
    ends = asked + _lifetime(granted, message.grant.payload)
    listed = (Endpoint(item.method, item.path, item.timeout_ms) for item in message.endpoints)
    return InstallRoute(
        grant=_grant(message.grant),
        ends=ends,
        revision=message.registry_revision,
        tenant_id=granted.tenant_id,
        install_id=granted.install_id,
        extension_id=granted.extension_id,
        content_hash=_hash(granted.content_hash),
        endpoints=EndpointTable(listed, has_handler=message.has_handler),
        timeout_ms=smaller(limits.timeout_ms, tenant.timeout_ms),
        request_bytes=smaller(limits.request_bytes, tenant.request_bytes),
        access=_access(message.install),
        client_portal=message.client_portal,
        weight=_weight(message),
        caller_limits=caller_limits_of(message.install.caller_limits),
    )


def menu_item(message: install_service_pb2.MenuItem) -> MenuItem:
    """An item of a menu. Raises INTERNAL and ACCESS_POLICY_UNAVAILABLE when it is malformed."""
    return MenuItem(
        install_id=message.install_id,
        extension_id=message.extension_id,
        extension=message.extension_name,
        version=message.version,
        content_hash=_hash(message.content_hash),
        label=message.label,
        access=_access(message),
    )


def _access(install: install_pb2.Install | install_service_pb2.MenuItem) -> AccessRules | None:
    # Rules that cannot be read must not become none: nobody is let in then.
    if not install.HasField("access"):
        return None
    try:
        return permissions.checked(permissions.from_proto(install.access))
    except Fault as fault:
        raise Fault(Reason.ACCESS_POLICY_UNAVAILABLE, log=f"access rules of an install: {fault}") from fault


def asset_route(message: install_service_pb2.ResolveAssetsResponse, asked: float) -> AssetRoute:
    """An answer to what was asked at `asked` (monotonic seconds). Raises INTERNAL when it is malformed."""
    granted = trust_pb2.AssetGrant()
    ends = asked + _lifetime(granted, message.grant.payload)
    return AssetRoute(
        _grant(message.grant), ends, message.registry_revision, message.extension_id, _hash(granted.content_hash), _weight(message)
    )


def site(message: install_service_pb2.LocateInstallResponse) -> Site:
    """Where an install belongs. Raises INTERNAL when the answer is malformed."""
    return Site(
        message.registry_revision, message.tenant_id, message.extension_id, _hash(message.content_hash), weight=_weight(message)
    )


def execute_request(call: Call) -> execute_service_pb2.ExecuteRequest:
    """As the runner reads it."""
    # Filled in place: a message that is put into another one is copied.
    request = execute_service_pb2.ExecuteRequest(timeout_ms=call.timeout_ms)
    grant, http = request.grant, request.http
    grant.payload, grant.signature, grant.key_id = call.grant.payload, call.grant.signature, call.grant.key_id
    context = request.context
    context.request_id = call.request_id
    context.trigger = context_pb2.TRIGGER_SCHEDULE if call.scheduled else context_pb2.TRIGGER_HTTP
    if call.user is not None:
        context.user.CopyFrom(user.to_proto(call.user))
    http.method, http.url = call.method, call.url
    add = http.headers.add
    for name, value in call.headers:
        add(name=name, value=value)
    if call.body is not None:
        http.body = call.body
    return request


def answer(message: execute_service_pb2.ExecuteResponse) -> Answer:
    """What the guest said."""
    headers = tuple((item.name, item.value) for item in message.headers)
    usage = message.usage
    # What a guest waits for its host costs no processor here.
    cpu_us = max(0, usage.handler_us - usage.host_wait_us)
    return Answer(message.status, headers, message.body if message.HasField("body") else None, cpu_us, usage.egress_bytes)


def asset_request(query: AssetQuery) -> asset_service_pb2.GetAssetRequest:
    """As the runner reads it."""
    return asset_service_pb2.GetAssetRequest(
        grant=_signed(query.grant),
        path=query.path,
        if_none_match=query.terms.etags,
        header_only=query.terms.header_only,
        codings=query.terms.codings,
        offset=query.part.first if query.part else 0,
        length=query.part.size if query.part else 0,
    )


def asset_header(message: asset_service_pb2.GetAssetResponse) -> AssetHeader:
    """Raises INTERNAL when the message is not a header."""
    if message.WhichOneof("part") != "header":
        raise Fault(Reason.INTERNAL, log="asset stream does not begin with a header")
    header = message.header
    sources = tuple((one.directive, tuple(one.sources)) for one in header.page_sources)
    return AssetHeader(
        header.size_bytes, header.media_type, header.etag, header.not_modified, header.is_html, header.coding, sources
    )


def asset_chunk(message: asset_service_pb2.GetAssetResponse) -> bytes:
    """The bytes of a later message; none in one that is not a chunk."""
    return message.chunk


def _grant(message: trust_pb2.Signed) -> Grant:
    return Grant(message.payload, message.signature, message.key_id)


def _weight(message: Message) -> int:
    # Measured: an answer with 256 endpoints takes fourteen times the bytes of its message.
    return 16 * message.ByteSize()


def _signed(grant: Grant) -> trust_pb2.Signed:
    return trust_pb2.Signed(payload=grant.payload, signature=grant.signature, key_id=grant.key_id)


def _lifetime(granted: trust_pb2.ExecutionGrant | trust_pb2.AssetGrant, payload: bytes) -> float:
    """Read a grant into `granted`; how many seconds it lasts in all, so that the clocks of two machines need not agree."""
    try:
        granted.ParseFromString(payload)
        return (granted.expires_at.ToDatetime(UTC) - granted.issued_at.ToDatetime(UTC)).total_seconds()
    except (DecodeError, ValueError, OverflowError) as error:
        raise Fault(Reason.INTERNAL, log="the registry's grant is malformed") from error


def _hash(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except Fault as fault:
        raise Fault(Reason.INTERNAL, log="the registry's grant names no hash") from fault
