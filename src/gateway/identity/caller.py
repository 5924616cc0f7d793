"""Who calls: what the rest of the gateway knows of a request's sender, however it proved who it is."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from kernel.user import User


class Kind(StrEnum):
    """How a caller proved who it is."""

    KEY = "key"
    JWT = "jwt"
    HOST = "host"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller of one tenant. `roles` are names; what they may do is for `gateway.authorize` to say.

    `principal_id` is the same for the same caller in every request and process, and never another one's: at most 44 characters of
    `[A-Za-z0-9:_-]`. `user` = the person behind the call; it is kept out of logs.
    """

    tenant_id: str
    kind: Kind
    principal_id: str
    roles: frozenset[str]
    user: User | None = field(default=None, repr=False)


def principal_id(kind: Kind, *parts: str) -> str:
    """The id of a principal that others named: a hash, since their names have any form and length, and may be personal."""
    # Lengths first, so that no two lists of parts are the same text.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
