"""A pending update as the JSON of one column."""

from dataclasses import astuple
from typing import Any, Final

from kernel.digest import Digest
from registry.catalog.rows import to_micros, to_time
from registry.model import Difference, Endpoint, PendingUpdate

_TEXTS: Final = ("added_capabilities", "removed_capabilities", "added_egress", "removed_egress")
_ENDPOINTS: Final = ("added_endpoints", "removed_endpoints")


def to_json(pending: PendingUpdate) -> dict[str, Any]:
    """An object of texts, numbers, lists and objects."""
    difference: dict[str, Any] = {name: list(getattr(pending.difference, name)) for name in _TEXTS}
    difference |= {name: [list(astuple(one)) for one in getattr(pending.difference, name)] for name in _ENDPOINTS}
    return {
        "version_id": pending.version_id,
        "version": pending.version,
        "content_hash": pending.content_hash.hex,
        "difference": difference,
        "requested_at": to_micros(pending.requested_at),
    }


def from_json(stored: dict[str, Any]) -> PendingUpdate:
    """What `to_json` made."""
    difference: dict[str, Any] = {name: tuple(stored["difference"][name]) for name in _TEXTS}
    difference |= {name: tuple(Endpoint(*one) for one in stored["difference"][name]) for name in _ENDPOINTS}
    return PendingUpdate(
        version_id=stored["version_id"],
        version=stored["version"],
        content_hash=Digest(stored["content_hash"]),
        difference=Difference(**difference),
        requested_at=to_time(stored["requested_at"]),
    )
