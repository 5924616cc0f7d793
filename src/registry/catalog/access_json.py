"""The access rules of an install as the JSON of one column."""

from dataclasses import asdict
from typing import Any, Final

from kernel.errors import Fault
from kernel.permissions import AccessRules, RoleAccess, checked

# What holds where the column cannot be read: the tenant's admins can still set it anew.
NOBODY: Final = AccessRules(only_listed=True)


def to_json(rules: AccessRules) -> dict[str, Any]:
    """An object of a list and a flag."""
    return {**asdict(rules), "roles": [asdict(one) for one in rules.roles]}


def from_json(stored: Any) -> AccessRules | None:
    """What `to_json` made; None for anything else."""
    try:
        rules = checked(AccessRules(tuple(RoleAccess(**one) for one in stored["roles"]), stored["only_listed"]))
    except (TypeError, KeyError, Fault):
        return None
    flags = [rules.only_listed, *(flag for one in rules.roles for flag in (one.read, one.write))]
    return rules if len(stored) == len(asdict(rules)) and all(type(flag) is bool for flag in flags) else None
