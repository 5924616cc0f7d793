"""Who may do what, on real sockets and as a table."""

import pytest

from gateway.authorize.decide import decide, needed
from gateway.authorize.model import DEFAULT_ROLES, Subject
from gateway.identity.caller import Caller, Kind
from gen.alga.common.v1 import context_pb2
from gen.alga.registry.v1 import install_pb2
from kernel.permissions import AccessRules, Permission, RoleAccess
from kernel.user import User
from tests.gateway.conftest import ADMIN_A, EXTENSION, KEY_A, Stack


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
    denial = decide(DEFAULT_ROLES, caller(*roles), wanted, Subject("t"))
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


READ, WRITE, ADMIN = Permission.READ, Permission.WRITE, Permission.ADMIN
CLERKS = AccessRules((RoleAccess("clerk", read=True), RoleAccess("tenant_admin"), RoleAccess("tenant_reader", True, True)))
ONLY = AccessRules((RoleAccess("clerk", read=True, write=True),), only_listed=True)
STAFF = User("u", "", "", "internal", "")
CLIENT = User("u", "", "", "client", "", "c-1")
NOBODYS = User("u", "", "", "client", "", None)
STRANGE = User("u", "", "", "Internal", "")


@pytest.mark.parametrize(
    ("roles", "user", "wanted", "subject", "rule"),
    [
        # Roles, as gateways say.
        ("tenant_caller", None, WRITE, Subject("t"), None),
        ("tenant_caller", STAFF, WRITE, Subject("t"), None),
        ("tenant_reader", STAFF, READ, Subject("t"), None),
        ("tenant_reader", STAFF, WRITE, Subject("t"), "role"),
        ("tenant_caller", STAFF, ADMIN, Subject("t"), "role"),
        ("tenant_admin", STAFF, ADMIN, Subject("t"), None),
        # The install's rules replace them, for better or worse, for its calls.
        ("clerk", None, READ, Subject("t", CLERKS), None),
        ("clerk", None, WRITE, Subject("t", CLERKS), "role"),
        ("tenant_reader", None, WRITE, Subject("t", CLERKS), None),
        ("tenant_admin", None, READ, Subject("t", CLERKS), "install_access"),
        ("tenant_admin", None, ADMIN, Subject("t", CLERKS), None),
        ("clerk", None, ADMIN, Subject("t", CLERKS), "role"),
        ("tenant_caller", None, WRITE, Subject("t", CLERKS), None),
        ("tenant_caller", None, READ, Subject("t", ONLY), "install_access"),
        ("tenant_caller clerk", None, READ, Subject("t", ONLY), None),
        ("made_up", None, READ, Subject("t", ONLY), "role"),
        ("tenant_caller", None, READ, Subject("t", AccessRules()), None),
        ("tenant_caller", None, READ, Subject("t", AccessRules(only_listed=True)), "install_access"),
        # Another tenant's, and none.
        ("tenant_admin", None, READ, Subject("other"), "tenant"),
        ("tenant_admin", None, READ, Subject(""), "tenant"),
        # Users of the client portal.
        ("tenant_caller", CLIENT, READ, Subject("t"), "client_portal"),
        ("tenant_caller", CLIENT, WRITE, Subject("t", client_portal=True), None),
        ("tenant_reader", CLIENT, WRITE, Subject("t", client_portal=True), "role"),
        ("tenant_caller", NOBODYS, READ, Subject("t", client_portal=True), "client_id"),
        ("tenant_admin", CLIENT, ADMIN, Subject("t", client_portal=True), "client_admin"),
        ("tenant_caller", CLIENT, READ, Subject("t", ONLY, client_portal=True), "install_access"),
        ("tenant_admin", STRANGE, READ, Subject("t", client_portal=True), "user_type"),
        ("tenant_admin", STRANGE, ADMIN, Subject("t"), "user_type"),
    ],
)
def test_decisions(roles: str, user: User | None, wanted: Permission, subject: Subject, rule: str | None) -> None:
    who = Caller("t", Kind.JWT, "jwt:1", frozenset(roles.split()), user)
    denial = decide(DEFAULT_ROLES, who, wanted, subject)
    assert (denial.rule if denial else None) == rule
    if denial is not None:
        assert denial.text
        assert denial.allowed_by


@pytest.mark.parametrize(("meant", "status"), [(False, 403), (True, 200)])
async def test_a_clients_user_calls_only_what_is_meant_for_it(stack: Stack, meant: bool, status: int) -> None:
    stack.registry.users[KEY_A] = context_pb2.User(user_id="u", type="client", client_id="c-1")
    stack.registry.installs["tenant-a", EXTENSION].client_portal = meant
    assert (await stack.call("POST", "/items", body=b"")).status == status
    assert len(stack.runner.calls) == (status == 200)


async def test_admins_read_why(stack: Stack) -> None:
    stack.registry.installs["tenant-a", EXTENSION].access = install_pb2.AccessRules(only_listed=True)
    got = await stack.call("GET", "/items", key=ADMIN_A)
    assert (got.status, got.code) == (403, "forbidden")
    assert got.json["denial"]["rule"] == "install_access"
    assert any("alga-ext access set" in way for way in got.json["denial"]["allowed_by"])
    got = await stack.call("GET", "/items")
    assert got.status == 403
    assert "denial" not in got.json


async def test_rules_that_cannot_be_read_let_nobody_in(stack: Stack) -> None:
    roles = [install_pb2.RoleAccess(role="a,b", read=True)]
    stack.registry.installs["tenant-a", EXTENSION].access = install_pb2.AccessRules(roles=roles)
    got = await stack.call("GET", "/items", key=ADMIN_A)
    assert (got.status, got.code, got["retry-after"]) == (503, "access_policy_unavailable", "1")
    assert not stack.runner.calls
