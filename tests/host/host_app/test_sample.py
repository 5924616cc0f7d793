"""`samples/host-app`: alone over HTTP, and as real guests find it."""

import io
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from host_app import vendor
from host_app.app import application
from host_app.records import Tenant, demo
from host_app.refusal import Refusal
from host_app.settings import BadSetting, Settings, read

from gen.alga.common.v1.context_pb2 import CallContext, User
from gen.alga.runner.v1.executor_pb2 import HostCall, ProxyCall
from runner.backends.host_app.connection import Connection
from runner.backends.host_app.proxy import UiProxy
from runner.engine.values import Enum, Err, Ok
from tests.host.host_app import test_clients, test_invoicing, test_services
from tests.host.host_app.conftest import Host, hosted
from tests.host.host_app.site import TOKEN, Site
from tests.host.host_app.test_rules import Secrets, caller

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEY, OTHER_KEY, VENDOR = "k" * 40, "o" * 40, "v" * 40
HEADERS = {"x-runner-auth": TOKEN, "x-alga-tenant": "demo"}
SERVICE = "0b5e8c1a-93b7-4f1e-8f59-64e0f1a2b3c4"
CLIENT = "8c9a2f5e-5b0f-4a34-9f0f-1b2c3d4e5f60"
ITEM = {"serviceId": SERVICE, "quantity": 2, "description": "Work", "rate": 1000}
INVOICE = {"operation": "createManualInvoice", "clientId": CLIENT, "items": [ITEM]}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app() -> AsyncIterator[Site]:
    """The sample, as a site that is asked."""
    tenants = demo() | {"other": Tenant("Other")}
    settings = Settings(TOKEN, {KEY: "demo", OTHER_KEY: "other"}, vendor_token=VENDOR)
    runner = web.AppRunner(application(settings, tenants))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Site(port=runner.addresses[0][1])
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample(app: Site) -> AsyncIterator[Host]:
    """A runner that calls it."""
    root = Path(tempfile.mkdtemp(prefix="hs", dir="/tmp"))
    try:
        async with hosted(root, app) as host:
            yield host
    finally:
        shutil.rmtree(root)


async def ask(app: Site, path: str, said: Any = None, headers: Any = None, method: str = "POST") -> tuple[int, Any]:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method, f"http://127.0.0.1:{app.port}{path}", data=body, headers=HEADERS if headers is None else headers
        ) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def internal(app: Site, endpoint: str, said: Any, headers: Any = None) -> tuple[int, Any]:
    return await ask(app, f"/api/internal/{endpoint}/install/i1", said, headers)


# --- as guests find it ---

USER = {"admin": User(user_id="u-admin", type="internal"), "viewer": User(user_id="u-viewer", type="internal")}


async def test_guests_read_clients_and_services(sample: Host) -> None:
    page = await sample.call(test_clients.LIST, test_clients.NOTHING, tenant_id="demo")
    assert [one["client-name"] for one in page.value["items"]] == ["Blue Bicycle Ltd", "Green Garden"]
    everybody = test_clients.NOTHING | {"include-inactive": True, "page-size": 2, "page": 2}
    page = await sample.call(test_clients.LIST, everybody, tenant_id="demo")
    assert ([one["is-inactive"] for one in page.value["items"]], page.value["total-count"]) == ([True], 3)
    found = await sample.call(test_clients.GET, CLIENT, tenant_id="demo")
    assert found.value["billing-email"] == "billing@bicycle.example"
    products = test_services.NOTHING | {"item-kind": "product", "is-active": True, "billing-method": "fixed", "search": "ROUT"}
    page = await sample.call(test_services.LIST, products, tenant_id="demo")
    assert [one["sku"] for one in page.value["items"]] == ["RT-1"]
    assert (await sample.call(test_services.GET, SERVICE, tenant_id="demo")).value["unit-of-measure"] == "hour"


async def test_guests_see_their_own_tenant_alone(sample: Host) -> None:
    assert (await sample.call(test_clients.LIST, test_clients.NOTHING, tenant_id="other")).value["items"] == ()
    assert await sample.call(test_clients.GET, CLIENT, tenant_id="other") == Ok(None)
    assert await sample.call(test_clients.GET, CLIENT, tenant_id="unknown") == Err(Enum("not-allowed"))


async def test_people_have_their_own_rights(sample: Host) -> None:
    for name, may in (("admin", True), ("viewer", False)):
        answer = await sample.call(test_clients.GET, CLIENT, tenant_id="demo", context=CallContext(user=USER[name]))
        assert isinstance(answer, Ok) is may
        assert may or answer == Err(Enum("not-allowed"))
    viewer = CallContext(user=USER["viewer"])
    assert isinstance(await sample.call(test_services.GET, SERVICE, tenant_id="demo", context=viewer), Ok)


async def test_guests_create_invoices(sample: Host) -> None:
    item = test_invoicing.ITEM | {"service-id": SERVICE}
    asked = test_invoicing.INVOICE | {"client-id": CLIENT, "items": [item]}
    made = await sample.call(test_invoicing.CREATE, asked, tenant_id="demo")
    assert (made["success"], made["status"], made["total"]) == (True, "draft", 14_850.0)
    stranger = await sample.call(test_invoicing.CREATE, asked | {"client-id": SERVICE}, tenant_id="demo")
    assert test_invoicing.failed(stranger) == ("Client not found", {"clientId": "Client not found"})
    wrong = asked | {"items": [item | {"discount-type": "fixed"}]}
    _, fields = test_invoicing.failed(await sample.call(test_invoicing.CREATE, wrong, tenant_id="demo"))
    assert fields == {"items[0].discountType": "is for discounts: isDiscount must be true"}


async def _route(app: Site, route: str, key: str, payload: bytes | None = None, tenant: str = "demo") -> Any:
    async with Connection(30.0) as connection:
        proxy = UiProxy(connection, f"http://127.0.0.1:{app.port}", Secrets(key))
        call = HostCall(proxy_call=ProxyCall(route=route, payload=payload))
        return json.loads((await proxy.answer(caller(tenant_id=tenant), call)).proxy_answer)


async def test_guests_reach_two_routes_with_the_installs_key(app: Site) -> None:
    assert (await _route(app, "/api/v1/tickets", KEY, b'{"title": "Printer"}'))["title"] == "Printer"
    assert [one["title"] for one in (await _route(app, "/api/v1/tickets", KEY))["tickets"]] == ["Printer"]
    assert (await _route(app, "/api/v1/tickets", OTHER_KEY, tenant="other"))["tickets"] == []
    assert (await _route(app, "greeting", KEY))["extension"] == "e1"


# --- alone ---


@pytest.mark.parametrize("token", [None, "", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "\u00e9" * 36])
@pytest.mark.parametrize("endpoint", ["ext-clients", "ext-services", "ext-invoicing"])
async def test_who_is_no_runner_learns_nothing(app: Site, endpoint: str, token: str | None) -> None:
    headers = {"x-alga-tenant": "demo"} | ({} if token is None else {"x-runner-auth": token})
    assert (await internal(app, endpoint, b"{", headers))[0] == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-api-key": ""}, 401),
        ({"x-api-key": KEY[:-1]}, 401),
        ({"x-runner-auth": TOKEN}, 401),
        ({"x-api-key": KEY, "x-alga-tenant": "other"}, 403),
        ({"x-api-key": OTHER_KEY, "x-alga-tenant": "demo"}, 403),
        ({"x-api-key": KEY}, 200),
        ({"x-api-key": OTHER_KEY, "x-alga-tenant": "other"}, 200),
    ],
)
async def test_routes_are_for_installs_with_a_key(app: Site, headers: dict[str, str], status: int) -> None:
    assert (await ask(app, "/api/v1/tickets", headers=headers, method="GET"))[0] == status


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        {},
        {"operation": "delete"},
        {"operation": "list", "input": []},
        {"operation": "list", "input": {"page": 0}},
        {"operation": "list", "input": {"page": True}},
        {"operation": "list", "input": {"pageSize": 101}},
        {"operation": "list", "input": {"search": "x" * 201}},
        {"operation": "list", "input": {"search": None}},
        {"operation": "list", "input": {"includeInactive": 1, "isActive": 1}},
        {"operation": "get", "input": {}},
        {"operation": "get", "input": {"clientId": "x", "serviceId": "x"}},
        {"operation": "list", "user": {"userId": 1}},
        {"operation": "list", "user": []},
    ],
    ids=range(17),
)
async def test_what_is_not_of_the_contract_is_refused(app: Site, said: Any) -> None:
    for endpoint in ("ext-clients", "ext-services"):
        status, told = await internal(app, endpoint, said)
        assert (status, told["code"]) == (400, "INVALID_INPUT"), endpoint


@pytest.mark.parametrize(
    ("changes", "item", "field"),
    [
        ({"clientId": "x"}, {}, "clientId"),
        ({"dueDate": "2026-02-30"}, {}, "dueDate"),
        ({"invoiceDate": 7}, {}, "invoiceDate"),
        ({"poNumber": "x" * 129}, {}, "poNumber"),
        ({"items": []}, {}, "items"),
        ({"items": [1]}, {}, "items[0]"),
        ({}, {"quantity": 0}, "items[0].quantity"),
        ({}, {"quantity": 10**400}, "items[0].quantity"),
        ({}, {"rate": -1}, "items[0].rate"),
        ({}, {"rate": "1"}, "items[0].rate"),
        ({}, {"description": " "}, "items[0].description"),
        ({}, {"discountType": "fixed"}, "items[0].discountType"),
        ({}, {"appliesToServiceId": SERVICE}, "items[0].appliesToServiceId"),
        ({}, {"isDiscount": True}, "items[0].discountType"),
        ({}, {"isDiscount": True, "discountType": "percentage", "rate": 101}, "items[0].rate"),
        ({}, {"isDiscount": True, "discountType": "fixed", "appliesToItemId": "x"}, "items[0].appliesToItemId"),
        (
            {},
            {"isDiscount": True, "discountType": "fixed", "appliesToItemId": SERVICE, "appliesToServiceId": SERVICE},
            "items[0].appliesToItemId",
        ),
    ],
)
async def test_invoices_have_rules(app: Site, changes: dict[str, Any], item: dict[str, Any], field: str) -> None:
    status, told = await internal(app, "ext-invoicing", {**INVOICE, "items": [ITEM | item], **changes})
    assert (status, told["success"], list(told["fieldErrors"])) == (400, False, [field])


async def test_discounts_and_numbers(app: Site) -> None:
    half = ITEM | {"isDiscount": True, "discountType": "percentage", "rate": 50, "appliesToServiceId": SERVICE}
    fixed = ITEM | {"isDiscount": True, "discountType": "fixed", "rate": 100, "quantity": 1}
    status, first = await internal(app, "ext-invoicing", INVOICE | {"items": [ITEM, half, fixed]})
    assert (status, first["invoice"]["total"]) == (201, 900)
    await internal(app, "ext-invoicing", INVOICE | {"clientId": SERVICE})  # refused: costs no number
    _, second = await internal(app, "ext-invoicing", INVOICE)
    numbers = [int(one["invoice"]["invoiceNumber"].removeprefix("INV-")) for one in (first, second)]
    assert numbers[1] == numbers[0] + 1


async def test_bodies_have_a_limit(app: Site) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"http://127.0.0.1:{app.port}/api/internal/ext-clients/install/i1", data=io.BytesIO(b"x" * (2 << 20)), headers=HEADERS
        ) as answer,
    ):
        assert answer.status == 413


async def test_the_vendors_api_is_paged_and_needs_its_token(app: Site) -> None:
    shown = {"authorization": f"Bearer {VENDOR}"}

    async def page(query: str, headers: Any = shown) -> tuple[int, Any]:
        return await ask(app, f"/vendor/agreements{query}", b"", headers, "GET")

    pages = [await page(f"?page={number}&pageSize=50") for number in (1, 2, 3, 4)]
    assert [(status, len(found["items"]), found["total"]) for status, found in pages] == [
        (200, 50, 137), (200, 50, 137), (200, 37, 137), (200, 0, 137)]  # fmt: skip
    assert len({item["id"] for _, found in pages for item in found["items"]}) == 137
    for wrong in ("?page=0", "?page=x", "?pageSize=101", "?page=99999999999", "?page=-1", "?page=1.5"):
        assert (await page(wrong))[0] == 400, wrong
    for token in ({}, {"authorization": f"Bearer {KEY}"}, {"authorization": VENDOR}, HEADERS, {"authorization": "Bearer "}):
        assert (await page("", token))[0] == 401, token


async def test_without_a_token_there_is_no_vendor() -> None:
    with pytest.raises(Refusal) as refusal:
        vendor.agreements("", {"authorization": "Bearer "}, {}, vendor.demo())
    assert refusal.value.status == 404


async def test_settings(tmp_path: Path) -> None:
    token, keys = tmp_path / "token", tmp_path / "keys"
    token.write_text(f"{TOKEN}\n")
    keys.write_text(f"demo {KEY}\n\nother {OTHER_KEY}\n")
    told = {"HOST_APP_RUNNER_TOKEN_FILE": str(token), "HOST_APP_API_KEYS_FILE": str(keys), "HOST_APP_LISTEN": "127.0.0.1:1"}
    settings = read(told)
    assert settings == Settings(TOKEN, {KEY: "demo", OTHER_KEY: "other"}, "127.0.0.1", 1)
    assert TOKEN not in repr(settings)
    assert KEY not in repr(settings)
    assert read(told | {"HOST_APP_VENDOR_TOKEN_FILE": str(token)}).vendor_token == TOKEN
    token.write_text("short")
    for wrong in (told, {}, told | {"HOST_APP_RUNNER_TOKEN_FILE": str(tmp_path)}, told | {"HOST_APP_LISTEN": "x"}):
        with pytest.raises(BadSetting):
            read(wrong)
