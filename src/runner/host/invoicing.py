"""`invoicing`: draft invoices, made by the host application."""

from typing import Any, Final

from runner.engine.values import Some
from runner.host.base import Interface
from runner.host.described import described
from runner.host.refused import REFUSED

_NOT_NOW: Final = "Permission denied: this call may not create invoices any more"
# What a guest is told when there is no answer of the host application's own; it may show these to people.
_TEXTS: Final = {
    **dict.fromkeys(REFUSED, _NOT_NOW),
    "CAPABILITY_DENIED": "Permission denied: cap:invoice.manual.create not granted",
    "QUOTA_EXCEEDED": "The call has used up its host calls",
    "HOST_DENIED": "Permission denied by the host application",
    "HOST_REJECTED": "The host application refused the invoice",
    "INVALID_ARGUMENT": "The input is not valid",
    "PAYLOAD_TOO_LARGE": "The invoice is too large",
}
# After a time-out nobody here knows what became of it, and no invoice is sent twice.
_UNKNOWN: Final = "The host application did not answer as it should; the invoice may have been created"


def _failed(text: str) -> dict[str, Any]:
    return {
        "success": False,
        **dict.fromkeys(("invoice-id", "invoice-number", "status", "subtotal", "tax", "total")),
        "error": Some(text),
        "field-errors": None,
    }


def _failure(reason: str) -> dict[str, Any]:
    return _failed(_TEXTS.get(reason, _UNKNOWN))


INTERFACE = Interface(
    "invoicing",
    "cap:invoice.manual.create",
    (described("invoicing", "create-manual-invoice", _failed(_TEXTS["CAPABILITY_DENIED"]), _failure),),
)
