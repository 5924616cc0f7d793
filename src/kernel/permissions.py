"""What callers may be allowed, and what a tenant says of it for one install (`alga.registry.v1.AccessRules`)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gen.alga.registry.v1 import install_pb2
from kernel.errors import Fault

MAX_ROLES: Final = 32  # of an install; they are read with every call
MAX_ROLE: Final = 64  # characters
# No comma: header fields list roles. Visible ASCII, so that no two roles look the same.
_ROLE: Final = re.compile(r"[!-+\--~](?:[ -+\--~]{0,62}[!-+\--~])?")


class Permission(StrEnum):
    """READ = GET and HEAD of an extension's endpoints, WRITE = its other methods, ADMIN = the tenant's control plane."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class RoleAccess:
    """What one role may do with an install; never ADMIN, which is not about one install's calls."""

    role: str
    read: bool = False
    write: bool = False

    @property
    def permissions(self) -> frozenset[Permission]:
        """As a set."""
        pairs = ((Permission.READ, self.read), (Permission.WRITE, self.write))
        return frozenset(permission for permission, given in pairs if given)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What a tenant says of who may call one install: `roles` replace what gateways say of those roles, each once.

    With `only_listed` no other role may call it.
    """

    roles: tuple[RoleAccess, ...] = ()
    only_listed: bool = False

    def of(self, role: str) -> RoleAccess | None:
        """What they say of a role; None = nothing."""
        return next((one for one in self.roles if one.role == role), None)


def is_role(text: str) -> bool:
    """Whether a text can be a role's name."""
    return _ROLE.fullmatch(text) is not None


def checked(rules: AccessRules, place: str = "access") -> AccessRules:
    """The rules, roles sorted by name. Raises INVALID_ARGUMENT that names the field below `place`."""
    if len(rules.roles) > MAX_ROLES:
        raise Fault.invalid(f"{place}.roles", f"must be at most {MAX_ROLES}")
    seen: set[str] = set()
    for index, one in enumerate(rules.roles):
        if not is_role(one.role):
            rule = f"must be 1 to {MAX_ROLE} visible ASCII characters without a comma, and no space at its ends"
            raise Fault.invalid(f"{place}.roles[{index}].role", rule)
        if one.role in seen:
            raise Fault.invalid(f"{place}.roles[{index}].role", "must not be there twice")
        seen.add(one.role)
    return AccessRules(tuple(sorted(rules.roles, key=lambda one: one.role)), rules.only_listed)


def from_proto(message: install_pb2.AccessRules) -> AccessRules:
    """As it arrived; nothing is checked yet."""
    return AccessRules(tuple(RoleAccess(one.role, one.read, one.write) for one in message.roles), message.only_listed)


def to_proto(rules: AccessRules) -> install_pb2.AccessRules:
    """As it travels."""
    roles = [install_pb2.RoleAccess(role=one.role, read=one.read, write=one.write) for one in rules.roles]
    return install_pb2.AccessRules(roles=roles, only_listed=rules.only_listed)
