"""The page of `samples/agreements` in a frame of a host application: lists, searches, synchronises, and says what went wrong."""

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Literal

import pytest
from playwright.sync_api import Frame, Locator, Route, expect

from gen.alga.registry.v1 import extension_pb2
from tests.agreements import TOKEN, Agreements, installed, published, settings
from tests.browser.hosting import Extension, HostApplication, Stage
from tests.browser.kit import violations
from tests.host.product import Product
from tests.platform import Platform, running

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("npm")]
_numbers = itertools.count()
counted = "{}\N{EN DASH}{} of {}".format


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """Has the vendor's API."""
    with Product([], vendor_token=TOKEN).running() as product:
        yield product


@pytest.fixture(scope="module")
def platform(product: Product) -> Iterator[Platform]:
    with running("--empty", settings=settings(product.url)) as platform:
        yield platform


@pytest.fixture(scope="module")
def version(platform: Platform, product: Product) -> extension_pb2.Version:
    return published(platform, product.url)


@pytest.fixture(scope="module")
def extension(platform: Platform, version: extension_pb2.Version) -> Extension:
    return Extension(version.name, version.content_hash, platform.gateway)


@pytest.fixture(scope="module")
def application(platform: Platform) -> Iterator[HostApplication]:
    with closing(HostApplication(platform)) as application:
        yield application


@pytest.fixture
def agreements(application: HostApplication, platform: Platform, version: extension_pb2.Version, product: Product) -> Agreements:
    """An install of a tenant that nobody had before, which the host application calls for."""
    made = installed(platform, version, f"tenant-{next(_numbers)}", product.url)
    application.key = platform.caller(made.tenant)
    return made


@pytest.fixture(scope="module")
def filled(platform: Platform, version: extension_pb2.Version, product: Product) -> Agreements:
    """An install that has the vendor's 137 agreements, and will have no others."""
    made = installed(platform, version, "filled", product.url)
    assert made.sync().status == 200
    return made


@pytest.fixture
def synced(application: HostApplication, platform: Platform, filled: Agreements) -> Agreements:
    """The same, and the host application calls for its tenant."""
    application.key = platform.caller(filled.tenant)
    return filled


BUILD = """async ([name, hash, path, base]) =>
  (await import('/host-bridge.js')).buildExtUiSrc(name, hash, path, {publicBaseOverride: base})"""


WIDE = """if (top === self) addEventListener('DOMContentLoaded', () => document.head.append(
  Object.assign(document.createElement('style'), {textContent: 'iframe { width: 100% }'})))"""


def opened(stage: Stage, path: str = "/", **given: object) -> Frame:
    """The extension's page at a path of its own. The host's page has the paths that it hears of as `paths`."""
    stage.page.add_init_script(WIDE)
    stage.open()
    extension = stage.extension
    src = stage.page.evaluate(BUILD, [extension.name, extension.content_hash, path, extension.base])
    return stage.connect(src=src, onNavigate=True, **given)


def rows(frame: Frame) -> Locator:
    return frame.locator("alga-data-table tbody tr")


def table(frame: Frame) -> Locator:
    return frame.locator("alga-data-table")


def names(frame: Frame) -> list[str]:
    return [text.strip() for text in frame.locator("alga-data-table a").all_inner_texts()]


def told(stage: Stage) -> list[str]:
    """The paths that the frame told its host."""
    return list(stage.page.evaluate("window.paths"))


def listed(stage: Stage) -> list[str]:
    """The queries of the lists that were asked for."""
    return [one.partition("?")[2] for one in stage.application.relayed if "/agreements?" in one]


def test_the_first_sync_fills_the_empty_list(stage: Stage, agreements: Agreements) -> None:
    frame = opened(stage)
    expect(table(frame)).to_contain_text("Choose Synchronise to fetch them from the vendor.")
    expect(frame.locator("#synced")).to_have_text("Not synchronised yet")
    frame.get_by_role("button", name="Synchronise").click()
    expect(frame.locator("#outcome")).to_contain_text("137 added, 0 changed, 0 removed: 137 agreements.")
    expect(rows(frame)).to_have_count(25)
    expect(frame.locator("#synced")).to_contain_text("Last synchronised")
    frame.get_by_role("button", name="Synchronise").click()
    expect(frame.locator("#outcome")).to_contain_text("Nothing has changed: 137 agreements.")


def test_a_sync_that_goes_on_is_shown_and_not_begun_twice(stage: Stage, agreements: Agreements) -> None:
    waiting: list[Route] = []
    stage.page.route("**/agreements/sync", lambda route: waiting.append(route))
    frame = opened(stage)
    button = frame.get_by_role("button", name="Synchronise")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(frame.locator("#outcome")).to_contain_text("Fetching agreements from the vendor")
    button.click(force=True)
    while not waiting:
        stage.page.wait_for_timeout(10)
    assert len(waiting) == 1
    waiting[0].continue_()
    expect(frame.locator("#outcome")).to_contain_text("137 added")
    expect(button).not_to_have_attribute("aria-busy", "true")


def test_the_server_sorts_pages_and_searches_and_the_host_is_told_where(stage: Stage, synced: Agreements) -> None:
    frame = opened(stage)
    expect(rows(frame)).to_have_count(25)
    assert names(frame) == [one["name"] for one in synced.list()["data"]]

    frame.get_by_role("button", name="Client").click()
    expect(frame.get_by_role("columnheader", name="Client")).to_have_attribute("aria-sort", "ascending")
    frame.get_by_role("button", name="Client").click()
    expect(frame.get_by_role("columnheader", name="Client")).to_have_attribute("aria-sort", "descending")
    expect(rows(frame).first).to_contain_text("Paper Kite")
    frame.get_by_role("button", name="Next page").click()
    expect(table(frame)).to_contain_text(counted(26, 50, 137))
    frame.get_by_role("searchbox").fill("GREEN")
    expect(table(frame)).to_contain_text(counted(1, 19, 19))
    expect(rows(frame).first).to_contain_text("Green Garden")
    frame.get_by_role("combobox", name="Rows per page").select_option("10")
    expect(table(frame)).to_contain_text(counted(1, 10, 19))
    frame.get_by_role("searchbox").fill("nobody")
    expect(table(frame)).to_contain_text("No agreement has “nobody” in its name, client, id or status.")

    base = "page={}&pageSize={}&sort={}&order={}&filter={}".format
    assert listed(stage) == [
        base(1, 25, "name", "asc", ""),
        base(1, 25, "client", "asc", ""),
        base(1, 25, "client", "desc", ""),
        base(2, 25, "client", "desc", ""),
        base(1, 25, "client", "desc", "GREEN"),
        base(1, 10, "client", "desc", "GREEN"),
        base(1, 10, "client", "desc", "nobody"),
    ]
    assert told(stage)[-1] == "/?pageSize=10&sort=client&order=desc&filter=nobody"


def test_one_agreement_has_a_page_and_a_way_back(stage: Stage, synced: Agreements) -> None:
    frame = opened(stage, "/?page=2&pageSize=10")
    first = synced.list("?page=2&pageSize=10")["data"][0]
    frame.locator("alga-data-table a").first.click()
    title = frame.get_by_role("heading", name=first["name"])
    expect(title).to_be_visible()
    expect(title).to_be_focused()
    expect(frame.locator("#about")).to_contain_text(first["client"])
    expect(frame.locator("#about")).to_contain_text(first["id"])
    assert told(stage) == [f"/agreements/{first['id']}"]
    frame.get_by_role("link", name="All agreements").click()
    expect(frame.get_by_role("heading", name="Agreements")).to_be_focused()
    expect(table(frame)).to_contain_text(counted(11, 20, 137))
    stage.page.evaluate("history.back()")
    expect(title).to_be_visible()
    expect(table(frame)).not_to_be_visible()
    assert told(stage)[1:] == ["/?page=2&pageSize=10", f"/agreements/{first['id']}"]


def test_links_lead_deep(stage: Stage, synced: Agreements) -> None:
    frame = opened(stage, "/agreements/AGR-1009")
    wanted = synced.call("/AGR-1009").json()
    expect(frame.get_by_role("heading", name=wanted["name"])).to_be_visible()
    expect(frame.locator("#about")).to_contain_text("Open-ended")
    assert told(stage) == []  # the host knows where it opened the page

    frame = opened(stage, "/?filter=expired&sort=monthlyFee&order=desc")
    expect(frame.get_by_role("searchbox")).to_have_value("expired")
    expect(frame.get_by_role("columnheader", name="Monthly fee")).to_have_attribute("aria-sort", "descending")
    expect(frame.locator("alga-data-table alga-badge")).to_have_text(["expired"] * 20)
    frame.get_by_role("searchbox").fill("")
    expect(table(frame)).to_contain_text(counted(1, 25, 137))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/?page=99", counted(126, 137, 137)),  # there are not so many any more: the last one
        ("/?page=0&pageSize=7&sort=fee&order=up", counted(1, 25, 137)),
        ("/nowhere", counted(1, 25, 137)),
    ],
)
def test_a_path_that_is_none_leads_near(stage: Stage, synced: Agreements, path: str, wanted: str) -> None:
    expect(table(opened(stage, path))).to_contain_text(wanted)


def test_an_agreement_that_is_gone_is_told(stage: Stage, synced: Agreements) -> None:
    stage.quiet = False
    frame = opened(stage, "/agreements/AGR-1")
    expect(frame.locator("#about alga-alert[variant=danger]")).to_contain_text("There is no such agreement.")
    expect(frame.get_by_role("button", name="Try again")).to_have_count(0)
    frame.get_by_role("link", name="All agreements").click()
    expect(rows(frame)).to_have_count(25)


def test_it_looks_as_the_host_does(stage: Stage, synced: Agreements) -> None:
    frame = opened(stage, themeTokens={"--alga-bg": "#102030", "--alga-fg": "#f0f0f0"})
    expect(frame.locator("body")).to_have_css("background-color", "rgb(16, 32, 48)")
    expect(frame.locator("h1").first).to_have_css("color", "rgb(240, 240, 240)")
    stage.page.evaluate("bridge.setTheme({'--alga-bg': '#ffffff', '--alga-fg': '#101010'})")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(rows(frame)).to_have_count(25)
    stage.page.wait_for_function("parseInt(iframe.style.height) > 800")  # it asked for the height of its content


def test_a_vendor_that_is_down_is_told_and_the_list_stays(stage: Stage, synced: Agreements, product: Product) -> None:
    stage.quiet = False
    frame = opened(stage)
    expect(rows(frame)).to_have_count(25)
    with product.away():
        frame.get_by_role("button", name="Synchronise").click()
        expect(frame.locator("#outcome alga-alert[variant=danger]")).to_have_text(
            "The vendor does not answer. Nothing was changed. Try again in a few minutes."
        )
    expect(rows(frame)).to_have_count(25)
    frame.get_by_role("button", name="Synchronise").click()
    expect(frame.locator("#outcome")).to_contain_text("Nothing has changed")


def test_who_is_signed_out_is_told(stage: Stage, synced: Agreements, application: HostApplication) -> None:
    stage.quiet = False
    application.key, key = "alga_nobody", application.key
    frame = opened(stage)
    alert = table(frame).get_by_role("alert")
    expect(alert).to_contain_text("You are signed out. Sign in again, then reload this page.")
    application.key = key
    table(frame).get_by_role("button", name="Try again").click()
    expect(rows(frame)).to_have_count(25)
    expect(alert).not_to_be_visible()


def test_who_is_offline_is_told(stage: Stage, synced: Agreements) -> None:
    stage.quiet = False
    frame = opened(stage)
    expect(rows(frame)).to_have_count(25)
    stage.page.context.set_offline(True)
    frame.get_by_role("button", name="Next page").click()
    expect(table(frame).get_by_role("alert")).to_contain_text("There is no connection. Check your network, then try again.")
    stage.page.context.set_offline(False)
    table(frame).get_by_role("button", name="Try again").click()
    expect(table(frame)).to_contain_text(counted(26, 50, 137))


FAILED = "The service has failed. Try again in a minute; if it goes on, tell your administrator."


@pytest.mark.parametrize(
    ("status", "type_", "body", "wanted"),
    [
        (500, "text/html", "<h1>Traceback</h1>", FAILED),
        (502, "application/problem+json", json.dumps({"code": "guest_trapped", "detail": "wasm"}), FAILED),
        (
            503,
            "application/json",
            json.dumps({"code": "storage_unavailable", "detail": "Storage is away. Wait."}),
            "Storage is away. Wait.",
        ),
        (403, "application/problem+json", json.dumps({"code": "forbidden", "detail": "x"}), "You may not do this."),
        (504, "application/problem+json", "{}", "There was no answer in time."),
        (200, "application/json", "<html>", FAILED),
    ],
)
def test_failures_are_told_in_words_of_users(
    stage: Stage, synced: Agreements, status: int, type_: str, body: str, wanted: str
) -> None:
    stage.quiet = False
    asked = re.compile(r"/agreements(\?|/AGR)")
    stage.page.route(asked, lambda route: route.fulfill(status=status, content_type=type_, body=body))
    for path in ("/", "/agreements/AGR-1001"):
        frame = opened(stage, path)
        where = table(frame) if path == "/" else frame.locator("#about alga-alert[variant=danger]")
        expect(where).to_contain_text(wanted)
        assert "Traceback" not in frame.locator("body").inner_text()
    stage.page.unroute(asked)
    frame.get_by_role("button", name="Try again").filter(visible=True).click()
    expect(frame.locator("#about")).to_contain_text("AGR-1001")


def test_it_fits_a_narrow_page_and_the_keyboard_operates_it(stage: Stage, synced: Agreements) -> None:
    stage.page.set_viewport_size({"width": 400, "height": 800})
    frame = opened(stage)
    expect(rows(frame)).to_have_count(25)
    assert frame.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    keyboard = stage.page.keyboard
    frame.get_by_role("button", name="Synchronise").focus()
    keyboard.press("Enter")
    expect(frame.locator("#outcome")).to_contain_text("Nothing has changed")
    keyboard.press("Tab")
    expect(frame.get_by_role("searchbox")).to_be_focused()
    keyboard.type("green")
    keyboard.press("Enter")
    expect(table(frame)).to_contain_text(counted(1, 19, 19))
    frame.locator("alga-data-table a").first.focus()
    keyboard.press("Enter")
    expect(frame.locator("#about")).to_contain_text("Green Garden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(stage: Stage, synced: Agreements, axe: str, scheme: Literal["light", "dark"]) -> None:
    stage.quiet = False
    stage.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    frame = opened(stage)
    expect(rows(frame)).to_have_count(25)
    frame.get_by_role("button", name="Synchronise").click()
    expect(frame.locator("#outcome")).to_contain_text("Nothing has changed")
    assert violations(frame, axe) == []
    frame = opened(stage, "/agreements/AGR-1001")
    expect(frame.locator("#about")).to_contain_text("Monthly fee")
    assert violations(frame, axe) == []
    frame = opened(stage, "/agreements/AGR-1")
    expect(frame.locator("#about alga-alert")).to_be_visible()
    assert violations(frame, axe) == []
