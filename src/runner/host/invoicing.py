"""`invoicing`: this host is connected to no billing, so no invoice is created."""

from typing import Final

from runner.engine.values import Some
from runner.host.base import Interface, denied

_DENIED: Final = {
    "success": False,
    **dict.fromkeys(("invoice-id", "invoice-number", "status", "subtotal", "tax", "total")),
    "error": Some("Permission denied: cap:invoice.manual.create is not available here"),
    "field-errors": None,
}

INTERFACE = Interface("invoicing", "cap:invoice.manual.create", (denied("create-manual-invoice", 1, _DENIED),))
