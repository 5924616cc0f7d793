"""Who may do what, on real sockets and as a table."""

import pytest

from gateway.authorize.decide import decide, needed
from gateway.authorize.model import DEFAULT_ROLES, Permission
from gateway.identity.caller import Caller, Kind
from tests.gateway.conftest import ADMIN_A, KEY_A, Stack


def caller(*roles: str) -> Caller:
    return Caller("t", Kind.KEY, "key:1", frozenset(roles))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", ""])
@pytest.mark.parametrize(
    ("roles", "able"),
    [
        (("tenant_admin",), {Permission.READ, Permission.WRITE}),
        (("tenant_caller",), {Permission.READ, Permission.WRITE}),
        (("tenant_reader",), {Permission.READ}),
        (("tenant_reader", "tenant_caller"), {Permission.READ, Permission.WRITE}),
        (("made_up",), set()),
        (("operator", "gateway", "Tenant_Admin"), set()),
        ((), set()),
    ],
)
def test_roles_and_methods(roles: tuple[str, ...], able: set[Permission], method: str) -> None:
    wanted = needed(method)
    denial = decide(DEFAULT_ROLES, caller(*roles), wanted)
    assert (denial is None) == (wanted in able)
    if denial is not None:
        assert denial.rule == ("method" if wanted is None else "role")
        assert denial.allowed_by


async def test_the_log_tells_what_would_allow_it(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    got = await stack.ask("GET", "/api/v1/installs/x/usage", ("x-api-key", KEY_A))
    assert (got.status, got.code) == (403, "forbidden")
    assert "denial" not in got.json
    assert (await stack.ask("GET", "/api/v1/installs/x/usage", ("x-api-key", ADMIN_A))).status == 404
    (why,) = (record.why for record in caplog.records if getattr(record, "status", 0) == 403)
    assert "rule role" in why
    assert "tenant_caller" in why
    assert "the role tenant_admin" in why
