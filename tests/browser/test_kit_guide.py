"""docs/ui-kit.md: its code runs as it stands there, and its tables list what the elements have, no more and no less."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import guests
from tests.browser.hosting import SCRIPTS
from tests.browser.kit import Kit
from tests.guests.bundles import bundle_files
from tests.platform import ROOT, Platform

pytestmark = pytest.mark.needs("chromium")
GUIDE = (ROOT / "docs" / "ui-kit.md").read_text()
# The markup, and the script that comes right after it, if one does.
EXAMPLES = re.findall(r"```html\n(.*?)```(?:\n\n```js\n(.*?)```)?", GUIDE, re.DOTALL)
SECTIONS = dict(re.findall(r"### `<(alga-[\w-]+)>`\n(.*?)(?=\n##|\Z)", GUIDE, re.DOTALL))
COMMON = GUIDE.partition("## Forms")[2].partition("###")[0]
PAGE = "<!doctype html><html lang=en><meta charset=utf-8><title>guide</title><script type=module src={}.js></script>{}"
CLASS = """(tag) => {
  const element = customElements.get(tag);
  const template = document.createElement('template');
  template.innerHTML = element.template;
  const parts = [...template.content.querySelectorAll('[part]')].map((found) => found.getAttribute('part'));
  const slots = [...template.content.querySelectorAll('slot')].map((slot) => slot.name || 'default');
  return {attributes: element.observedAttributes, slots, parts};
}"""


def listed(section: str) -> set[str]:
    """The attributes of the tables in a section."""
    cells = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}


def told(section: str, what: str) -> set[str]:
    """What a line of `Slots: …` or `Parts: …` names."""
    found = re.search(rf"\b{what}: (.*?)\.(?:\s|$)", section)
    return set(re.findall(r"[\w-]+", found[1])) if found else set()


@pytest.fixture(scope="module")
def url(platform: Platform) -> str:
    """Where `<n>.html` is the n-th example."""
    pages = {}
    for at, (markup, script) in enumerate(EXAMPLES):
        pages[f"ui/{at}.html"] = PAGE.format(at, markup).encode()
        pages[f"ui/{at}.js"] = (script or "import './ui-kit.js';").encode()
    files = {"ui/index.html": b"<!doctype html>", "ui/ui-kit.js": (SCRIPTS / "ui-kit.js").read_bytes()} | pages
    version = platform.publish(bundle_files("com.example.kit-guide", guests.component("echo")) | files)
    platform.install(version)
    return f"{platform.gateway}/ext-ui/{version.name}/{version.content_hash}/"


@pytest.mark.parametrize("example", range(len(EXAMPLES)))
def test_the_examples_run(browser: Browser, url: str, example: int) -> None:
    kit = Kit(browser.new_page(), url)
    page = kit.open(f"{example}.html", "![...document.querySelectorAll('*')].some((element) => element.matches(':not(:defined)'))")
    shown = page.locator("body > :not(script, [id=sure], :has([aria-hidden]))")
    for element in shown.all():
        expect(element).to_be_visible()
    markup, script = EXAMPLES[example]
    if script:
        ACTS[markup[1:].split()[0]](page)
    page.close()
    assert kit.complaints == []


def saved(page: Page) -> None:
    page.get_by_label("Title").fill("Northwind")
    with page.expect_console_message() as message:
        page.keyboard.press("Enter")
    assert message.value.args[0].json_value() == {"title": "Northwind", "status": "draft"}
    expect(page.get_by_text("Saved.")).to_be_visible()


def searched(page: Page) -> None:
    with page.expect_console_message(lambda message: message.text == "north"):
        page.get_by_label("Search").fill("north")


def ended(page: Page) -> None:
    page.get_by_role("button", name="End the agreement").click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def turned(page: Page) -> None:
    with page.expect_console_message(lambda message: message.text == "invoices"):
        page.get_by_role("tab", name="Invoices").click()
    expect(page.get_by_text("Three are open.")).to_be_visible()


# What shows that a script works, by the element that its markup begins with.
ACTS: dict[str, Callable[[Page], None]] = {
    "alga-card": saved,
    "alga-search-input": searched,
    "alga-button": ended,
    "alga-tabs": turned,
}


def test_each_script_is_tried() -> None:
    assert len([script for _, script in EXAMPLES if script]) == len(ACTS)


@pytest.mark.parametrize("tag", SECTIONS)
def test_the_tables_are_complete(kit: Kit, tag: str) -> None:
    kit.show("<p></p>")
    has = kit.page.evaluate(CLASS, tag)
    own = {name for name in has["attributes"] if not name.startswith("aria-")}
    section = SECTIONS[tag]
    assert listed(section) | (listed(COMMON) & own) == own
    assert told(section, "Slots") == set(has["slots"])
    assert told(section, "Parts") == set(has["parts"])


def test_every_element_has_a_section(kit: Kit) -> None:
    kit.show("<p></p>")
    names = kit.page.evaluate("Object.values(kit).filter((e) => e.prototype instanceof HTMLElement).map((e) => new e().localName)")
    assert set(SECTIONS) == set(names) - {"alga-data-table"}


def test_every_token_is_listed(kit: Kit) -> None:
    kit.show("<p></p>")
    tokens = {name.removeprefix("--alga-") for name in kit.page.evaluate("Object.keys(kit.lightTokens)")}
    table = GUIDE.partition("| Tokens")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([\w-]+)`", table)) == tokens
    assert tokens == {name.removeprefix("--alga-") for name in kit.page.evaluate("Object.keys(kit.darkTokens)")}
