"""What a tenant's admins say of an install, over the registry's rpcs, each asked with the caller's own API key.

The registry decides who may do what: this gateway's token opens none of it. JSON has the names of the protos; no value passes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

from gateway.clients import answers, same
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import install_service_pb2_grpc, secret_service_pb2_grpc
from gen.alga.registry.v1 import secret_service_pb2 as secrets
from kernel.errors import Fault, Reason, Violation
from kernel.rpc import Peer

CALL_SECONDS: Final = 10.0
# The key was judged a moment ago: what the registry says of it now is the caller's to hear.
_PASS: Final = same(
    Reason.NOT_FOUND, Reason.INVALID_ARGUMENT, Reason.REVISION_CONFLICT, Reason.UNAUTHENTICATED, Reason.PERMISSION_DENIED
)
Json = dict[str, Any]


class InstallSettings:
    """Each method takes the caller's API key, tenant and install. Raises NOT_FOUND, INVALID_ARGUMENT, REVISION_CONFLICT."""

    def __init__(self, registry: Peer) -> None:
        self._channel = registry.channel
        self._installs = install_service_pb2_grpc.InstallServiceStub(registry.channel)
        self._secrets = secret_service_pb2_grpc.SecretServiceStub(registry.channel)

    async def get(self, key: str, tenant_id: str, install: str, what: str) -> Json:
        """`what` is `config`, `access`, `egress`, `credentials` or `secrets`."""
        if what == "secrets":
            asked = secrets.ListSecretsRequest(tenant_id=tenant_id, install=install)
            return _plain(await self._ask(key, self._secrets.ListSecrets, asked))
        request = installs.GetInstallRequest(tenant_id=tenant_id, install=install)
        return _shown((await self._ask(key, self._installs.GetInstall, request)).install, what)

    async def set(self, key: str, tenant_id: str, install: str, what: str, told: Mapping[str, Any]) -> Json:
        """Replaces it as a whole by what a JSON object says."""
        request: Message
        if what == "config":
            request = _read(told, installs.SetConfigurationRequest(), ("configuration", "if_revision"), needed="configuration")
            method: Callable[..., Any] = self._installs.SetConfiguration
        elif what == "credentials":
            request = _read(told, installs.SetCredentialsRequest(), ("credentials", "if_revision"), needed="credentials")
            method = self._installs.SetCredentials
        elif what == "access":
            if "access" not in told:
                raise Fault.invalid("access", "must be an object, or null to say nothing")
            request = _read(told, installs.SetAccessRequest(), ("access", "if_revision"))
            method = self._installs.SetAccess
        else:
            listed = told.get("destinations")
            said = {name: value for name, value in told.items() if name != "destinations"}
            if listed is not None:
                said["egress"] = {"destinations": listed}
            if "destinations" not in told:
                raise Fault.invalid("destinations", "must be a list, or null to say nothing")
            request = _read(said, installs.SetEgressRequest(), ("egress", "if_revision"))
            method = self._installs.SetEgress
        request.tenant_id, request.install = tenant_id, install  # type: ignore[attr-defined]  # all of them have them
        return _shown((await self._ask(key, method, request)).install, what)

    async def put_secret(self, key: str, tenant_id: str, install: str, name: str, told: Mapping[str, Any]) -> Json:
        """Store one sealed secret."""
        revision = _read(
            {"if_revision": told.get("if_revision")}, secrets.PutSecretsRequest(), ("if_revision",), needed="if_revision"
        )
        sealed = {field: value for field, value in told.items() if field != "if_revision"}
        secret = _read(sealed, secrets.SealedSecret(name=name), ("boxes", "expires_at"), needed="boxes")
        request = secrets.PutSecretsRequest(tenant_id=tenant_id, install=install, put=[secret], if_revision=revision.if_revision)
        return _plain(await self._ask(key, self._secrets.PutSecrets, request))

    async def remove_secret(self, key: str, tenant_id: str, install: str, name: str) -> Json:
        """Remove one secret, if it is there."""
        asked = secrets.ListSecretsRequest(tenant_id=tenant_id, install=install)
        found = await self._ask(key, self._secrets.ListSecrets, asked)
        request = secrets.PutSecretsRequest(tenant_id=tenant_id, install=install, remove=[name], if_revision=found.revision)
        return _plain(await self._ask(key, self._secrets.PutSecrets, request))

    async def recipients(self, key: str) -> Json:
        """The keys to seal to."""
        return _plain(await self._ask(key, self._secrets.GetRecipients, secrets.GetRecipientsRequest()))

    async def _ask(self, key: str, method: Callable[..., Any], request: Message) -> Any:
        with answers("registry", _PASS):
            return await method(request, metadata=Peer(self._channel, key).metadata(), timeout=CALL_SECONDS)


def _shown(install: Any, what: str) -> Json:
    head: Json = {"install_id": install.id, "revision": install.revision}
    if what == "config":
        return head | {"configuration": dict(install.configuration)}
    if what == "credentials":
        return head | {"credentials": [_plain(one) for one in install.credentials]}
    if what == "access":
        return head | {"access": _plain(install.access) if install.HasField("access") else None}
    said = list(install.tenant_egress.destinations) if install.HasField("tenant_egress") else None
    return head | {"destinations": said}


def _plain(message: Message) -> Json:
    found = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    numbered: Json = _numbers(found)
    return numbered


def _numbers(value: Any) -> Any:
    """Revisions as numbers: protobuf's JSON has 64-bit numbers as text."""
    if isinstance(value, dict):
        return {name: int(part) if name == "revision" else _numbers(part) for name, part in value.items()}
    return [_numbers(part) for part in value] if isinstance(value, list) else value


def _read(told: Mapping[str, Any], message: Any, known: tuple[str, ...], needed: str = "") -> Any:
    """A message from a JSON object, field by field. Raises INVALID_ARGUMENT that names each wrong one."""
    violations = [Violation(name[:80], f"must be one of {', '.join(known)}") for name in told if name not in known]
    if needed and told.get(needed) is None:
        violations.append(Violation(needed, "must be there"))
    for name in known:
        if told.get(name) is None:
            continue
        try:
            ParseDict({name: told[name]}, message)
        except (ParseError, ValueError, TypeError, AttributeError):
            violations.append(Violation(name, "is not of the form that docs/secrets.md shows"))
    if violations:
        raise Fault(Reason.INVALID_ARGUMENT, violations=tuple(violations))
    return message
