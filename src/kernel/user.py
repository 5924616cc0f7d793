"""The person behind a call: who it is, what may be said of them, and how that travels (`alga.common.v1.User`)."""

from dataclasses import dataclass
from typing import Final

from gen.alga.common.v1 import context_pb2
from kernel import fields
from kernel.errors import Fault

INTERNAL: Final = "internal"
CLIENT: Final = "client"
MAX_ID: Final = 128  # characters
MAX_EMAIL: Final = 320
MAX_NAME: Final = 200
MAX_FIELDS: Final = 32
MAX_FIELD_NAME: Final = 64
MAX_FIELD_BYTES: Final = 8 << 10  # of all names and values: they travel with every call


@dataclass(frozen=True, slots=True)
class User:
    """The person behind a call, as the gateway established it; `type` is `internal` or `client`.

    `additional_fields` are sorted by name, each name once.
    """

    user_id: str
    email: str
    name: str
    type: str
    client_name: str
    client_id: str | None = None
    additional_fields: tuple[tuple[str, str], ...] = ()


def checked(user: User, place: str = "user") -> User:
    """The same user, if it keeps the limits above. Raises INVALID_ARGUMENT that names the field below `place`."""
    fields.text(user.user_id, f"{place}.user_id", least=1, most=MAX_ID)
    fields.text(user.email, f"{place}.email", most=MAX_EMAIL)
    fields.text(user.name, f"{place}.name", most=MAX_NAME)
    if user.type not in (INTERNAL, CLIENT):
        raise Fault.invalid(f"{place}.type", f"must be {INTERNAL} or {CLIENT}")
    fields.text(user.client_name, f"{place}.client_name", most=MAX_NAME)
    if user.client_id is not None:
        fields.text(user.client_id, f"{place}.client_id", least=1, most=MAX_ID)
    _check_additional(user.additional_fields, f"{place}.additional_fields")
    return user


def _check_additional(found: tuple[tuple[str, str], ...], place: str) -> None:
    if len(found) > MAX_FIELDS:
        raise Fault.invalid(place, f"must be at most {MAX_FIELDS} fields")
    if sum(len(name.encode()) + len(value.encode()) for name, value in found) > MAX_FIELD_BYTES:
        raise Fault.invalid(place, f"must have at most {MAX_FIELD_BYTES} bytes together")
    for name, value in found:
        # Names are the host application's; one that is no good is not repeated in the error.
        fields.text(name, place, least=1, most=MAX_FIELD_NAME)
        fields.text(value, f"{place}.{name}", most=MAX_FIELD_BYTES)


def from_proto(message: context_pb2.User) -> User:
    """As it arrived; nothing is checked yet."""
    return User(
        user_id=message.user_id,
        email=message.email,
        name=message.name,
        type=message.type,
        client_name=message.client_name,
        client_id=message.client_id if message.HasField("client_id") else None,
        additional_fields=tuple(sorted(message.additional_fields.items())),
    )


def to_proto(user: User) -> context_pb2.User:
    """As it travels."""
    return context_pb2.User(
        user_id=user.user_id,
        email=user.email,
        name=user.name,
        type=user.type,
        client_name=user.client_name,
        client_id=user.client_id,
        additional_fields=dict(user.additional_fields),
    )
