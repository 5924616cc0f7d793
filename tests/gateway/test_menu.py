"""The menu of a host application: what a caller may open, and nothing of another tenant's or of what it may not read."""

from pathlib import Path

import pytest

from gen.alga.registry.v1 import install_pb2
from tests.gateway.conftest import ADMIN_A, KEY_A, KEY_B, KEY_OPERATOR, Stack, Start
from tests.gateway.fakes import HASH, Installed

SECRET = "the-host-applications-own-token-of-today"
HOST = (("x-runner-auth", SECRET), ("x-alga-tenant", "tenant-a"))
CLERKS = install_pb2.AccessRules(roles=[install_pb2.RoleAccess(role="clerk", read=True)], only_listed=True)
WRITERS = install_pb2.AccessRules(roles=[install_pb2.RoleAccess(role="tenant_caller", write=True)])
BOTH = {"appMenu": "Reports", "clientPortalMenu": "Your reports"}
CLIENT = (("x-user-id", "u"), ("x-user-type", "client"), ("x-client-id", "c"))


def fill(stack: Stack) -> None:
    for installed in (
        Installed("tenant-a", "com.acme.both", hooks=BOTH),
        Installed("tenant-a", "com.acme.clerks", hooks={"appMenu": "For clerks"}, access=CLERKS),
        Installed("tenant-a", "com.acme.writers", hooks={"appMenu": "For writers"}, access=WRITERS),
        Installed("tenant-a", "com.acme.other-hook", hooks={"drawer": "Elsewhere"}),
        Installed("tenant-b", "com.acme.theirs", hooks={"appMenu": "Theirs"}),
    ):
        stack.registry.install(installed)


async def labels(stack: Stack, *fields: tuple[str, str]) -> list[str]:
    got = await stack.ask("GET", "/api/v1/menu", *fields)
    assert got.status == 200
    return [item["label"] for item in got.json["items"]]


async def test_an_item_tells_what_opens_it(stack: Stack) -> None:
    fill(stack)
    got = await stack.ask("GET", "/api/v1/menu?page_size=7&page_token=e30%3D", ("x-api-key", KEY_A))
    assert (got.status, got["content-type"], got["cache-control"]) == (200, "application/json", "no-store")
    item = {
        "install_id": "install-com.acme.both",
        "extension_id": "id-com.acme.both",
        "extension": "com.acme.both",
        "version": "1.0.0",
        "content_hash": str(HASH),
        "label": "Reports",
    }
    assert got.json == {"items": [item], "next_page_token": "next"}
    (asked,) = stack.registry.asked
    assert (asked.tenant_id, asked.hook, asked.page_size, asked.page_token) == ("tenant-a", "appMenu", 7, "e30=")


async def test_every_tenant_and_every_role_has_its_own(start: Start, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    async with start(host_token_files=(tmp_path / "token",)) as stack:
        fill(stack)
        assert await labels(stack, ("x-api-key", KEY_A)) == ["Reports"]
        assert await labels(stack, ("x-api-key", ADMIN_A)) == ["Reports", "For writers"]
        assert await labels(stack, ("x-api-key", KEY_B)) == ["Theirs"]
        assert await labels(stack, *HOST, ("x-user-id", "u"), ("x-user-roles", "clerk")) == ["For clerks"]
        assert await labels(stack, *HOST, ("x-user-roles", "unknown")) == []
        assert await labels(stack, *HOST, *CLIENT, ("x-user-roles", "tenant_caller")) == ["Your reports"]
        assert await labels(stack, *HOST, *CLIENT[:2], ("x-user-roles", "tenant_caller")) == []  # without a client id


@pytest.mark.parametrize(("key", "status", "code"), [("", 401, "unauthenticated"), (KEY_OPERATOR, 403, "forbidden")])
async def test_who_is_of_no_tenant_has_none(stack: Stack, key: str, status: int, code: str) -> None:
    got = await stack.ask("GET", "/api/v1/menu", *((("x-api-key", key),) if key else ()))
    assert (got.status, got.code) == (status, code)


@pytest.mark.parametrize("query", ["page_size=201", "page_size=x", "hook=drawer", "tenant=tenant-b", "page_size=1&page_size=2"])
async def test_queries_that_mean_nothing(stack: Stack, query: str) -> None:
    got = await stack.ask("GET", f"/api/v1/menu?{query}", ("x-api-key", KEY_A))
    assert (got.status, got.code) == (400, "invalid_argument")
