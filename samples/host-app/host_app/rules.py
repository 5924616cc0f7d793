"""What inputs have to be. Runners check most of it; an application does not rely on who calls it."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from host_app.refusal import Refusal

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DISCOUNTS = ("percentage", "fixed")


def is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def page(asked: Mapping[str, Any]) -> tuple[int, int, str]:
    """Page, its size and what is searched for. Raises Refusal 400."""
    number, size, search = asked.get("page", 1), asked.get("pageSize", 25), asked.get("search", "")
    if not _is_whole(number, 1, 10_000) or not _is_whole(size, 1, 100) or not isinstance(search, str) or len(search) > 200:
        raise Refusal(400, "INVALID_INPUT", "page is 1 to 10000, pageSize 1 to 100, search at most 200 characters")
    return number, size, search.strip().lower()


def choice(asked: Mapping[str, Any], name: str, values: tuple[object, ...]) -> Any:
    """One of the values, or None when it is not asked for. Raises Refusal 400."""
    value = asked.get(name)
    if value is not None and not any(value is one or (isinstance(value, str) and value == one) for one in values):
        raise Refusal(400, "INVALID_INPUT", f"{name} is one of {', '.join(map(str, values))}")
    return value


def of_invoice(asked: Mapping[str, Any]) -> dict[str, str]:
    """Broken rules by field."""
    broken = {}
    if not is_uuid(asked.get("clientId")):
        broken["clientId"] = "must be a UUID"
    for name in ("invoiceDate", "dueDate"):
        if name in asked and not _is_date(asked[name]):
            broken[name] = "must be a date, YYYY-MM-DD"
    number = asked.get("poNumber", "")
    if not isinstance(number, str) or len(number) > 128:
        broken["poNumber"] = "must have at most 128 characters"
    items = asked.get("items")
    if not isinstance(items, list) or not items:
        return broken | {"items": "must have at least one item"}
    for index, item in enumerate(items):
        found = _of_item(item) if isinstance(item, dict) else {"": "must be an object"}
        broken |= {f"items[{index}].{name}".rstrip("."): rule for name, rule in found.items()}
    return broken


def _of_item(item: Mapping[str, Any]) -> dict[str, str]:
    broken = {}
    if not is_uuid(item.get("serviceId")):
        broken["serviceId"] = "must be a UUID"
    if not _is_number(item.get("quantity")) or item["quantity"] <= 0:
        broken["quantity"] = "must be greater than 0"
    if not _is_number(item.get("rate")) or item["rate"] < 0:
        broken["rate"] = "must be at least 0"
    text = item.get("description")
    if not isinstance(text, str) or not 1 <= len(text.strip()) <= 500:
        broken["description"] = "must have 1 to 500 characters"
    return broken | _of_discount(item)


def _of_discount(item: Mapping[str, Any]) -> dict[str, str]:
    kind, targets = item.get("discountType"), [name for name in ("appliesToItemId", "appliesToServiceId") if name in item]
    if item.get("isDiscount") is not True:
        names = (["discountType"] if kind is not None else []) + targets
        return dict.fromkeys(names, "is for discounts: isDiscount must be true")
    broken = {name: "must be a UUID" for name in targets if not is_uuid(item[name])}
    if kind not in _DISCOUNTS:
        broken["discountType"] = "must be percentage or fixed"
    elif kind == "percentage" and _is_number(item.get("rate")) and item["rate"] > 100:
        broken["rate"] = "must be at most 100 for a percentage"
    if len(targets) > 1:
        broken["appliesToItemId"] = "must not come with appliesToServiceId"
    return broken


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: object) -> bool:
    # No amount is larger; NaN is not less than anything, and JSON's integers have no end.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and _DATE.fullmatch(value) is not None and date.fromisoformat(value) is not None
    except ValueError:
        return False
