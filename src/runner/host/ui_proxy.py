"""`ui-proxy`: routes of the host application, called by the runner on the install's behalf."""

from typing import Final

from gen.alga.common.v1.errors_pb2 import ErrorReason
from gen.alga.runner.v1.executor_pb2 import HostCall, ProxyCall
from runner.engine.values import Enum, Err, Ok
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall
from runner.host.described import error_cases
from runner.host.refused import REFUSED

_ERRORS: Final = error_cases(
    {
        **dict.fromkeys((*REFUSED, "HOST_DENIED", "SECRET_EXPIRED"), "denied"),
        **dict.fromkeys(("INVALID_ARGUMENT", "PAYLOAD_TOO_LARGE", "HOST_REJECTED"), "bad-request"),
        "HOST_ROUTE_MISSING": "route-not-found",
    }
)


def _call_route(call: CurrentCall, route: str, payload: bytes | None) -> Ok | Err:
    result = call.ask(HostCall(proxy_call=ProxyCall(route=route, payload=payload)))
    if result.WhichOneof("result") != "proxy_answer":
        error: Err = _ERRORS(ErrorReason.Name(result.error).removeprefix("ERROR_REASON_"))
        return error
    return Ok(result.proxy_answer)


INTERFACE = Interface("ui-proxy", "cap:ui.proxy", (HostFunction("call-route", 2, _call_route, Err(Enum("denied"))),))
