"""The host's side of the guest contract: one file for each interface, listed here."""

from collections.abc import Iterator

from runner.engine.lane.carry import Carried
from runner.engine.lane.text import HOST, lane_name
from runner.engine.private import HostCallback
from runner.engine.world import LANES
from runner.host import clients, config, context, http, invoicing, logging, scheduler, secrets, services, storage, ui_proxy, user
from runner.host.guard import carried, guarded

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
    """All host functions, guarded, by interface and name, as a runtime wants them; those that carry bodies also as wrappers do."""
    found = {i.full_name: {f.name: guarded(i, f) for f in i.functions} for i in INTERFACES}
    return found | {HOST: dict(_carried())}


def _carried() -> Iterator[tuple[str, HostCallback]]:
    for interface in INTERFACES:
        described = {one.name: one for one in LANES.get(interface.full_name, ())}
        for function in interface.functions:
            if (one := described.get(function.name)) is not None:
                yield lane_name(interface.full_name, one), carried(interface, function, Carried(one))


__all__ = ["INTERFACES", "host_functions"]
