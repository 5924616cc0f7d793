"""What tests of the UI kit stand on: a page that the gateway serves, under its policy and in its sandbox, with elements in it."""

from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import ConsoleMessage, Frame, Locator, Page

from tests.platform import ROOT

GALLERY: Final = ROOT / "sdk" / "ui-kit" / "gallery"
BLANK: Final = b"<!doctype html><html lang=en><meta charset=utf-8><title>kit</title><script type=module src=blank.js></script>"
# Puts the markup into the page, and keeps what is heard of the events, with their details and what their targets hold, in `heard`.
SHOW: Final = """([markup, events]) => {
  document.body.innerHTML = markup;
  window.heard = [];
  for (const name of events) document.body.addEventListener(name, (event) => {
    if (name === 'submit') event.preventDefault();
    window.heard.push([name, event.detail?.constructor === Object ? event.detail : event.target.value ?? null]);
  });
}"""

# What axe-core, which is in the page already, finds wrong with it.
CHECK: Final = """async () => {
  const { violations } = await axe.run(document, {resultTypes: ['violations']});
  return violations.flatMap(({id, nodes}) => nodes.map((node) => [id, node.target.flat().join(' '), node.failureSummary]));
}"""


def violations(page: Page | Frame, axe: str) -> list[Any]:
    """What axe-core finds in the page; `axe` is its text."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(axe)
    found: list[Any] = page.evaluate(CHECK)
    return found


@dataclass
class Kit:
    """A page; what it complains of in its console fails the test."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        def listen(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.complaints.append(message.text)

        self.page.on("console", listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, file: str, wait_for: str) -> Page:
        self.page.goto(self.url + file)
        self.wait(wait_for)
        return self.page

    def wait(self, condition: str) -> None:
        """Until an expression is true; Playwright's own way needs `eval`, which the page's policy forbids."""
        self.page.evaluate(f"new Promise((done) => {{ const ask = () => ({condition}) ? done() : setTimeout(ask, 10); ask(); }})")

    def show(self, markup: str, *events: str) -> Locator:
        """Answers the first element of the markup."""
        page = self.open("blank.html", "window.kit")
        page.evaluate(SHOW, [markup, list(events)])
        return page.locator("body > *").first

    @property
    def heard(self) -> list[list[Any]]:
        """Name and detail of each event, or the value of its target, since the last time.

        Asked after one turn of timers: a button acts in the turn after its click, when the page's listeners have had their say.
        """
        heard: list[list[Any]] = self.page.evaluate("new Promise((resolve) => setTimeout(() => resolve(heard.splice(0))))")
        return heard

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def focused(self) -> str | None:
        """The id of the element that has the focus."""
        told: str | None = self.page.evaluate("document.activeElement?.id || null")
        return told
