"""The gallery: every element of the kit, without a violation that axe-core finds, in both themes, and by keyboard alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.kit import GALLERY, Kit, violations
from tests.platform import ROOT

SDK = ROOT / "sdk"
CONTROLS = "alga-button, alga-input, alga-select, alga-search-input, alga-checkbox, alga-switch, alga-tab[aria-selected=true]"
pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("npm")]


@pytest.fixture(params=["light", "dark"])
def gallery(browser: Browser, kit_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(color_scheme=request.param, reduced_motion="reduce")
    kit = Kit(context.new_page(), kit_url)
    yield kit.open("index.html", "document.documentElement.dataset.ready")
    context.close()
    assert not kit.complaints, kit.complaints


def test_it_shows_every_element(gallery: Page) -> None:
    defined = set()
    for source in (SDK / "ui-kit").rglob("*.ts"):
        defined |= {f"alga-{name}" for name in re.findall(r"^define\('([\w-]+)'", source.read_text(), re.MULTILINE)}
    assert len(defined) >= 19
    shown = set(gallery.evaluate("[...document.querySelectorAll('*')].map(({localName}) => localName)"))
    assert defined - shown == set()


def test_nothing_is_wider_than_a_narrow_window(gallery: Page) -> None:
    gallery.set_viewport_size({"width": 360, "height": 800})
    assert gallery.evaluate("document.documentElement.scrollWidth") <= 360


def test_axe_finds_nothing(gallery: Page, axe: str) -> None:
    assert violations(gallery, axe) == []


def test_axe_finds_nothing_in_what_opens(gallery: Page, axe: str) -> None:
    gallery.get_by_role("button", name="With a tooltip").focus()
    expect(gallery.get_by_role("tooltip")).to_be_visible()
    assert violations(gallery, axe) == []
    gallery.get_by_role("button", name="Open a dialog").click()
    expect(gallery.get_by_role("dialog")).to_be_visible()
    assert violations(gallery, axe) == []


def test_axe_finds_nothing_in_what_is_wrong(gallery: Page, axe: str) -> None:
    for element in ["alga-input", "alga-select", "alga-checkbox"]:
        gallery.locator(f"{element}[required]").first.evaluate("(element) => element.checkValidity()")
    expect(gallery.get_by_text("Please fill out this field.")).to_be_visible()
    assert violations(gallery, axe) == []


def test_the_keyboard_reaches_everything(gallery: Page) -> None:
    select = f":is({CONTROLS}):not([disabled], alga-dialog *, [hidden] *)"
    wanted = gallery.evaluate("(select) => (window.wanted = [...document.querySelectorAll(select)]).length", select)
    reached = set()
    for _ in range(wanted * 2):
        gallery.keyboard.press("Tab")
        reached.add(gallery.evaluate("wanted.indexOf(document.activeElement)"))
    assert reached >= set(range(wanted))


def test_theme_and_direction_are_chosen(gallery: Page) -> None:
    gallery.get_by_label("Theme").select_option("dark")
    expect(gallery.locator("body")).to_have_css("background-color", "rgb(15, 18, 24)")
    gallery.get_by_label("Theme").select_option("light")
    expect(gallery.locator("body")).to_have_css("background-color", "rgb(247, 248, 250)")
    gallery.get_by_label("Direction").select_option("rtl")
    assert gallery.evaluate("document.documentElement.scrollWidth") <= 1280


def test_it_needs_no_other_file(gallery: Page) -> None:
    loaded = {
        name.rpartition("/")[2] for name in gallery.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    }
    assert loaded - {"favicon.ico"} == {"gallery.css", "gallery.js", "ui-kit.js"}
    assert not re.search(r"\bstyle=|<style|<script(?! type=\"module\" src)", (GALLERY / "index.html").read_text())
