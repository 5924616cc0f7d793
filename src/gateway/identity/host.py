"""The host application: a service token or a client certificate, and its word on which tenant and user it calls for.

Its headers are believed from it alone; beside other credentials they say nothing.
"""

import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from gateway.identity.caller import Caller, Kind, principal_id
from gateway.identity.host_tokens import HostTokens
from gateway.identity.shown import TENANT_HEADERS, Headers
from kernel import fields, user
from kernel.errors import Fault, Reason
from kernel.permissions import is_role
from kernel.user import User

SHOWN: Final = "x-runner-auth"  # the service token; as the reference system has it
ROLES_HEADER: Final = "x-user-roles"
MAX_ROLES: Final = 64
_USER_ID: Final = "x-user-id"
Certificate = Mapping[str, Any]


class Host:
    """`certificate_names` are `dns:…`, `uri:…` or `cn:…`; `default_roles` = what it has where it names no roles."""

    def __init__(
        self, tokens: HostTokens, certificate_names: Sequence[str] = (), default_roles: frozenset[str] = frozenset()
    ) -> None:
        self._tokens, self._names, self._default_roles = tokens, frozenset(certificate_names), default_roles

    def shown(self, headers: Headers, certificate: Certificate | None) -> bool:
        """Whether a request says that it is the host application's."""
        return SHOWN in headers or self._is_ours(certificate)

    def caller(self, headers: Headers, certificate: Certificate | None) -> Caller:
        """Whom it calls for. Raises INVALID_SERVICE_AUTH, MISSING_TENANT, TENANT_MISMATCH, INVALID_ARGUMENT."""
        shown = headers.getall(SHOWN, ())
        if shown and not (len(shown) == 1 and self._tokens.known(shown[0])):
            raise Fault(Reason.INVALID_SERVICE_AUTH)
        tenants = {value for name in TENANT_HEADERS for value in headers.getall(name, ())}
        if not tenants:
            raise Fault(Reason.MISSING_TENANT, log="the host application names no tenant")
        if len(tenants) > 1:
            raise Fault(Reason.TENANT_MISMATCH)
        tenant = fields.tenant_id(tenants.pop(), TENANT_HEADERS[0])
        return self.caller_for(tenant, user.checked(_user(headers), "x-user") if _USER_ID in headers else None, headers)

    def caller_for(self, tenant_id: str, person: User | None, headers: Headers) -> Caller:
        """The host application, which calls for that tenant and person; only its roles are read. Raises INVALID_ARGUMENT."""
        principal = principal_id(Kind.HOST, person.user_id if person else "")
        return Caller(tenant_id, Kind.HOST, principal, self._roles(headers), person)

    def _is_ours(self, certificate: Certificate | None) -> bool:
        if not certificate or not self._names:
            return False
        # It was valid when the connection began; connections can last.
        if ssl.cert_time_to_seconds(certificate["notAfter"]) <= time.time():
            return False
        return any(name in self._names for name in _names(certificate))

    def _roles(self, headers: Headers) -> frozenset[str]:
        if ROLES_HEADER not in headers:
            return self._default_roles
        listed = [role.strip(" ") for value in headers.getall(ROLES_HEADER) for role in value.split(",")]
        if len(listed) > MAX_ROLES:
            raise Fault.invalid(ROLES_HEADER, f"must be at most {MAX_ROLES} roles")
        return frozenset(role for role in listed if is_role(role))


def _names(certificate: Certificate) -> Iterator[str]:
    for kind, value in certificate.get("subjectAltName", ()):
        yield f"{kind.lower()}:{value}"
    for part in certificate.get("subject", ()):
        for kind, value in part:
            if kind == "commonName":
                yield f"cn:{value}"


def _user(headers: Headers) -> User:
    return User(
        user_id=_text(headers, _USER_ID),
        email=_text(headers, "x-user-email"),
        name=_text(headers, "x-user-name"),
        type=_text(headers, "x-user-type") or user.INTERNAL,
        client_name=_text(headers, "x-client-name"),
        client_id=_text(headers, "x-client-id") or None,
    )


def _text(headers: Headers, name: str) -> str:
    """Percent-decoded UTF-8: header fields are ASCII."""
    found = headers.getall(name, ())
    if len(found) > 1 or not all(value.isascii() for value in found):
        raise Fault.invalid(name, "must be given once, in ASCII: other characters percent-encoded as UTF-8")
    try:
        return unquote(found[0], errors="strict") if found else ""
    except UnicodeDecodeError as error:
        raise Fault.invalid(name, "must be UTF-8 once it is decoded") from error
