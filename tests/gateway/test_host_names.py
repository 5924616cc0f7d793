"""Host names of installs: an install's id below a root is an origin of its UI alone, and its `/` leads to the first page."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kernel.digest import Digest
from kernel.errors import Reason
from kernel.watch import ChangeKind
from tests.gateway.conftest import EXTENSION, KEY_A, Stack, Start
from tests.gateway.fakes import HASH, PAGE, SCRIPT, Installed
from tests.gateway.http import Got, head, parse, send
from tests.gateway.test_assets import BASE, CSP

INSTALL = "0a1b2c3d-0000-4000-8000-0123456789ab"
OTHER = "0a1b2c3d-0000-4000-8000-0123456789ac"
ROOT = "apps.example.com"
HOST = f"{INSTALL}.{ROOT}"
LED = f"/ext-ui/id-{EXTENSION}/{HASH}/index.html?tenant=tenant-a&extensionId=id-{EXTENSION}"
OWN_CSP = CSP.replace("sandbox allow-scripts", "sandbox allow-scripts allow-same-origin")
ELSEWHERE = [
    ROOT,
    "example.com",
    f"{INSTALL}.other.example.com",
    f"x.{INSTALL}.{ROOT}",
    f"{INSTALL}.{ROOT}.",
    f"{INSTALL}.{ROOT}:port",
    "../..",
]


@pytest.fixture
async def sited(start: Start) -> AsyncIterator[Stack]:
    async with start(ui_domain_root=ROOT) as stack:
        (first,) = stack.registry.installs.values()
        first.id = INSTALL
        other = Installed("tenant-b", "com.acme.other", content_hash=Digest.of(b"another"), id=OTHER)
        stack.registry.install(other)
        yield stack


async def asked(stack: Stack, target: str, host: str = HOST, *fields: tuple[str, str], method: str = "GET") -> Got:
    data = head(method, target, ("connection", "close"), *fields).replace(b"host: gateway", f"host: {host}".encode())
    return parse(await send(stack.address, data))


class TestRoot:
    async def test_a_browser_is_led_to_the_first_page(self, sited: Stack) -> None:
        for host in (HOST, f"{INSTALL.upper()}.Apps.Example.com:8443"):
            got = await asked(sited, "/", host)
            assert (got.status, got["location"], got["cache-control"]) == (307, LED, "no-store")
        got = await asked(sited, "/?parentOrigin=https%3A%2F%2Fa&_h=1&tenant=b&extensionId=c")
        assert got["location"] == f"{LED}&parentOrigin=https%3A%2F%2Fa&_h=1"

    @pytest.mark.parametrize("host", [*ELSEWHERE, f"{INSTALL[:-1]}f.{ROOT}"])
    async def test_other_names_lead_nowhere(self, sited: Stack, host: str) -> None:
        assert (await asked(sited, "/", host)).status == 404


class TestOrigin:
    async def test_its_pages_have_an_origin_and_nothing_else_of_it_has(self, sited: Stack) -> None:
        for host in (HOST, f"{HOST.upper()}:7480"):
            page = await asked(sited, f"{BASE}/", host)
            assert (page.status, page.body, page["content-security-policy"]) == (200, PAGE, OWN_CSP)
        again = await asked(sited, f"{BASE}/", HOST, ("if-none-match", page["etag"]))
        assert (again.status, again["content-security-policy"]) == (304, OWN_CSP)
        script = await asked(sited, f"{BASE}/assets/app.js")  # may become a worker, for which its own policy holds
        assert (script.status, script["content-security-policy"]) == (200, OWN_CSP)
        sited.runner.files |= {"a.svg": ("image/svg+xml", b"<svg/>"), "a.png": ("image/png", b"png")}
        assert (await asked(sited, f"{BASE}/a.svg"))["content-security-policy"] == CSP
        for target, status in ((f"{BASE}/a.png", 200), (f"{BASE}/none.js", 404), (BASE, 308), ("/", 307)):
            got = await asked(sited, target)
            assert (got.status, got["content-security-policy"]) == (status, "sandbox allow-scripts")

    async def test_no_setting_takes_the_sandbox_away(self, start: Start) -> None:
        replacement = "sandbox allow-same-origin allow-top-navigation; default-src *"
        async with start(ui_domain_root=ROOT, ui_content_security_policy=replacement) as stack:
            next(iter(stack.registry.installs.values())).id = INSTALL
            # Of two directives of one name the first holds.
            got = await asked(stack, f"{BASE}/")
            assert got["content-security-policy"] == f"sandbox allow-scripts allow-same-origin; {replacement}"
            got = await asked(stack, f"{BASE}/", "gateway")
            assert got["content-security-policy"] == f"sandbox allow-scripts; {replacement}"

    @pytest.mark.parametrize("host", ELSEWHERE)
    async def test_at_other_host_names_pages_have_none(self, sited: Stack, host: str) -> None:
        got = await asked(sited, f"{BASE}/", host)
        assert (got.status, got["content-security-policy"]) == (200, CSP)

    async def test_it_is_that_installs_alone(self, sited: Stack) -> None:
        other = f"/ext-ui/com.acme.other/{Digest.of(b'another')}"
        assert (await asked(sited, f"{other}/", f"{OTHER}.{ROOT}")).status == 200
        wrong = [
            (f"{other}/", HOST),
            (f"{BASE}/", f"{OTHER}.{ROOT}"),
            (f"{BASE}/", f"{INSTALL[:-1]}f.{ROOT}"),
            (f"{BASE}/?tenant=tenant-b", HOST),
            (f"/ext-ui/com.acme.other/{HASH}/", HOST),
            (f"/ext-ui/{EXTENSION}/{Digest.of(b'another')}/", HOST),
        ]
        for target, host in wrong:
            assert (await asked(sited, target, host)).code == "asset_not_found"

    @pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
    @pytest.mark.parametrize(
        "target", [f"/api/ext/{EXTENSION}/items", f"/api/ext-proxy/{EXTENSION}/items", "/api/v1/menu", "/openapi.json", "/livez"]
    )
    async def test_nothing_but_uis_is_there(self, sited: Stack, method: str, target: str) -> None:
        got = await asked(sited, target, HOST, ("x-api-key", KEY_A), method=method)
        assert (got.status, got.code, got["content-security-policy"]) == (404, "not_found", "sandbox allow-scripts")
        assert not sited.runner.calls

    async def test_scripts_of_the_package_are_there(self, sited: Stack) -> None:
        assert (await asked(sited, "/ext-sdk/iframe-sdk.js")).status == 200

    @pytest.mark.parametrize("host", [HOST, "gateway"])
    async def test_nothing_becomes_a_service_worker(self, sited: Stack, host: str) -> None:
        """It would answer for its origin after its version is revoked."""
        assert (await asked(sited, f"{BASE}/assets/app.js", host)).body == SCRIPT
        got = await asked(sited, f"{BASE}/assets/app.js", host, ("service-worker", "script"))
        assert got.code == "asset_not_found"

    async def test_where_it_belongs_is_kept_until_that_changes(self, sited: Stack) -> None:
        await sited.watched()
        for _ in range(5):
            assert (await asked(sited, f"{BASE}/")).status == 200
        assert sited.registry.locates == 1
        installed = sited.registry.installs["tenant-a", EXTENSION]
        installed.refusal = Reason.EXTENSION_DISABLED
        sited.registry.change(installed, ChangeKind.DISABLED)
        async with asyncio.timeout(10):
            while (await asked(sited, f"{BASE}/")).status == 200:
                pass
        assert (await asked(sited, "/")).status == 404
