"""`ui-proxy` on the runner's side: GET without a payload, POST of JSON with one.

1. judge the route
2. say whose call it is, and add the install's own key
3. ask the host application
4. translate its refusal
"""

from typing import Final

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from kernel.errors import Fault, Reason
from runner.backends.host_app.connection import Connection, Request
from runner.backends.host_app.headers import about, about_user
from runner.backends.host_app.routes import address
from runner.caller import Caller
from runner.ports import SecretValues

API_KEY: Final = "api_key"  # the secret of the install by which the host application knows it
_DENIED: Final = (401, 403, 429)


class UiProxy:
    """The interface `ui-proxy`. The runner's own token is not sent: the guest chooses the route."""

    def __init__(self, connection: Connection, base: str, secrets: SecretValues) -> None:
        self._connection = connection
        self._base = base
        self._secrets = secrets

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """Raises HOST_REJECTED, HOST_DENIED, HOST_ROUTE_MISSING, HOST_FAILED, PAYLOAD_TOO_LARGE, DEADLINE_EXCEEDED."""
        asked = call.proxy_call
        # 1. judge the route
        url = address(self._base, caller.grant.extension_id, asked.route)
        # 2. say whose call it is, and add the install's own key
        headers = about(caller) | about_user(caller) | await self._key(caller)
        # 3. ask the host application
        if asked.HasField("payload"):
            headers["content-type"] = "application/json"
            request = Request("POST", url, headers, asked.payload, repeatable=False)
        else:
            request = Request("GET", url, headers, None, repeatable=True)
        reply = await self._connection.send(caller, request)
        # 4. translate its refusal
        if not 200 <= reply.status < 300:
            raise Fault(_refusal(reply.status), log=f"the route answered {reply.status}")
        return HostResult(proxy_answer=reply.body)

    async def _key(self, caller: Caller) -> dict[str, str]:
        if not caller.grant.secrets_revision:  # it never had a secret
            return {}
        try:
            value = await self._secrets.reveal(caller, API_KEY)
        except Fault as fault:
            if fault.reason is Reason.SECRET_MISSING:
                return {}
            raise
        if not value.isascii() or not value.isprintable():
            raise Fault(Reason.SECRET_UNREADABLE, log=f"the secret {API_KEY} cannot be a header's value")
        return {"x-api-key": value}


def _refusal(status: int) -> Reason:
    if status in _DENIED:
        return Reason.HOST_DENIED
    if status == 404:
        return Reason.HOST_ROUTE_MISSING
    return Reason.HOST_REJECTED if 400 <= status < 500 else Reason.HOST_FAILED
