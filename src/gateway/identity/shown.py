"""What a request shows of its sender: at most one kind of credential, and the tenant that it says it is about."""

from typing import Final

from multidict import CIMultiDictProxy

from kernel.errors import Fault, Reason

MAX_SECRET: Final = 512
TENANT_HEADERS: Final = ("x-alga-tenant", "x-tenant-id")
Headers = CIMultiDictProxy[str]


def secret_of(headers: Headers) -> str:
    """The one secret that the headers show, or none. Raises UNAUTHENTICATED for several, or for what cannot be one."""
    shown = set(headers.getall("x-api-key", ()))
    for value in headers.getall("authorization", ()):
        scheme, _, secret = value.partition(" ")
        if scheme.lower() != "bearer":
            raise Fault(Reason.UNAUTHENTICATED, log="authorization is not Bearer")
        shown.add(secret.strip(" "))
    if not shown:
        return ""
    secret = shown.pop()
    if shown or not 0 < len(secret) <= MAX_SECRET or not (secret.isascii() and secret.isprintable()):
        raise Fault(Reason.UNAUTHENTICATED, log="several keys, or none that can be one")
    return secret


def credentials_of(headers: Headers, *, tokens: bool) -> tuple[str, str]:
    """The one API key and the one token that the headers show; at most one of both, "" = none.

    With `tokens`, a bearer's secret with two dots is a token; API keys have no dots. Raises MIXED_AUTH, and as `secret_of` does.
    """
    bearers: list[str] = headers.getall("authorization", [])
    if not tokens or not any(value.count(".") == 2 for value in bearers):
        return secret_of(headers), ""
    if "x-api-key" in headers:
        raise Fault(Reason.MIXED_AUTH)
    scheme, _, token = bearers[0].partition(" ")
    if len(bearers) > 1 or scheme.lower() != "bearer":
        raise Fault(Reason.UNAUTHENTICATED, log="several tokens, or authorization is not Bearer")
    return "", token.strip(" ")


def check_tenant(headers: Headers, tenant_id: str) -> None:
    """Raises TENANT_MISMATCH when a tenant header names another tenant than the caller's."""
    for name in TENANT_HEADERS:
        if any(value != tenant_id for value in headers.getall(name, ())):
            raise Fault(Reason.TENANT_MISMATCH)
