"""`ext-clients` and `ext-services`: lists and single records of one tenant."""

from collections.abc import Callable, Mapping
from typing import Any

from host_app import rules
from host_app.callers import must_be_allowed
from host_app.records import Record, Tenant
from host_app.refusal import Refusal

Filter = Callable[[Mapping[str, Any]], Callable[[Record], bool]]


def clients(tenant: Tenant, asked: Mapping[str, Any]) -> Record:
    """Raises Refusal."""
    must_be_allowed(tenant, asked.get("user"), "client:read")
    return _answer(asked, tenant.clients, "clientId", "clientName", _client_filter)


def services(tenant: Tenant, asked: Mapping[str, Any]) -> Record:
    """Raises Refusal."""
    must_be_allowed(tenant, asked.get("user"), "service:read")
    return _answer(asked, tenant.services, "serviceId", "serviceName", _service_filter)


def _answer(asked: Mapping[str, Any], records: list[Record], id_name: str, title: str, wanted: Filter) -> Record:
    given = asked.get("input", {})
    if not isinstance(given, dict):
        raise Refusal(400, "INVALID_INPUT", "input must be an object")
    match asked.get("operation"):
        case "get":
            if not rules.is_uuid(given.get(id_name)):
                raise Refusal(400, "INVALID_INPUT", f"{id_name} must be a UUID")
            # Of this tenant alone: another tenant's record is as absent as one that never was.
            return {"item": next((record for record in records if record[id_name] == given[id_name]), None)}
        case "list":
            number, size, search = rules.page(given)
            fits = wanted(given)
            found = [record for record in records if search in record[title].lower() and fits(record)]
            found.sort(key=lambda record: (record[title], record[id_name]))
            shown = found[(number - 1) * size : number * size]
            return {"items": shown, "totalCount": len(found), "page": number, "pageSize": size}
    raise Refusal(400, "INVALID_INPUT", "operation must be list or get")


def _client_filter(asked: Mapping[str, Any]) -> Callable[[Record], bool]:
    everybody = rules.choice(asked, "includeInactive", (True, False))
    return lambda record: bool(everybody) or not record["isInactive"]


def _service_filter(asked: Mapping[str, Any]) -> Callable[[Record], bool]:
    wanted = {
        "itemKind": rules.choice(asked, "itemKind", ("service", "product")),
        "billingMethod": rules.choice(asked, "billingMethod", ("fixed", "hourly", "usage")),
        "isActive": rules.choice(asked, "isActive", (True, False)),
    }
    return lambda record: all(value is None or record[name] == value for name, value in wanted.items())
