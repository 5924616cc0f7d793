"""`secrets`: values that the tenant stored for the install, opened by the runner for one call."""

from typing import Final

from gen.alga.common.v1.errors_pb2 import ErrorReason
from gen.alga.runner.v1 import executor_pb2 as pb
from runner.engine.values import Enum, Err, Ok
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall

_ERRORS: Final = {
    ErrorReason.ERROR_REASON_SECRET_MISSING: "missing",
    ErrorReason.ERROR_REASON_SECRET_EXPIRED: "expired",
    ErrorReason.ERROR_REASON_CAPABILITY_DENIED: "denied",
    ErrorReason.ERROR_REASON_QUOTA_EXCEEDED: "denied",  # of the call: it has used up what it may ask
    ErrorReason.ERROR_REASON_PERMISSION_DENIED: "denied",
    ErrorReason.ERROR_REASON_GRANT_INVALID: "denied",
    ErrorReason.ERROR_REASON_GRANT_EXPIRED: "denied",
    ErrorReason.ERROR_REASON_GRANT_STALE: "denied",
    ErrorReason.ERROR_REASON_EXTENSION_REVOKED: "denied",
    ErrorReason.ERROR_REASON_VERSION_REVOKED: "denied",
}


def _get(call: CurrentCall, key: str) -> Ok | Err:
    result = call.ask(pb.HostCall(secret_get=pb.SecretGet(name=key)))
    return Ok(result.secret) if result.HasField("secret") else Err(Enum(_ERRORS.get(result.error, "internal")))


def _list_keys(call: CurrentCall) -> list[str]:
    # There is no way to say that it failed: the guest sees an install without secrets.
    return list(call.ask(pb.HostCall(secret_list=pb.SecretList())).secret_names.names)


INTERFACE = Interface(
    "secrets",
    "cap:secrets.get",
    (HostFunction("get", 1, _get, Err(Enum("denied"))), HostFunction("list-keys", 0, _list_keys, [])),
)
