"""`services`: the tenant's service catalogue, as the host application tells it."""

from runner.host.base import Interface
from runner.host.clients import NOT_ALLOWED, READ_ERRORS
from runner.host.described import described

INTERFACE = Interface(
    "services",
    "cap:service.read",
    tuple(described("services", name, NOT_ALLOWED, READ_ERRORS) for name in ("list-services", "get-service")),
)
