"""What the contract says of inputs: judged before the host application is asked, by the names that it uses."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from kernel.errors import MAX_VIOLATIONS

MAX_PAGE: Final = 10_000
MAX_PAGE_SIZE: Final = 100
PAGE_SIZE: Final = 25
MAX_SEARCH: Final = 200  # characters, as all that follow
MAX_DESCRIPTION: Final = 500
MAX_PO_NUMBER: Final = 128
MAX_TOLD: Final = MAX_VIOLATIONS  # broken rules that one answer names
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_A_UUID: Final = "must be a UUID"

Problem = tuple[str, str]
"""Field and rule."""


def is_uuid(text: str) -> bool:
    """`xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in hexadecimal."""
    return _UUID.fullmatch(text) is not None


def of_page(asked: Mapping[str, Any]) -> Iterator[Problem]:
    """The rules of `list-clients` and `list-services`."""
    if len(asked["search"] or "") > MAX_SEARCH:
        yield "search", f"must have at most {MAX_SEARCH} characters"
    if asked["page"] is not None and not 1 <= asked["page"] <= MAX_PAGE:
        yield "page", f"must be 1 to {MAX_PAGE}"
    if asked["page-size"] is not None and not 1 <= asked["page-size"] <= MAX_PAGE_SIZE:
        yield "pageSize", f"must be 1 to {MAX_PAGE_SIZE}"


def of_invoice(asked: Mapping[str, Any]) -> Iterator[Problem]:
    """The rules of `create-manual-invoice`."""
    if not is_uuid(asked["client-id"]):
        yield "clientId", _A_UUID
    for name, field in (("invoice-date", "invoiceDate"), ("due-date", "dueDate")):
        if asked[name] is not None and not _is_date(asked[name]):
            yield field, "must be a date, YYYY-MM-DD"
    if len(asked["po-number"] or "") > MAX_PO_NUMBER:
        yield "poNumber", f"must have at most {MAX_PO_NUMBER} characters"
    if not asked["items"]:
        yield "items", "must have at least one item"
    for index, item in enumerate(asked["items"]):
        for field, rule in _of_item(item):
            yield f"items[{index}].{field}", rule


def _of_item(item: Mapping[str, Any]) -> Iterator[Problem]:
    if not is_uuid(item["service-id"]):
        yield "serviceId", _A_UUID
    if not item["quantity"] > 0:
        yield "quantity", "must be greater than 0"
    if not item["rate"] >= 0:
        yield "rate", "must be at least 0"
    if not 1 <= len(item["description"].strip()) <= MAX_DESCRIPTION:
        yield "description", f"must have 1 to {MAX_DESCRIPTION} characters"
    for name, field in (("applies-to-item-id", "appliesToItemId"), ("applies-to-service-id", "appliesToServiceId")):
        if item[name] is not None and not is_uuid(item[name]):
            yield field, _A_UUID


def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False
