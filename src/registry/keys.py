"""API keys: `alga_` and 256 random bits, kept as a SHA-256 hash. No slow hash is needed: nobody guesses 256 bits."""

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kernel import fields
from kernel import user as persons
from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason
from kernel.fields import Page
from kernel.user import User
from registry.model import ApiKey, new_id
from registry.ports import Catalog, stamp

PREFIX: Final = "alga_"
MAX_LABEL: Final = 200
TENANT_ROLES: Final = (Role.TENANT_ADMIN, Role.TENANT_CALLER)
_FORM: Final = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")


class Keys:
    """The use-cases around API keys; also the `Authenticator` of callers who show one to this process."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def verify(self, secret: str) -> ApiKey:
        """Whose key it is. Raises NOT_FOUND for one that nobody issued, that expired or was revoked."""
        if _FORM.fullmatch(secret):
            async with self._catalog.read() as tables:
                key = await tables.api_keys.by_hash(_hash(secret))
            if key is not None and key.holds(self._now()):
                return key
        raise Fault(Reason.NOT_FOUND)

    async def authenticate(self, secret: str) -> Principal | None:
        """The holder of a key, None for any other secret."""
        try:
            key = await self.verify(secret)
        except Fault as fault:
            if fault.reason is Reason.NOT_FOUND:
                return None
            raise
        return Principal(key.role, key.tenant_id, key.publisher, key.id)

    async def create(
        self,
        principal: Principal,
        role: Role,
        tenant_id: str,
        publisher: str,
        label: str,
        expires_at: datetime | None,
        user: User | None = None,
    ) -> tuple[ApiKey, str]:
        """The key and its secret, which nobody can read again; `user` = the person whose key it is, for tenants' roles.

        Raises INVALID_ARGUMENT, PERMISSION_DENIED (a tenant's admin may make keys of its own tenant only), NOT_FOUND (publisher).
        """
        if principal.role is not Role.OPERATOR and (role not in TENANT_ROLES or tenant_id != principal.tenant_id):
            raise Fault(Reason.PERMISSION_DENIED, log=f"{principal} may not make a key of {role} for {tenant_id[:80]!r}")
        now = self._now()
        if role in TENANT_ROLES:
            fields.tenant_id(tenant_id)
        elif tenant_id:
            raise Fault.invalid("tenant_id", "must be empty for this role")
        if role is Role.PUBLISHER or (publisher and role is Role.TENANT_ADMIN and principal.role is Role.OPERATOR):
            fields.publisher_name(publisher)
        elif publisher:
            raise Fault.invalid("publisher", "must be empty for this role")
        fields.text(label, "label", most=MAX_LABEL)
        if expires_at is not None and expires_at <= now:
            raise Fault.invalid("expires_at", "must lie in the future")
        if user is not None:
            if role not in TENANT_ROLES:
                raise Fault.invalid("user", "must be absent for this role")
            persons.checked(user)
        secret = PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(new_id(), role, tenant_id, publisher, label, now, expires_at, user=user)
        async with self._catalog.write() as tables:
            await tables.api_keys.add(key, _hash(secret))
        return key, secret

    async def page(self, principal: Principal, tenant_id: str, size: int, token: str) -> tuple[list[ApiKey], str]:
        """One page, newest first, and the token of the next; tenants' admins see their own. Raises INVALID_ARGUMENT, NOT_FOUND."""
        tenant = tenant_id or principal.tenant_id
        principal.must_own_tenant(tenant)
        if tenant:
            fields.tenant_id(tenant)
        page = time_page(size, token)
        async with self._catalog.read() as tables:
            found = await tables.api_keys.page(tenant, page)
        last = found[page.size - 1] if len(found) > page.size else None
        return found[: page.size], fields.next_token(stamp(last.created_at), last.id) if last else ""

    async def revoke(self, principal: Principal, key_id: str) -> ApiKey:
        """The key as it is now. Raises NOT_FOUND, alike for a key that does not exist and one of somebody else."""
        async with self._catalog.write() as tables:
            key = await tables.api_keys.find(key_id)
            if key is None:
                raise Fault(Reason.NOT_FOUND, log=f"no key {key_id[:80]!r}")
            principal.must_own_tenant(key.tenant_id)
            await tables.api_keys.revoke(key_id, self._now())
            found = await tables.api_keys.find(key_id)
        assert found is not None, "it was there in the same transaction"
        return found

    async def bootstrap(self, secret: str) -> None:
        """Make sure that a secret from a file is an operator's key. Raises INVALID_ARGUMENT for one of another form."""
        if not _FORM.fullmatch(secret):
            raise Fault.invalid("bootstrap_operator_key_file", f"must hold {PREFIX} and 43 characters of base64url")
        async with self._catalog.write() as tables:
            if await tables.api_keys.by_hash(_hash(secret)) is None:
                key = ApiKey(new_id(), Role.OPERATOR, "", "", "first operator key, from a file", self._now())
                await tables.api_keys.add(key, _hash(secret))


def time_page(size: int, token: str) -> Page:
    """A page of a list that is ordered by time and id. Raises INVALID_ARGUMENT."""
    page = fields.page(size, token, keys=2)
    # 18 digits of microseconds reach past the year 30000, and stay below what the database can hold.
    if page.after and not re.fullmatch(r"00[0-9]{18}", page.after[0]):
        raise Fault.invalid("page_token", "must be the next_page_token of the page before")
    return page


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
