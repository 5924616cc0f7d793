"""`samples/agreements` as its users meet it: in the pages of samples/host-app, set up as `alga-ext up` does it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, Locator, expect

from cli.client.registry import RegistryClient
from cli.up import demo
from cli.up.layout import DataDir
from tests.agreements import administer, published
from tests.browser.product import Apart, Product, Visit, visiting

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("npm")]
TENANTS = ("demo", "demo-two")
counted = "{}\N{EN DASH}{} of {}".format


@pytest.fixture(scope="module", autouse=True)
def agreements(product: Product) -> Iterator[str]:
    platform = product.platform
    version = published(platform, product.url)
    told = {"name": version.name, "egress": list(version.egress)}

    async def set_up(client: RegistryClient) -> None:
        for tenant in TENANTS:
            await client.installs.install(tenant, version.name, version.version, None)
            for _ in range(2):  # what is set already stays
                await demo.set_up(client, tenant, told, product.url, DataDir(platform.data_dir))

    administer(platform, set_up)
    yield version.name
    for tenant in TENANTS:  # other tests know the menu
        platform.uninstall(version.name, tenant)


def opened(visit: Visit, path: str = "/") -> Frame:
    """The extension, from the menu or at a place of its own."""
    if path != "/":
        visit.enter(f"/apps/{demo.AGREEMENTS}{path}")
    else:
        visit.enter().get_by_role("link", name="Agreements").click()
    return shown(visit)


def shown(visit: Visit) -> Frame:
    iframe = visit.page.locator("#content iframe")
    iframe.wait_for()
    found = iframe.element_handle().content_frame()
    assert found is not None
    return found


def table(frame: Frame) -> Locator:
    return frame.locator("alga-data-table")


def rows(frame: Frame) -> Locator:
    return frame.locator("alga-data-table tbody tr")


def synchronised(visit: Visit) -> Frame:
    frame = opened(visit)
    frame.get_by_role("button", name="Synchronise").click()
    expect(frame.locator("#outcome")).to_contain_text("137 agreements.", timeout=20_000)
    expect(table(frame)).to_contain_text(counted(1, 25, 137))
    return frame


def test_the_list_syncs_sorts_and_pages_and_a_reload_keeps_the_place(visit: Visit) -> None:
    frame = synchronised(visit)
    frame.get_by_role("button", name="Client").click()
    expect(frame.get_by_role("columnheader", name="Client")).to_have_attribute("aria-sort", "ascending")
    expect(rows(frame).first).to_contain_text("Blue Bicycle Ltd")
    frame.get_by_role("button", name="Next page").click()
    expect(table(frame)).to_contain_text(counted(26, 50, 137))
    visit.page.wait_for_url(re.compile(rf"/apps/{demo.AGREEMENTS}/\?.*page=2"))
    first = rows(frame).first.inner_text()
    visit.page.reload()
    frame = shown(visit)
    expect(table(frame)).to_contain_text(counted(26, 50, 137))
    expect(rows(frame).first).to_have_text(first, use_inner_text=True)
    visit.page.wait_for_function("parseInt(document.querySelector('iframe').style.height) > 800")


def test_a_deep_link_shows_one_agreement(visit: Visit) -> None:
    synchronised(visit)
    visit.page.goto(f"{visit.product.url}/apps/{demo.AGREEMENTS}/agreements/AGR-1009")
    expect(shown(visit).locator("#about")).to_contain_text("AGR-1009")


def test_the_theme_is_the_products(visit: Visit) -> None:
    frame = opened(visit)
    expect(frame.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    visit.page.get_by_role("button", name="Dark").click()
    expect(frame.locator("body")).to_have_css("background-color", "rgb(16, 21, 29)")


def test_another_tenant_has_none_of_it(visit: Visit) -> None:
    synchronised(visit)
    visit.page.get_by_label("Tenant").select_option(label="Second demo · Second user")
    visit.page.wait_for_url(f"{visit.product.url}/")
    visit.page.get_by_role("link", name="Agreements").click()
    expect(table(shown(visit))).to_contain_text("There are no agreements yet.")


def test_a_session_that_ended_is_told_by_both(visit: Visit) -> None:
    frame = synchronised(visit)
    visit.context.clear_cookies()
    frame.get_by_role("button", name="Next page").click()
    expect(table(frame).get_by_role("alert")).to_contain_text("You are signed out.")
    assert visit.notice() == "Your session has ended."
    visit.quiet = False  # the browser notes the 401


def test_a_gateway_that_is_gone_is_told_by_both(browser: Browser, apart: Apart) -> None:
    with visiting(browser, apart.product) as visit:
        frame = synchronised(visit)
        with apart.cut():
            frame.get_by_role("button", name="Next page").click()
            expect(table(frame).get_by_role("alert")).to_be_visible()
            assert visit.notice() == "The extension service cannot be reached."
        table(frame).get_by_role("button", name="Try again").click()
        expect(table(frame)).to_contain_text(counted(26, 50, 137))
        visit.quiet = False  # the browser notes the 502
