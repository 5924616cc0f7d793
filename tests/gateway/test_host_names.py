"""`/` and look-ups by host name: an install's id below a root leads to its UI, and nothing else does."""

import pytest

from gateway.compat.extensions import Located
from gateway.compat.service_door import ServiceDoor
from gateway.handlers.compat import lookups
from gateway.handlers.compat.lookups import Lookups
from gateway.identity.host_tokens import HostTokens
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from tests.gateway.conftest import Start
from tests.gateway.http import Got, head, parse, send

INSTALL = "0a1b2c3d-0000-4000-8000-0123456789ab"
FOUND = Located("tenant-a", "5f6e7d8c-0000-4000-8000-0123456789ab", Digest.of(b"bundle"))
PAGE = f"/ext-ui/{FOUND.extension_id}/{FOUND.content_hash}/index.html?tenant=tenant-a&extensionId={FOUND.extension_id}"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    async def locate(_: object, install_id: str) -> Located:
        if install_id != INSTALL:
            raise Fault(Reason.NOT_FOUND)
        return FOUND

    monkeypatch.setattr("gateway.compat.extensions.ExtensionsClient.locate", locate)


async def asked(address: str, target: str, host: str) -> Got:
    data = head("GET", target, ("connection", "close")).replace(b"host: gateway", f"host: {host}".encode())
    return parse(await send(address, data))


@pytest.mark.usefixtures("known")
async def test_a_browser_is_led_to_the_first_page(start: Start) -> None:
    async with start(ui_domain_root="apps.example.com") as stack:
        for host in (f"{INSTALL}.apps.example.com", f"{INSTALL.upper()}.Apps.Example.com:8443"):
            got = await asked(stack.address, "/", host)
            assert (got.status, got["location"], got["cache-control"]) == (307, PAGE, "no-store")
        got = await asked(
            stack.address, "/?parentOrigin=https%3A%2F%2Fa&_h=1&tenant=b&extensionId=c", f"{INSTALL}.apps.example.com"
        )
        assert got["location"] == f"{PAGE}&parentOrigin=https%3A%2F%2Fa&_h=1"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "host",
    [
        "apps.example.com",
        "example.com",
        f"{INSTALL}.other.example.com",
        f"x.{INSTALL}.apps.example.com",
        f"{INSTALL[:-1]}c.apps.example.com",
        f"{INSTALL}.apps.example.com.",
        f"{INSTALL}.apps.example.com:port",
        "../..",
    ],
)
async def test_other_names_lead_nowhere(start: Start, host: str) -> None:
    async with start(ui_domain_root="apps.example.com") as stack:
        assert (await asked(stack.address, "/", host)).status == 404


def test_the_parts_of_a_redirect_are_ours() -> None:
    assert {"tenant", "extensionId"} == lookups._OURS
    assert Lookups(ServiceDoor(HostTokens()), None, None, "A.b")._root == "a.b"  # type: ignore[arg-type]  # not asked
