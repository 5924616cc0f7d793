"""The person of an API key, as JSON of the database."""

from dataclasses import asdict
from typing import Any

from kernel.user import User


def to_json(user: User) -> dict[str, Any]:
    """What is stored."""
    return asdict(user) | {"additional_fields": dict(user.additional_fields)}


def from_json(stored: dict[str, Any]) -> User:
    """What was stored."""
    return User(**stored | {"additional_fields": tuple(sorted(stored["additional_fields"].items()))})
