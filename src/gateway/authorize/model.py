"""What may be allowed, to whom, and how a refusal is explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kernel.auth import Role
from kernel.permissions import AccessRules, Permission

Roles = Mapping[str, frozenset[Permission]]
"""Roles and what they may do; a role that is not there may do nothing."""

DEFAULT_ROLES: Final[Roles] = {
    str(Role.TENANT_ADMIN): frozenset(Permission),
    str(Role.TENANT_CALLER): frozenset({Permission.READ, Permission.WRITE}),
    "tenant_reader": frozenset({Permission.READ}),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The install that a call is for: what of it a decision depends on."""

    tenant_id: str
    access: AccessRules | None = None
    client_portal: bool = False


@dataclass(frozen=True, slots=True)
class Denial:
    """Why something is refused: the rule by its name, in words, and what would allow it, one way each."""

    rule: str
    text: str
    allowed_by: tuple[str, ...]
