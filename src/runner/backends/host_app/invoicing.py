"""`invoicing` on the runner's side. An invoice is sent once, whatever happens: nobody undoes a second one.

1. read the arguments and judge them
2. ask the host application
3. pass on what it says against the invoice
4. check its answer
"""

import json
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from kernel.errors import Fault, Reason
from runner.backends import described
from runner.backends.host_app import rules
from runner.backends.host_app.internal import Internal, answered, user
from runner.backends.host_app.names import from_host, to_host
from runner.caller import Caller
from runner.engine.plain import NotOfType, checked
from runner.engine.types import Record
from runner.engine.world import F64, TEXT, Described

MAX_ERROR: Final = 1_000  # characters of the host application's words that a guest is told
MAX_FIELD_ERRORS: Final = 16 << 10  # of their JSON
_ENDPOINT: Final = "ext-invoicing"
_INVOICE: Final = Record(
    "invoice",
    {"invoice-id": TEXT, "invoice-number": TEXT, "status": TEXT, "subtotal": F64, "tax": F64, "total": F64},
)
_DENIED: Final = (401, 403, 404)  # 404: it does not know the install


class Invoicing:
    """The interface `invoicing`, at the endpoint `ext-invoicing`."""

    def __init__(self, internal: Internal) -> None:
        self._internal = internal

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """What breaks a rule is an answer too. Raises HOST_DENIED, HOST_REJECTED, HOST_FAILED, PAYLOAD_TOO_LARGE."""
        # 1. read the arguments and judge them
        function, arguments = described.arguments(call.described)
        asked = arguments["input"]
        if broken := dict(islice(rules.of_invoice(asked), rules.MAX_TOLD)):
            return _against(function, "Validation error", broken)
        # 2. ask the host application
        said = {"operation": "createManualInvoice", **to_host(asked), **user(caller)}
        status, body = await self._internal.post(caller, _ENDPOINT, said, repeatable=False)
        # 3. pass on what it says against the invoice
        if 400 <= status < 500:
            return _refused(function, status, body)
        if not 200 <= status < 300:
            raise Fault(Reason.HOST_FAILED, log=f"{_ENDPOINT} answered {status}")
        told = answered(body)
        if told.get("success") is not True:
            return _against(function, told.get("error"), told.get("fieldErrors"))
        # 4. check its answer
        try:
            invoice = checked(_INVOICE, from_host(_INVOICE, told.get("invoice")), "invoice")
        except NotOfType as error:
            raise Fault(Reason.HOST_FAILED, log=str(error)) from error
        return described.result(function, {"success": True, **invoice})


def _refused(function: Described, status: int, body: bytes) -> HostResult:
    """401 is about the runner's own token, so its words are not for guests; the others are told, if there are any."""
    try:
        told = {} if status == 401 else answered(body)
    except Fault:  # another program in between, e.g. a proxy with a page of its own
        told = {}
    if isinstance(told.get("error"), str):
        return _against(function, told["error"], told.get("fieldErrors"))
    raise Fault(Reason.HOST_DENIED if status in _DENIED else Reason.HOST_REJECTED, log=f"{_ENDPOINT} answered {status}")


def _against(function: Described, error: Any, fields: Any) -> HostResult:
    text = error[:MAX_ERROR] if isinstance(error, str) else "The host application refused the invoice"
    listed = json.dumps(fields, ensure_ascii=False) if isinstance(fields, Mapping) and fields else None
    if listed is not None and len(listed) > MAX_FIELD_ERRORS:
        listed = None
    return described.result(function, {"success": False, "error": text, "field-errors": listed})
