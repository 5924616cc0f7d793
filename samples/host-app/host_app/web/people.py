"""Who can sign in: a person of each of two tenants. A product has its own users and its own ways to know them."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Person:
    """Somebody of one tenant; `role` is one of the gateway's."""

    id: str
    name: str
    email: str
    tenant: str
    tenant_name: str
    role: str = "tenant_caller"

    def headers(self) -> dict[str, str]:
        """How the gateway is told for whom this application calls: header fields are ASCII, so names are percent-encoded."""
        return {
            "x-alga-tenant": self.tenant,
            "x-user-id": self.id,
            "x-user-name": quote(self.name),
            "x-user-email": quote(self.email, safe="@"),
            "x-user-roles": self.role,
        }


def demo_people() -> Mapping[str, Person]:
    """By id; the tenants are those for which `alga-ext up` installs its samples."""
    people = (
        Person("u-admin", "Demo user", "user@demo.example", "demo", "Demo"),
        Person("u-second", "Second user", "user@second.example", "demo-two", "Second demo"),
    )
    return {person.id: person for person in people}
