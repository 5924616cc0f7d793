"""The capabilities that a manifest can ask for and a tenant can grant, and the interface that each one opens."""

import difflib

from kernel.errors import Fault

# The interface of `alga:extension` that each capability opens.
INTERFACES = {
    "cap:context.read": ("context",),
    "cap:config.read": ("config",),
    "cap:secrets.get": ("secrets",),
    "cap:http.fetch": ("http",),
    "cap:storage.kv": ("storage",),
    "cap:log.emit": ("logging",),
    "cap:ui.proxy": ("ui-proxy",),
    "cap:user.read": ("user", "user-v2"),
    "cap:scheduler.manage": ("scheduler",),
    "cap:invoice.manual.create": ("invoicing",),
    "cap:client.read": ("clients",),
    "cap:service.read": ("services",),
}
ALL = frozenset(INTERFACES)
# Secrets of the install that the host itself uses when it serves a capability.
HOST_SECRETS = {"cap:ui.proxy": "api_key"}
# Granted to every install, asked for or not. Installs that are older than one of them get it with their next change.
DEFAULTS = frozenset({"cap:context.read", "cap:config.read", "cap:log.emit", "cap:user.read"})


def capability(name: str, field: str) -> str:
    """The canonical name: trimmed, lower case, with `cap:`.

    Raises INVALID_ARGUMENT that names `field` and the nearest known name.
    """
    bare = name.strip().lower().removeprefix("cap:")
    if (full := f"cap:{bare}") in ALL:
        return full
    near = difflib.get_close_matches(full, ALL, n=1)
    raise Fault.invalid(field, "is not a known capability" + (f"; did you mean {near[0]}?" if near else ""))


def for_interface(interface: str) -> str:
    """The capability that opens an interface, e.g. `cap:user.read` for `user-v2`. Raises KeyError for one of no capability."""
    return _BY_INTERFACE[interface]


_BY_INTERFACE = {interface: name for name, interfaces in INTERFACES.items() for interface in interfaces}
