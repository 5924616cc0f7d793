"""`clients`: the tenant's clients, as the host application tells them."""

from typing import Final

from runner.engine.values import Enum, Err
from runner.host.base import Interface
from runner.host.described import described, error_cases
from runner.host.refused import REFUSED

NOT_ALLOWED: Final = Err(Enum("not-allowed"))
# Of `clients` and `services` alike.
READ_ERRORS: Final = error_cases(
    {
        **dict.fromkeys((*REFUSED, "HOST_DENIED"), "not-allowed"),
        **dict.fromkeys(("INVALID_ARGUMENT", "PAYLOAD_TOO_LARGE", "HOST_REJECTED"), "invalid-input"),
    }
)

INTERFACE = Interface(
    "clients",
    "cap:client.read",
    tuple(described("clients", name, NOT_ALLOWED, READ_ERRORS) for name in ("list-clients", "get-client")),
)
