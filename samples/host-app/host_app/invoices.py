"""`ext-invoicing`: drafts of one tenant. Amounts are in the smallest unit of the currency, e.g. cents."""

import uuid
from collections.abc import Mapping
from typing import Any

from host_app import rules
from host_app.callers import must_be_allowed
from host_app.records import Record, Tenant
from host_app.refusal import Refusal


def create(tenant: Tenant, asked: Mapping[str, Any]) -> Record:
    """The answer to a draft that was made. Raises Refusal; nothing was made then."""
    if asked.get("operation") != "createManualInvoice":
        raise Refusal(400, "INVALID_INPUT", "Unsupported operation")
    must_be_allowed(tenant, asked.get("user"), "invoice:create")
    if broken := rules.of_invoice(asked):
        raise Refusal(400, "VALIDATION_FAILED", "Validation error", broken)
    if not any(client["clientId"] == asked["clientId"] for client in tenant.clients):
        raise Refusal(404, "NOT_FOUND", "Client not found", {"clientId": "Client not found"})
    known = {service["serviceId"] for service in tenant.services}
    for index, item in enumerate(asked["items"]):
        if item["serviceId"] not in known:
            raise Refusal(404, "NOT_FOUND", "Service not found", {f"items[{index}].serviceId": "Service not found"})
    # Number and record at once: no number is lost to an invoice that was not made.
    subtotal = _subtotal(asked["items"])
    invoice = {
        "invoiceId": str(uuid.uuid4()),
        "invoiceNumber": f"INV-{len(tenant.invoices) + 1:05}",
        "status": "draft",
        "subtotal": subtotal,
        "tax": 0,
        "total": subtotal,
    }
    tenant.invoices.append(invoice | {"clientId": asked["clientId"], "createdBy": (asked.get("user") or {}).get("userId")})
    return {"success": True, "invoice": invoice}


def _subtotal(items: list[Record]) -> int:
    def amount(item: Record) -> float:
        return float(item["quantity"] * item["rate"])

    charges = [item for item in items if not item.get("isDiscount")]
    total = sum(map(amount, charges))
    for item in items:
        if item.get("isDiscount"):
            target = item.get("appliesToServiceId")
            base = sum(amount(one) for one in charges if target in (None, one["serviceId"]))
            total -= base * item["rate"] / 100 if item["discountType"] == "percentage" else amount(item)
    return max(0, round(total))
