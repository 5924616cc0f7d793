"""What a token claims of its bearer, read as a settings says: names of claims to tenant, user and roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.identity.caller import Caller, Kind, principal_id
from kernel import fields, user
from kernel.errors import Fault, Reason
from kernel.permissions import is_role
from kernel.user import User

MAX_ROLES: Final = 64
NAMES: Final[Mapping[str, str]] = {
    "tenant": "tenant_id",
    "user_id": "sub",
    "email": "email",
    "name": "name",
    "user_type": "",
    "client_id": "",
    "client_name": "",
    "roles": "roles",
}
Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which claim says what, each a dotted path; "" = none does. `default_roles` = of tokens without the claim of roles."""

    paths: Mapping[str, str]
    default_roles: frozenset[str] = frozenset()

    def caller(self, claims: Claims) -> Caller:
        """The bearer. Raises MISSING_TENANT, UNAUTHENTICATED for claims that are not of their form."""
        tenant = self._text(claims, "tenant")
        if not tenant:
            raise Fault(Reason.MISSING_TENANT, log="the token names no tenant")
        issuer, subject = claims.get("iss"), claims.get("sub")
        user_id = self._text(claims, "user_id")
        named = subject if isinstance(subject, str) and subject else user_id
        if not named:
            raise Fault(Reason.UNAUTHENTICATED, log="the token names no subject")
        try:
            fields.tenant_id(tenant)
            person = user.checked(self._user(claims, user_id)) if user_id else None
        except Fault as fault:
            raise Fault(Reason.UNAUTHENTICATED, log=f"claims: {fault}") from fault
        return Caller(tenant, Kind.JWT, principal_id(Kind.JWT, str(issuer), named), self._roles(claims), person)

    def _user(self, claims: Claims, user_id: str) -> User:
        return User(
            user_id=user_id,
            email=self._text(claims, "email"),
            name=self._text(claims, "name"),
            type=self._text(claims, "user_type") if self.paths["user_type"] else user.INTERNAL,
            client_name=self._text(claims, "client_name"),
            client_id=self._text(claims, "client_id") or None,
        )

    def _roles(self, claims: Claims) -> frozenset[str]:
        found = _at(claims, self.paths["roles"])
        if found is None:
            return self.default_roles
        listed = found.split(" ") if isinstance(found, str) else found
        if not isinstance(listed, list) or len(listed) > MAX_ROLES:
            raise Fault(Reason.UNAUTHENTICATED, log=f"the claim of roles must be a list of at most {MAX_ROLES}")
        return frozenset(role for role in listed if isinstance(role, str) and is_role(role))

    def _text(self, claims: Claims, what: str) -> str:
        found = _at(claims, self.paths[what])
        if found is None:
            return ""
        if not isinstance(found, str):
            raise Fault(Reason.UNAUTHENTICATED, log=f"the claim of {what} must be text")
        return found


def _at(claims: Claims, path: str) -> object:
    """The claim of exactly that name, or what its dots lead to; None = there is none."""
    if not path:
        return None
    if path in claims:
        return claims[path]
    value: object = claims
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value
