"""Routes that extensions reach with `ui-proxy`: one of the application's own API, one that is there for a single extension."""

import json
from collections.abc import Mapping

from host_app.records import Record, Tenant
from host_app.refusal import Refusal


def tickets(tenant: Tenant) -> Record:
    """`GET /api/v1/tickets`."""
    return {"tickets": tenant.tickets}


def open_ticket(tenant: Tenant, body: bytes, headers: Mapping[str, str]) -> Record:
    """`POST /api/v1/tickets` with `{"title": …}`. Raises Refusal 400."""
    try:
        said = json.loads(body)
        title = said["title"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refusal(400, "INVALID_INPUT", "the body must be a JSON object with a title") from error
    if not isinstance(title, str) or not 1 <= len(title) <= 200:
        raise Refusal(400, "INVALID_INPUT", "title must have 1 to 200 characters")
    ticket = {"number": len(tenant.tickets) + 1, "title": title, "by": headers.get("x-user-id")}
    tenant.tickets.append(ticket)
    return ticket


def greeting(tenant: Tenant, headers: Mapping[str, str]) -> Record:
    """`GET /{extension}/greeting`: what only extensions ask, below their own id."""
    return {"tenant": tenant.name, "extension": headers.get("x-alga-extension"), "user": headers.get("x-user-email")}
