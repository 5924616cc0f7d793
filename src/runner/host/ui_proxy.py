"""`ui-proxy`: this host has no routes of its own to call, so every call is denied."""

from runner.engine.values import Enum, Err
from runner.host.base import Interface, denied

INTERFACE = Interface("ui-proxy", "cap:ui.proxy", (denied("call-route", 2, Err(Enum("denied"))),))
