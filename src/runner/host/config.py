"""`config`: what the tenant set for the install, as the verified grant of the call has it."""

from runner.engine.values import Some
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall


def _get(call: CurrentCall, key: str) -> Some | None:
    value = call.configuration.get(key)
    return None if value is None else Some(value)


def _list_keys(call: CurrentCall) -> list[str]:
    return sorted(call.configuration)


# There is no way to say no: without the capability the guest sees an install for which nothing was set.
INTERFACE = Interface(
    "config", "cap:config.read", (HostFunction("get", 1, _get, None), HostFunction("list-keys", 0, _list_keys, []))
)
