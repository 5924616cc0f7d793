"""`clients`, `services`, `invoicing` and the user, from both guests against samples/host-app."""

import json
from typing import Any

import pytest

from tests.host.everything import Everything, person
from tests.host.functions import ASKED, CLIENT, CLIENTS, INVOICE, ITEM, NOT_ALLOWED, SERVICE, SERVICES
from tests.host.product import Product
from tests.platform import Platform

OF_PRODUCT = [(interface, function) for interface, function in ASKED if interface in ("clients", "services", "invoicing")]
INVALID = {"err": "invalid-input"}
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def viewer(host: Platform) -> str:
    """The key of a person who may read services and nothing else."""
    return person(host, "granted", "u-viewer", email="v@example.com", name="Vic")


def test_clients_are_listed_and_read(granted: Everything) -> None:
    found = granted.ask("clients", "list-clients", CLIENTS)["ok"]
    assert [one["client-name"] for one in found["items"]] == ["Blue Bicycle Ltd", "Green Garden"]
    assert (found["total-count"], found["page"], found["page-size"]) == (2, 1, 25)
    second = granted.ask("clients", "list-clients", {**CLIENTS, "include-inactive": True, "page": 2, "page-size": 2})["ok"]
    assert ([one["client-name"] for one in second["items"]], second["total-count"]) == (["Old Mill"], 3)
    one = granted.ask("clients", "get-client", CLIENT)["ok"]
    assert (one["client-id"], one["billing-email"], one["account-manager-id"]) == (CLIENT, "billing@bicycle.example", None)
    assert granted.ask("clients", "get-client", NOBODY) == {"ok": None}


def test_services_are_listed_and_read(granted: Everything) -> None:
    hourly = granted.ask("services", "list-services", {**SERVICES, "billing-method": "hourly"})["ok"]
    assert [(one["service-id"], one["default-rate"]) for one in hourly["items"]] == [(SERVICE, 12_000)]
    assert granted.ask("services", "list-services", {**SERVICES, "item-kind": "product"})["ok"]["items"][0]["sku"] == "RT-1"
    assert granted.ask("services", "get-service", NOBODY) == {"ok": None}


def test_an_invoice_is_made_or_refused_by_field(granted: Everything) -> None:
    discount = {**ITEM, "rate": 10.0, "is-discount": True, "discount-type": "percentage"}
    made = granted.ask("invoicing", "create-manual-invoice", {**INVOICE, "items": [ITEM, discount], "po-number": "7"})["ok"]
    assert (made["success"], made["status"], made["subtotal"], made["total"]) == (True, "draft", 135, 135)
    assert made["invoice-number"].startswith("INV-")
    assert made["error"] is made["field-errors"] is None
    refused = granted.ask("invoicing", "create-manual-invoice", {**INVOICE, "client-id": NOBODY})["ok"]
    assert (refused["success"], refused["error"], refused["invoice-id"]) == (False, "Client not found", None)
    assert json.loads(refused["field-errors"]) == {"clientId": "Client not found"}


@pytest.mark.parametrize(
    ("interface", "function", "argument"),
    [
        ("clients", "get-client", "no-uuid"),
        ("clients", "get-client", ""),
        ("clients", "list-clients", {**CLIENTS, "page": 0}),
        ("clients", "list-clients", {**CLIENTS, "page-size": 101}),
        ("clients", "list-clients", {**CLIENTS, "search": "x" * 201}),
        ("services", "get-service", "../" + NOBODY),
        ("services", "list-services", {**SERVICES, "page": 10_001}),
    ],
)
def test_what_breaks_a_rule_is_invalid(granted: Everything, interface: str, function: str, argument: Any) -> None:
    assert granted.ask(interface, function, argument) == INVALID


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"items": []}, {"items"}),
        ({"client-id": ""}, {"clientId"}),
        ({"invoice-date": "2026-13-01"}, {"invoiceDate"}),
        ({"items": [{**ITEM, "quantity": -1.0, "description": ""}]}, {"items[0].quantity", "items[0].description"}),
    ],
)
def test_an_invoice_that_breaks_rules_is_not_asked_for(granted: Everything, changes: Any, fields: set[str]) -> None:
    told = granted.ask("invoicing", "create-manual-invoice", {**INVOICE, **changes})["ok"]
    assert (told["success"], told["invoice-id"]) == (False, None)
    assert set(json.loads(told["field-errors"])) == fields


def test_the_host_application_judges_what_a_person_may(granted: Everything, viewer: str) -> None:
    assert granted.ask("clients", "list-clients", CLIENTS, key=viewer) == NOT_ALLOWED
    assert granted.ask("clients", "get-client", CLIENT, key=viewer) == NOT_ALLOWED
    assert "ok" in granted.ask("services", "get-service", SERVICE, key=viewer)
    told = granted.ask("invoicing", "create-manual-invoice", INVOICE, key=viewer)["ok"]
    assert (told["success"], told["error"]) == (False, "Permission denied: invoice:create not granted")


def test_the_user_is_the_keys(granted: Everything, viewer: str) -> None:
    data = granted.ask("user", "get-user", key=viewer)["ok"]
    assert (data["user-id"], data["user-email"], data["user-type"], data["tenant-id"]) == (
        "u-viewer",
        "v@example.com",
        "internal",
        "granted",
    )
    assert granted.ask("user-v2", "get-user", key=viewer)["ok"] == {**data, "client-id": None, "additional-fields": []}
    for interface in ("user", "user-v2"):
        assert granted.ask(interface, "get-user") == {"err": "not-available"}


def test_while_the_host_application_is_away(granted: Everything, product: Product) -> None:
    with product.away():
        for interface, function in OF_PRODUCT:
            told = granted.ask(interface, function, *ASKED[interface, function])
            if interface == "invoicing":
                assert (told["ok"]["success"], "may have been created" in told["ok"]["error"]) == (False, True)
            else:
                assert told == {"err": "internal"}
    assert "ok" in granted.ask("clients", "get-client", CLIENT)
