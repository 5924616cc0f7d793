"""`http`: requests to other servers, sent by the runner, which decides whether they may go there."""

from typing import Any, Final

from gen.alga.common.v1.errors_pb2 import ErrorReason
from gen.alga.runner.v1 import executor_pb2 as pb
from gen.alga.runner.v1.execute_service_pb2 import Header, HttpRequest
from runner.engine.values import U16, Enum, Err, Ok, Some
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall

_DENIED: Final = Err(Enum("not-allowed"))
# What a guest is told; everything else is the host's own trouble. A secret that the tenant has yet to store is a matter of rights.
_ERRORS: Final = {
    ErrorReason.ERROR_REASON_EGRESS_INVALID: "invalid-url",
    ErrorReason.ERROR_REASON_EGRESS_DENIED: "not-allowed",
    ErrorReason.ERROR_REASON_EGRESS_FAILED: "transport",
    ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED: "transport",
    ErrorReason.ERROR_REASON_SECRET_MISSING: "not-allowed",
    ErrorReason.ERROR_REASON_SECRET_EXPIRED: "not-allowed",
    ErrorReason.ERROR_REASON_CAPABILITY_DENIED: "not-allowed",
    ErrorReason.ERROR_REASON_GRANT_INVALID: "not-allowed",
    ErrorReason.ERROR_REASON_GRANT_EXPIRED: "not-allowed",
    ErrorReason.ERROR_REASON_GRANT_STALE: "not-allowed",
    ErrorReason.ERROR_REASON_EXTENSION_REVOKED: "not-allowed",
    ErrorReason.ERROR_REASON_VERSION_REVOKED: "not-allowed",
    ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE: "not-allowed",
    ErrorReason.ERROR_REASON_QUOTA_EXCEEDED: "not-allowed",
}


def _fetch(call: CurrentCall, request: dict[str, Any]) -> Ok | Err:
    headers = [Header(name=header["name"], value=header["value"]) for header in request["headers"]]
    asked = HttpRequest(method=request["method"], url=request["url"], headers=headers, body=request["body"])
    result = call.ask(pb.HostCall(http_fetch=asked))
    if not result.HasField("http_fetched"):
        return Err(Enum(_ERRORS.get(result.error, "internal")))
    fetched = result.http_fetched
    return Ok(
        {
            "status": U16(fetched.status),
            "headers": [{"name": header.name, "value": header.value} for header in fetched.headers],
            "body": Some(fetched.body) if fetched.HasField("body") else None,
        }
    )


INTERFACE = Interface("http", "cap:http.fetch", (HostFunction("fetch", 1, _fetch, _DENIED),))
