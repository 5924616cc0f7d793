"""What this application knows, in memory: people, clients, services and invoices of each tenant."""

from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
"""With the names of the contract, e.g. `clientId`."""


@dataclass
class Tenant:
    """One tenant's records. `permissions` are those of each user, e.g. `client:read`."""

    name: str
    clients: list[Record] = field(default_factory=list)
    services: list[Record] = field(default_factory=list)
    permissions: dict[str, frozenset[str]] = field(default_factory=dict)
    invoices: list[Record] = field(default_factory=list)
    tickets: list[Record] = field(default_factory=list)


Tenants = dict[str, Tenant]


def demo() -> Tenants:
    """The tenant of `alga-ext up`, with records to look at."""
    clients = [
        _client("8c9a2f5e-5b0f-4a34-9f0f-1b2c3d4e5f60", "Blue Bicycle Ltd", "company", billingEmail="billing@bicycle.example"),
        _client("2f1d7c46-90ab-4c0e-8a5d-6e7f80912233", "Green Garden", "company", defaultCurrencyCode="EUR"),
        _client("51e0a9d8-7c6b-4d5e-9f10-2a3b4c5d6e7f", "Old Mill", "individual", isInactive=True),
    ]
    services = [
        _service("0b5e8c1a-93b7-4f1e-8f59-64e0f1a2b3c4", "On-site work", "service", "hourly", 12_000, "hour"),
        _service("7d3c2b1a-0f9e-4d8c-b7a6-95847362514f", "Backup", "service", "usage", 25, "GB"),
        _service("e4f5a6b7-c8d9-4eaf-9b0c-1d2e3f405162", "Router", "product", "fixed", 8_900, "piece", sku="RT-1"),
    ]
    permissions = {"u-admin": frozenset({"client:read", "service:read", "invoice:create"}), "u-viewer": frozenset({"service:read"})}
    others = [_client("c3a1f7de-2b58-4c0d-9e6f-70812a3b4c5d", "Stone Bakery", "company")]
    second = {"u-second": permissions["u-admin"]}
    return {"demo": Tenant("Demo", clients, services, permissions), "demo-two": Tenant("Second demo", others, services, second)}


def _client(client_id: str, name: str, kind: str, **more: Any) -> Record:
    found = {
        "clientId": client_id,
        "clientName": name,
        "clientType": kind,
        "isInactive": False,
        "defaultCurrencyCode": "USD",
        "accountManagerId": None,
        "accountManagerName": None,
        "billingEmail": None,
    }
    return found | more


def _service(service_id: str, name: str, kind: str, billing: str, rate: int, unit: str, **more: Any) -> Record:
    found = {
        "serviceId": service_id,
        "serviceName": name,
        "itemKind": kind,
        "billingMethod": billing,
        "serviceTypeId": None,
        "serviceTypeName": None,
        "defaultRate": rate,
        "unitOfMeasure": unit,
        "isActive": True,
        "sku": None,
    }
    return found | more
