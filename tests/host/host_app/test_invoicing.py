"""`invoicing` through a real guest: what is checked here, what the host is sent, and that nothing is ever sent twice."""

import json
from typing import Any

import pytest
from aiohttp import web

from gen.alga.common.v1.context_pb2 import CallContext, User
from kernel.grants import Limits
from runner.backends.host_app.connection import MAX_REQUEST_BYTES
from runner.backends.host_app.invoicing import MAX_ERROR
from tests.guests.typed import described
from tests.host.host_app.conftest import Host
from tests.host.host_app.site import breaks_off

pytestmark = pytest.mark.asyncio(loop_scope="session")
CREATE = described("invoicing", "create-manual-invoice")
ID = "0b5e8c1a-93b7-4f1e-8f59-64e0f1a2b3c4"
ITEM = {
    "service-id": ID,
    "quantity": 1.5,
    "description": "Work",
    "rate": 9900.0,
    **dict.fromkeys(("is-discount", "discount-type", "applies-to-item-id", "applies-to-service-id")),
}
INVOICE = {"client-id": ID, "items": [ITEM], **dict.fromkeys(("invoice-date", "due-date", "po-number"))}
MADE = {"invoiceId": ID, "invoiceNumber": "INV-7", "status": "draft", "subtotal": 14850, "tax": 0.5, "total": 14850.5}
CREATED = {
    "success": True,
    "invoice-id": ID,
    "invoice-number": "INV-7",
    "status": "draft",
    "subtotal": 14850.0,
    "tax": 0.5,
    "total": 14850.5,
    "error": None,
    "field-errors": None,
}
UNKNOWN = "The host application did not answer as it should; the invoice may have been created"


def failed(answer: dict[str, Any]) -> tuple[str, Any]:
    """The error and the field errors of a failure that has nothing else."""
    rest = {name: value for name, value in answer.items() if name not in ("success", "error", "field-errors")}
    assert answer["success"] is False
    assert set(rest.values()) == {None}
    fields = answer["field-errors"]
    return answer["error"], None if fields is None else json.loads(fields)


async def test_an_invoice_is_sent_as_the_contract_says(host: Host) -> None:
    host.site.says(201, {"success": True, "invoice": MADE | {"unknown": 1}})
    discount = ITEM | {"is-discount": True, "discount-type": "percentage", "rate": 10.0, "applies-to-service-id": ID}
    asked = INVOICE | {"items": [ITEM, discount], "invoice-date": "2026-02-28", "due-date": "2026-03-31", "po-number": "P" * 128}
    user = User(user_id="u-1", type="internal")
    assert await host.call(CREATE, asked, context=CallContext(user=user)) == CREATED
    (seen,) = host.site.seen
    assert (seen.method, seen.target) == ("POST", "/api/internal/ext-invoicing/install/i1")
    item = {"serviceId": ID, "quantity": 1.5, "description": "Work", "rate": 9900.0}
    assert seen.json() == {
        "operation": "createManualInvoice",
        "clientId": ID,
        "items": [item, item | {"rate": 10.0, "isDiscount": True, "discountType": "percentage", "appliesToServiceId": ID}],
        "invoiceDate": "2026-02-28",
        "dueDate": "2026-03-31",
        "poNumber": "P" * 128,
        "user": {"userId": "u-1", "userType": "internal"},
    }
    assert seen.headers["connection"] == "close"  # a connection of its own


async def test_denied_and_over_budget_nothing_is_asked(host: Host) -> None:
    answer = await host.call(CREATE, INVOICE, capabilities=frozenset({"cap:client.read"}))
    assert failed(answer) == ("Permission denied: cap:invoice.manual.create not granted", None)
    answer = await host.call(CREATE, INVOICE, limits=Limits(timeout_ms=5_000, host_bytes=10))
    assert failed(answer) == ("The call has used up its host calls", None)
    assert host.site.seen == []


@pytest.mark.parametrize(
    ("changes", "item", "field", "rule"),
    [
        ({"client-id": "x"}, {}, "clientId", "must be a UUID"),
        ({"items": []}, {}, "items", "must have at least one item"),
        ({"invoice-date": "28.02.2026"}, {}, "invoiceDate", "must be a date, YYYY-MM-DD"),
        ({"invoice-date": "2026-02-30"}, {}, "invoiceDate", "must be a date, YYYY-MM-DD"),
        ({"due-date": "20260228"}, {}, "dueDate", "must be a date, YYYY-MM-DD"),
        ({"due-date": ""}, {}, "dueDate", "must be a date, YYYY-MM-DD"),
        ({"po-number": "P" * 129}, {}, "poNumber", "must have at most 128 characters"),
        ({}, {"service-id": ""}, "items[0].serviceId", "must be a UUID"),
        ({}, {"quantity": 0.0}, "items[0].quantity", "must be greater than 0"),
        ({}, {"quantity": -1.0}, "items[0].quantity", "must be greater than 0"),
        ({}, {"rate": -0.01}, "items[0].rate", "must be at least 0"),
        ({}, {"description": ""}, "items[0].description", "must have 1 to 500 characters"),
        ({}, {"description": " \t"}, "items[0].description", "must have 1 to 500 characters"),
        ({}, {"description": "x" * 501}, "items[0].description", "must have 1 to 500 characters"),
        ({}, {"applies-to-item-id": "x"}, "items[0].appliesToItemId", "must be a UUID"),
        ({}, {"applies-to-service-id": "x"}, "items[0].appliesToServiceId", "must be a UUID"),
    ],
)
async def test_broken_rules_are_named_and_nothing_is_asked(
    host: Host, changes: dict[str, Any], item: dict[str, Any], field: str, rule: str
) -> None:
    answer = await host.call(CREATE, {**INVOICE, "items": [ITEM | item], **changes})
    assert failed(answer) == ("Validation error", {field: rule})
    assert host.site.seen == []


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
async def test_what_is_no_number_is_refused_here(host: Host, number: float) -> None:
    for field in ("quantity", "rate"):
        error, _ = failed(await host.call(CREATE, INVOICE | {"items": [ITEM | {field: number}]}))
        assert error == "The input is not valid"
    assert host.site.seen == []


async def test_broken_rules_are_told_up_to_a_number(host: Host) -> None:
    _, fields = failed(await host.call(CREATE, INVOICE | {"items": [ITEM | {"quantity": 0.0}] * 1_000}))
    assert len(fields) == 32
    assert host.site.seen == []


async def test_an_invoice_that_is_too_large_is_not_sent(host: Host) -> None:
    items = [ITEM | {"description": "x" * 500}] * (MAX_REQUEST_BYTES // 500)
    assert failed(await host.call(CREATE, INVOICE | {"items": items})) == ("The invoice is too large", None)
    assert host.site.seen == []


@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 422, 429])
async def test_the_hosts_own_words_are_passed_on(host: Host, status: int) -> None:
    host.site.says(status, {"success": False, "error": "Client not found", "fieldErrors": {"clientId": "Cl\u00efent not found"}})
    assert failed(await host.call(CREATE, INVOICE)) == ("Client not found", {"clientId": "Cl\u00efent not found"})
    assert len(host.site.seen) == 1


async def test_the_hosts_words_have_a_limit(host: Host) -> None:
    host.site.says(400, {"success": False, "error": "x" * 100_000, "fieldErrors": {"clientId": "x" * 100_000}})
    assert failed(await host.call(CREATE, INVOICE)) == ("x" * MAX_ERROR, None)
    host.site.says(400, {"success": False, "error": "no", "fieldErrors": {}})
    assert failed(await host.call(CREATE, INVOICE)) == ("no", None)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": "Invalid runner token"}, "Permission denied by the host application"),
        (403, b"<html>", "Permission denied by the host application"),
        (404, b"", "Permission denied by the host application"),
        (400, b"<html>", "The host application refused the invoice"),
        (429, {"error": 7}, "The host application refused the invoice"),
        (200, {"success": False}, "The host application refused the invoice"),
        (200, {"success": "yes", "invoice": MADE}, "The host application refused the invoice"),
        (302, b"", UNKNOWN),
        (500, {"error": "internal words"}, UNKNOWN),
        (200, b"<html>", UNKNOWN),
        (201, {"success": True}, UNKNOWN),
        (201, {"success": True, "invoice": {**MADE, "total": None}}, UNKNOWN),
        (201, {"success": True, "invoice": {**MADE, "tax": "0"}}, UNKNOWN),
        (201, {"success": True, "invoice": [MADE]}, UNKNOWN),
    ],
    ids=range(14),
)
async def test_other_answers(host: Host, status: int, body: Any, error: str) -> None:
    host.site.says(status, body)
    assert failed(await host.call(CREATE, INVOICE)) == (error, None)
    assert len(host.site.seen) == 1


async def test_an_invoice_is_never_sent_twice(host: Host) -> None:
    host.site.answer = breaks_off
    assert failed(await host.call(CREATE, INVOICE)) == (UNKNOWN, None)
    assert len(host.site.seen) == 1


async def test_a_kept_connection_that_is_closed_by_now_costs_no_invoice(host: Host) -> None:
    async def last_word(_request: web.BaseRequest) -> web.StreamResponse:
        response = web.json_response({"success": True, "invoice": MADE}, status=201)
        return response

    host.site.answer = last_word
    for _ in range(2):
        assert (await host.call(CREATE, INVOICE))["success"]
        await host.site.stop()
        await host.site.start()
