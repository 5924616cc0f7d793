"""What tests of the data table stand on: a table in a blank page of the kit, and what can be read of it."""

from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Locator, Page

from tests.browser.kit import Kit

EVENTS: Final = ("sortchange", "pagechange", "pagesizechange", "retry")
# `make(n, from)` makes rows; `calls` has what the table called and told, since the last look.
PREPARE: Final = """(events) => {
  window.t = document.querySelector('alga-data-table');
  window.calls = [];
  window.told = (name) => (...values) => { calls.push([name, ...values]); };
  for (const name of events) document.body.addEventListener(name, (event) => { calls.push([name, event.detail]); });
  window.make = (count, from = 0) => Array.from({length: count}, (_, place) => {
    const id = from + place;
    return {id, name: `Agreement ${id}`, customer: ['Acme', 'Globex', 'Initech'][id % 3], amount: (id * 7919) % 1000};
  });
  window.button = (row) => {
    const button = document.createElement('button');
    button.textContent = `Open ${row.id}`;
    return button;
  };
  t.columns = [
    {key: 'name', header: 'Name', sortable: true, alwaysShow: true},
    {key: 'customer', header: 'Customer', priority: 30},
    {key: 'amount', header: 'Amount', sortable: true, align: 'end', priority: 20},
  ];
}"""
SETTLE: Final = "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"


@dataclass
class Table:
    """`<alga-data-table label="Agreements">` with the columns Name, Customer and Amount, and no rows yet."""

    kit: Kit

    def __post_init__(self) -> None:
        self.kit.show("<alga-data-table label=Agreements></alga-data-table>")
        self.page.evaluate(PREPARE, list(EVENTS))

    @property
    def page(self) -> Page:
        return self.kit.page

    @property
    def scroller(self) -> Locator:
        return self.page.get_by_role("region", name="Agreements")

    @property
    def status(self) -> Locator:
        return self.page.get_by_role("status")

    def run(self, script: str, argument: Any = None) -> Any:
        """Run statements, with the table as `t`, and wait until what they changed is drawn. Answers what they return."""
        return self.page.evaluate(
            f"async (given) => {{ const answer = (() => {{ {script} }})(); await {SETTLE}; return answer; }}", argument
        )

    @property
    def calls(self) -> list[list[Any]]:
        calls: list[list[Any]] = self.page.evaluate("calls.splice(0)")
        return calls

    def column(self, name: str) -> list[str]:
        """What the drawn rows have in that column."""
        headers = [header.split("\n")[0] for header in self.page.locator("thead th").all_inner_texts()]
        place = [header.strip(" ↑↓↕") for header in headers].index(name) + 1
        cells = self.page.locator(f"tbody tr:not(.gap) > :nth-child({place})")
        told: list[str] = cells.evaluate_all(
            "(all) => all.map((c) => (c.querySelector('slot')?.assignedElements()[0] ?? c).textContent)"
        )
        return told

    @property
    def drawn(self) -> list[int]:
        """`aria-rowindex` of the drawn rows."""
        told: list[int] = self.page.locator("tbody tr:not(.gap)").evaluate_all(
            "(all) => all.map((row) => Number(row.ariaRowIndex))"
        )
        return told

    @property
    def seen(self) -> list[int]:
        """`aria-rowindex` of the rows that are in view, below the header."""
        told: list[int] = self.scroller.evaluate("""(scroller) => {
          const {bottom} = scroller.getBoundingClientRect();
          const top = scroller.querySelector('th').getBoundingClientRect().bottom;
          const rows = [...scroller.querySelectorAll('tbody tr:not(.gap)')];
          const seen = (row) => row.getBoundingClientRect().bottom > top && row.getBoundingClientRect().top < bottom;
          return rows.filter(seen).map((row) => Number(row.ariaRowIndex));
        }""")
        return told

    def scroll(self, top: float) -> None:
        self.scroller.evaluate(f"async (scroller, top) => {{ scroller.scrollTop = top; await {SETTLE}; }}", top)

    @property
    def focused(self) -> str:
        """The name, or the text, of what has the focus, in the shadow too."""
        told: str = self.page.evaluate("""() => {
          let active = document.activeElement;
          while (active.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
          return active === document.body ? '' : active.id || active.ariaLabel || active.textContent;
        }""")
        return told
