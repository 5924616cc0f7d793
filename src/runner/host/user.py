"""`user` and `user-v2`: the person behind the call, as the gateway established it."""

from typing import Any, Final

from runner.engine.values import Enum, Err, Ok, Some
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall

_CAPABILITY: Final = "cap:user.read"
_NOT_ALLOWED: Final = Err(Enum("not-allowed"))
_NOT_AVAILABLE: Final = Err(Enum("not-available"))  # a program called, or a schedule


def _get_user(call: CurrentCall) -> Ok | Err:
    return _NOT_AVAILABLE if call.user is None else Ok(_user_data(call))


def _get_user_v2(call: CurrentCall) -> Ok | Err:
    user = call.user
    if user is None:
        return _NOT_AVAILABLE
    client_id = Some(user.client_id) if user.HasField("client_id") else None
    return Ok({**_user_data(call), "client-id": client_id, "additional-fields": sorted(user.additional_fields.items())})


def _user_data(call: CurrentCall) -> dict[str, Any]:
    user = call.user
    assert user is not None, "both functions look first"
    return {
        "tenant-id": call.context.tenant_id,
        "client-name": user.client_name,
        "user-id": user.user_id,
        "user-email": user.email,
        "user-name": user.name,
        "user-type": user.type,
    }


INTERFACE = Interface("user", _CAPABILITY, (HostFunction("get-user", 0, _get_user, _NOT_ALLOWED),))
INTERFACE_V2 = Interface("user-v2", _CAPABILITY, (HostFunction("get-user", 0, _get_user_v2, _NOT_ALLOWED),))
