"""On whose behalf an archive is staged: the caller of every step has to be the same."""

from dataclasses import dataclass
from typing import Self

from kernel import fields
from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason


@dataclass(frozen=True, slots=True)
class Owner:
    """A caller that may publish, for one publisher or (operators, `publisher` empty) for all; and the tenant that it named."""

    role: Role
    publisher: str
    tenant_id: str

    @classmethod
    def of(cls, principal: Principal, tenant_id: str) -> Self:
        """Raises TENANT_MISMATCH, INVALID_ARGUMENT."""
        if principal.tenant_id and tenant_id not in ("", principal.tenant_id):
            raise Fault(Reason.TENANT_MISMATCH)
        named = principal.tenant_id or tenant_id
        return cls(principal.role, principal.publisher, fields.tenant_id(named) if named else "")

    def must_publish(self) -> None:
        """Raises PERMISSION_DENIED for a key that may publish under no name."""
        if self.role is not Role.OPERATOR and not self.publisher:
            rule = (
                "may publish under no name; let an operator make one: alga-ext api-key create --role tenant-admin --publisher NAME"
            )
            raise Fault.invalid("x-api-key", rule, Reason.PERMISSION_DENIED)

    def check_publisher(self, name: str) -> None:
        """Raises PERMISSION_DENIED unless it may publish under that publisher's name."""
        if self.publisher not in ("", name) or (not self.publisher and self.role is not Role.OPERATOR):
            raise Fault.invalid("publisher", "is another one than this key may publish for", Reason.PERMISSION_DENIED)
