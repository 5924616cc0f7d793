"""`user` and `user-v2`: calls carry no user data yet, so a guest that may ask is told that there is none."""

from typing import Final

from runner.engine.values import Enum, Err
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall

_CAPABILITY: Final = "cap:user.read"


def _get_user(_call: CurrentCall) -> Err:
    return Err(Enum("not-available"))


_FUNCTIONS: Final = (HostFunction("get-user", 0, _get_user, Err(Enum("not-allowed"))),)

INTERFACE = Interface("user", _CAPABILITY, _FUNCTIONS)
INTERFACE_V2 = Interface("user-v2", _CAPABILITY, _FUNCTIONS)
