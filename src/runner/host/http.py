"""`http`: egress is closed; every address is one that is not allowed."""

from runner.engine.values import Enum, Err
from runner.host.base import Interface, denied

INTERFACE = Interface("http", "cap:http.fetch", (denied("fetch", 1, Err(Enum("not-allowed"))),))
