"""The reference's published packages, unmodified, inside the pages of samples/host-app: its iframe SDK, and its React kit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Frame, expect

from tests import guests
from tests.browser.conftest import PAGE
from tests.browser.product import Product, Visit
from tests.guests.bundles import bundle_files

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("npm")]
NAMES = {"app": "com.example.reference-sdk", "kit": "com.example.reference-kit"}


@pytest.fixture(scope="module", autouse=True)
def installed(product: Product, reference: Path) -> Iterator[None]:
    for script, name in NAMES.items():
        pages = {"ui/index.html": PAGE, "ui/app.js": (reference / f"{script}.js").read_bytes()}
        product.platform.install(product.platform.publish(bundle_files(name, guests.component("echo")) | pages))
    yield
    # Other tests know the menu.
    for name in NAMES.values():
        product.platform.uninstall(name)


def test_the_sdk(visit: Visit) -> None:
    frame = visit.open(NAMES["app"], "/place")
    frame.evaluate("""async () => {
      window.bridge = new sdk.IframeBridge();
      window.told = new Promise((resolve) => bridge.on((message) => message.type === 'bootstrap' && resolve(message.payload)));
      sdk.subscribeTheme(bridge);
      bridge.ready();
      await told;
    }""")
    assert frame.evaluate("told")["navigation"] == {"path": "/place"}
    assert frame.evaluate("sdk.callHandlerJson(bridge, '/run', {method: 'POST', body: {a: ['é', 1]}})") == {"a": ["é", 1]}
    frame.evaluate("() => { window.themed = new Promise((resolve) => bridge.on(({type}) => type === 'theme' && resolve())); }")
    visit.page.get_by_role("button", name="Dark").click()
    frame.evaluate("themed")
    assert frame.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--alga-bg')") == "#10151d"
    frame.evaluate("bridge.emitToHost('resize', {height: 1777})")
    expect(visit.page.locator("iframe")).to_have_css("height", "1777px")
    frame.evaluate("sdk.navigate(bridge, '/elsewhere')")
    visit.page.wait_for_url(f"**/apps/{NAMES['app']}/elsewhere")


def names(frame: Frame) -> list[str]:
    return frame.locator("tbody tr td:first-child").all_inner_texts()


def test_the_kit(visit: Visit) -> None:
    frame = visit.open(NAMES["kit"])
    expect(frame.locator("tbody")).to_have_text("No results")
    frame.get_by_role("button", name="Load").click()
    expect(frame.locator("tbody tr")).to_have_count(10)
    assert names(frame) == [str(number) for number in range(1, 11)]
    frame.get_by_role("button", name="Number").dblclick()  # ascending, then none, then descending
    expect(frame.locator("tbody tr:first-child td:first-child")).to_have_text("12")
    frame.get_by_role("button", name="2", exact=True).click()
    expect(frame.locator("tbody tr")).to_have_count(2)
    assert names(frame) == ["2", "1"]
    frame.get_by_label("Filter").fill("Agreement 7")
    expect(frame.locator("tbody tr")).to_have_count(1)
    frame.get_by_text("Mine", exact=True).click()
    expect(frame.get_by_text("Only mine")).to_be_visible()
    cell = frame.locator("tbody td").first
    expect(cell).to_have_css("color", "rgb(22, 32, 46)")
    visit.page.get_by_role("button", name="Dark").click()
    expect(cell).to_have_css("color", "rgb(232, 236, 243)")  # the kit's own components follow the host's tokens


def test_the_kit_shows_what_fails(visit: Visit) -> None:
    frame = visit.open(NAMES["kit"])
    frame.get_by_role("button", name="Remove").click()
    expect(frame.get_by_text("It will be gone.")).to_be_visible()
    frame.get_by_role("button", name="Confirm").click()
    expect(frame.get_by_text("Proxy error 404: Not Found")).to_be_visible()
    visit.quiet = False  # the browser notes the 404
