"""The one decision of the gateway: may this caller do that? Everything that no rule allows is denied.

1 is it something that may be allowed, 2 is it the caller's own tenant, 3 may a user of that type, 4 does one of its roles.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from gateway.authorize.model import Denial, Roles, Subject
from gateway.identity.caller import Caller
from kernel.permissions import AccessRules, Permission
from kernel.user import CLIENT, INTERNAL

_NEEDED: Final[Mapping[str, Permission]] = {
    "GET": Permission.READ,
    "HEAD": Permission.READ,
    **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), Permission.WRITE),
}


def needed(method: str) -> Permission | None:
    """What a call of an extension with this method needs; None = no permission is enough."""
    return _NEEDED.get(method)


def decide(roles: Roles, caller: Caller, wanted: Permission | None, subject: Subject) -> Denial | None:
    """Why the caller may not; None = it may. `subject`'s rules are about calls alone: for ADMIN they say nothing."""
    # 1 is it something that may be allowed
    if wanted is None:
        return Denial("method", "The method is none that extensions answer.", ("one of GET, HEAD, POST, PUT, PATCH, DELETE",))
    # 2 is it the caller's own tenant
    if not caller.tenant_id or caller.tenant_id != subject.tenant_id:
        return Denial("tenant", "The install is another tenant's.", ("credentials of the install's tenant",))
    # 3 may a user of that type
    if caller.user is not None and caller.user.type != INTERNAL:
        denial = _of_client(caller, wanted, subject)
        if denial is not None:
            return denial
    # 4 does one of its roles
    rules = None if wanted is Permission.ADMIN else subject.access
    if not any(wanted in _permissions(roles, rules, role) for role in caller.roles):
        return _of_roles(roles, caller, wanted, rules)
    return None


def _of_client(caller: Caller, wanted: Permission, subject: Subject) -> Denial | None:
    assert caller.user is not None
    if caller.user.type != CLIENT:
        return Denial("user_type", "The user is of a type that is not known.", (f"a user of type {INTERNAL} or {CLIENT}",))
    if wanted is Permission.ADMIN:
        return Denial("client_admin", "Client-portal users administer nothing.", (f"a user of type {INTERNAL}",))
    if not subject.client_portal:
        text = "The installed version is not meant for client-portal users."
        ways = ("a version whose manifest has ui.hooks.clientPortalMenu with a label", f"a user of type {INTERNAL}")
        return Denial("client_portal", text, ways)
    if not caller.user.client_id:
        return Denial("client_id", "The client-portal user has no client id.", ("credentials that name the user's client id",))
    return None


def _permissions(roles: Roles, rules: AccessRules | None, role: str) -> Iterable[Permission]:
    if rules is None:
        return roles.get(role, ())
    found = rules.of(role)
    if found is not None:
        return found.permissions
    return () if rules.only_listed else roles.get(role, ())


def _of_roles(roles: Roles, caller: Caller, wanted: Permission, rules: AccessRules | None) -> Denial:
    known = {*roles, *(one.role for one in (rules.roles if rules else ()))}
    ways = [f"the role {role}" for role in sorted(known) if wanted in _permissions(roles, rules, role)]
    held = ", ".join(sorted(caller.roles)) or "none"
    if rules is not None and any(wanted in roles.get(role, ()) for role in caller.roles):
        ways.append("other access rules of the install: alga-ext access set")
        text = f"The install's access rules do not give {wanted} to any of the caller's roles ({held})."
        return Denial("install_access", text, tuple(ways))
    return Denial("role", f"None of the caller's roles ({held}) has the permission {wanted}.", tuple(ways))
