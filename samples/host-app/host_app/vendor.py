"""A vendor's API: another company's service, which this application only hosts so that `samples/agreements` has something to call.

`GET /vendor/agreements?page=1&pageSize=100` with a bearer token answers `{"items": […], "page": 1, "pageSize": 100, "total": 137}`.
"""

from collections.abc import Mapping
from datetime import date

from host_app.callers import same
from host_app.records import Record
from host_app.refusal import Refusal

_CLIENTS = (
    "Blue Bicycle Ltd",
    "Green Garden",
    "Old Mill",
    "Harbour Café",
    "Müller & Söhne",
    "Northern Lights Clinic",
    "Paper Kite",
)
_PRODUCTS = ("Managed backup", "Mail protection", "Office licences", "Network monitoring", "Help desk", "Device care")
_STATUSES = ("active", "active", "active", "draft", "expired", "active", "cancelled")
_CURRENCIES = ("EUR", "USD", "GBP")


def agreements(token: str, headers: Mapping[str, str], query: Mapping[str, str], records: list[Record]) -> Record:
    """One page. Raises Refusal 400, 401, and 404 where no token is set: then there is no such API."""
    if not token:
        raise Refusal(404, "NOT_FOUND", "Not found")
    scheme, _, shown = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not same(shown, token):
        raise Refusal(401, "UNAUTHORIZED", "Invalid token")
    page, size = _whole(query, "page", 1, 10_000), _whole(query, "pageSize", 25, 100)
    items = records[(page - 1) * size : page * size]
    return {"items": items, "page": page, "pageSize": size, "total": len(records)}


def demo() -> list[Record]:
    """The same agreements at every start."""
    return [_agreement(number) for number in range(1, 138)]


def _agreement(number: int) -> Record:
    start = date(2023 + number % 4, 1 + number * 7 % 12, 1 + number * 11 % 28)
    product = _PRODUCTS[number * 5 % len(_PRODUCTS)]
    return {
        "id": f"AGR-{1000 + number}",
        "name": f"{product}, {('basic', 'standard', 'premium')[number // 6 % 3]}",
        "client": _CLIENTS[number * 3 % len(_CLIENTS)],
        "status": _STATUSES[number % len(_STATUSES)],
        "startsOn": start.isoformat(),
        "endsOn": None if number % 9 == 0 else start.replace(year=start.year + 1 + number % 3).isoformat(),
        "monthlyFee": 1_900 + number * 737 % 60 * 500,
        "currency": _CURRENCIES[number % len(_CURRENCIES)],
    }


def _whole(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= most):
        raise Refusal(400, "INVALID_INPUT", f"{name} must be a whole number from 1 to {most}")
    return int(text)
