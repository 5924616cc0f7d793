"""`secrets`: this host keeps none yet, so every guest is told what one without the capability is told."""

from runner.engine.values import Enum, Err
from runner.host.base import Interface, denied

INTERFACE = Interface("secrets", "cap:secrets.get", (denied("get", 1, Err(Enum("denied"))), denied("list-keys", 0, [])))
