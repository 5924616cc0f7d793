"""The services of a host application, as far as the settings name one."""

from contextlib import AsyncExitStack

from kernel.errors import Reason
from runner.backends.absent import Absent
from runner.backends.host_app.base import Place
from runner.backends.service import Service
from runner.ports import SecretValues


async def connected(stack: AsyncExitStack, place: Place, secrets: SecretValues) -> dict[str, Service]:
    """By interface. Connections are closed with the stack."""
    found: dict[str, Service] = {
        "ui-proxy": Absent(Reason.HOST_ROUTE_MISSING),
        **dict.fromkeys(("clients", "services", "invoicing"), Absent(Reason.HOST_DENIED)),
    }
    if not place.base and not place.proxy_base:
        return found
    # Only here: a runner without a host application does without an HTTP client in its memory.
    from runner.backends.host_app.connection import Connection
    from runner.backends.host_app.internal import Internal
    from runner.backends.host_app.invoicing import Invoicing
    from runner.backends.host_app.proxy import UiProxy
    from runner.backends.host_app.reads import Reads

    connection = await stack.enter_async_context(Connection(place.seconds, place.ca_file))
    if place.base:
        internal = Internal(connection, place.base, place.token)
        found |= {
            "clients": Reads(internal, "ext-clients"),
            "services": Reads(internal, "ext-services"),
            "invoicing": Invoicing(internal),
        }
    if place.proxy_base:
        found["ui-proxy"] = UiProxy(connection, place.proxy_base, secrets)
    return found
