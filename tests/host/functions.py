"""All functions of the world, each with arguments that are well-formed and the answer of one that is denied."""

import json
import re
from typing import Any

DENIED: dict[str, Any] = {"err": "denied"}
NOT_ALLOWED: dict[str, Any] = {"err": "not-allowed"}
ENTRY = {"namespace": "n", "key": "k", "value": {"base64": "AP8="}, "revision": None}
SCHEDULE = {"endpoint": "POST /tick", "cron": "0 * * * *", "timezone": None, "enabled": None, "name": None, "payload": None}
UPDATE = dict.fromkeys(SCHEDULE)
SERVER = "(the server)"
REQUEST = {"method": "GET", "url": SERVER, "headers": [], "body": None}
# Of samples/host-app.
CLIENT = "8c9a2f5e-5b0f-4a34-9f0f-1b2c3d4e5f60"
SERVICE = "0b5e8c1a-93b7-4f1e-8f59-64e0f1a2b3c4"
ITEM = {
    "service-id": SERVICE,
    "quantity": 1.5,
    "description": "d",
    "rate": 100.0,
    "is-discount": None,
    "discount-type": None,
    "applies-to-item-id": None,
    "applies-to-service-id": None,
}
INVOICE = {"client-id": CLIENT, "items": [ITEM], "invoice-date": None, "due-date": None, "po-number": None}
CLIENTS = {"search": None, "include-inactive": None, "page": None, "page-size": None}
SERVICES = {"search": None, "item-kind": None, "is-active": None, "billing-method": None, "page": None, "page-size": None}

# Interface, function -> arguments. These are answered by the runner and need a capability that must be granted.
ASKED: dict[tuple[str, str], tuple[Any, ...]] = {
    ("storage", "get"): ("n", "k"),
    ("storage", "put"): (ENTRY,),
    ("storage", "delete"): ("n", "k"),
    ("storage", "list-entries"): ("n", None),
    ("secrets", "get"): ("token",),
    ("secrets", "list-keys"): (),
    ("http", "fetch"): (REQUEST,),
    ("ui-proxy", "call-route"): ("/api/v1/tickets", None),
    ("scheduler", "list-schedules"): (),
    ("scheduler", "get-schedule"): ("s",),
    ("scheduler", "create-schedule"): (SCHEDULE,),
    ("scheduler", "update-schedule"): ("s", UPDATE),
    ("scheduler", "delete-schedule"): ("s",),
    ("scheduler", "get-endpoints"): (),
    ("invoicing", "create-manual-invoice"): (INVOICE,),
    ("clients", "list-clients"): (CLIENTS,),
    ("clients", "get-client"): (CLIENT,),
    ("services", "list-services"): (SERVICES,),
    ("services", "get-service"): (SERVICE,),
}
# These every install has; the executor answers them by itself.
DEFAULT: dict[tuple[str, str], tuple[Any, ...]] = {
    ("context", "get-context"): (),
    ("config", "get"): ("greeting",),
    ("config", "list-keys"): (),
    ("logging", "log-info"): ("a line",),
    ("logging", "log-warn"): ("a line",),
    ("logging", "log-error"): ("a line",),
    ("user", "get-user"): (),
    ("user-v2", "get-user"): (),
}


_SAYS_NO = re.compile("permission denied|quota exceeded|used up its host calls", re.IGNORECASE)


def arguments(interface: str, function: str, server: str) -> list[Any]:
    """The arguments of a function that needs a capability."""
    found: list[Any] = json.loads(json.dumps(ASKED[interface, function]).replace(SERVER, server))
    return found


def is_denial(interface: str, function: str, told: Any) -> bool:
    """Whether an answer says no, as the function says it."""
    match interface, function:
        case "secrets", "list-keys":
            return bool(told == {"ok": []})
        case ("invoicing", _) | ("scheduler", "create-schedule" | "update-schedule" | "delete-schedule"):
            result = told["ok"]
            made = result.get("invoice-id") or result.get("schedule-id")
            return result["success"] is False and made is None and bool(_SAYS_NO.search(result["error"]))
        case (("http" | "clients" | "services"), _):
            return bool(told == NOT_ALLOWED)
    return bool(told == DENIED)
