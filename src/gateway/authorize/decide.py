"""The one decision of the gateway: may this caller do that? Everything that no rule allows is denied."""

from collections.abc import Mapping
from typing import Final

from gateway.authorize.model import Denial, Permission, Roles
from gateway.identity.caller import Caller

_NEEDED: Final[Mapping[str, Permission]] = {
    "GET": Permission.READ,
    "HEAD": Permission.READ,
    **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), Permission.WRITE),
}


def needed(method: str) -> Permission | None:
    """What a call of an extension with this method needs; None = no permission is enough."""
    return _NEEDED.get(method)


def decide(roles: Roles, caller: Caller, wanted: Permission | None) -> Denial | None:
    """Why the caller may not; None = it may."""
    if wanted is None:
        return Denial("method", "The method is none that extensions answer.", ("a method of GET, HEAD, POST, PUT, PATCH, DELETE",))
    if not any(wanted in roles.get(role, ()) for role in caller.roles):
        able = sorted(role for role, permissions in roles.items() if wanted in permissions)
        text = f"None of the caller's roles ({_listed(caller.roles)}) has the permission {wanted}."
        return Denial("role", text, tuple(f"the role {role}" for role in able))
    return None


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
