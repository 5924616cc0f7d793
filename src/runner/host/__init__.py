"""The host's side of the guest contract: one file for each interface, listed here."""

from runner.engine.private import HostCallback
from runner.host import clients, config, context, http, invoicing, logging, scheduler, secrets, services, storage, ui_proxy, user
from runner.host.guard import guarded

INTERFACES = (
    context.INTERFACE,
    config.INTERFACE,
    secrets.INTERFACE,
    http.INTERFACE,
    storage.INTERFACE,
    logging.INTERFACE,
    ui_proxy.INTERFACE,
    user.INTERFACE,
    user.INTERFACE_V2,
    scheduler.INTERFACE,
    invoicing.INTERFACE,
    clients.INTERFACE,
    services.INTERFACE,
)


def host_functions() -> dict[str, dict[str, HostCallback]]:
    """All host functions, guarded, by interface and name, as a runtime wants them."""
    return {i.full_name: {f.name: guarded(i, f) for f in i.functions} for i in INTERFACES}


__all__ = ["INTERFACES", "host_functions"]
