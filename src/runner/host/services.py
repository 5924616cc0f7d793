"""`services`: this host is connected to no service catalogue, so reading it is not allowed."""

from typing import Final

from runner.engine.values import Enum, Err
from runner.host.base import Interface, denied

_DENIED: Final = Err(Enum("not-allowed"))

INTERFACE = Interface("services", "cap:service.read", (denied("list-services", 1, _DENIED), denied("get-service", 1, _DENIED)))
