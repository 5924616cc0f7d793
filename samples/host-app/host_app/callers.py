"""Who calls: runners by their one token, installs by their own keys. Secrets are compared in constant time."""

import hmac
from collections.abc import Mapping

from host_app.records import Tenant, Tenants
from host_app.refusal import Refusal
from host_app.settings import Settings


def runner(settings: Settings, headers: Mapping[str, str]) -> None:
    """Raises Refusal 401. Without a token of its own this application would have to refuse everybody, so it does not start."""
    if not same(headers.get("x-runner-auth", ""), settings.runner_token):
        raise Refusal(401, "UNAUTHORIZED", "Invalid runner token")


def tenant_of_install(tenants: Tenants, headers: Mapping[str, str]) -> Tenant:
    """The tenant that an authenticated runner names. Raises Refusal 404."""
    found = tenants.get(headers.get("x-alga-tenant", ""))
    if found is None:
        raise Refusal(404, "NOT_FOUND", "Install not found")
    return found


def tenant_of_key(settings: Settings, tenants: Tenants, headers: Mapping[str, str]) -> Tenant:
    """The tenant whose key an install shows; its other headers are only compared. Raises Refusal 401, 403."""
    shown, owner = headers.get("x-api-key", ""), ""
    for key, name in settings.api_keys.items():  # all of them: how long it takes tells nothing
        owner = name if same(shown, key) else owner
    if owner not in tenants:
        raise Refusal(401, "UNAUTHORIZED", "Invalid API key")
    if headers.get("x-alga-tenant", owner) != owner:
        raise Refusal(403, "TENANT_MISMATCH", "The key is another tenant's")
    return tenants[owner]


def must_be_allowed(tenant: Tenant, user: object, permission: str) -> None:
    """The rights of the person behind the call; a schedule or program has none of its own. Raises Refusal 400, 403."""
    if user is None:
        return
    if not isinstance(user, dict) or not isinstance(user.get("userId"), str) or not isinstance(user.get("userType"), str):
        raise Refusal(400, "INVALID_INPUT", "user needs userId and userType")
    if permission not in tenant.permissions.get(user["userId"], ()):
        raise Refusal(403, "NOT_ALLOWED", f"Permission denied: {permission} not granted")


def same(shown: str, known: str) -> bool:
    """In a time that tells nothing about `known`."""
    return hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), known.encode())
