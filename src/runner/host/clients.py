"""`clients`: this host is connected to no client records, so reading them is not allowed."""

from typing import Final

from runner.engine.values import Enum, Err
from runner.host.base import Interface, denied

_DENIED: Final = Err(Enum("not-allowed"))

INTERFACE = Interface("clients", "cap:client.read", (denied("list-clients", 1, _DENIED), denied("get-client", 1, _DENIED)))
