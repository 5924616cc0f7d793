"""`<alga-data-table>` for those who use no mouse or no screen: axe-core in each of its states, and the keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.browser.kit import Kit, violations
from tests.browser.tables import Table

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("npm")]
PAGED = "t.rows = make(10); t.pagination = {page: 2, pageSize: 10, total: 35, pageSizeOptions: [10, 25]}; "
NARROW = "t.style.width = '250px'; "
PAGE = """
  document.body.style.cssText = 'margin: 16px; color: var(--alga-fg); background: var(--alga-bg)';
  const main = document.createElement('main');
  main.append(Object.assign(document.createElement('h1'), {textContent: 'Agreements'}), t);
  document.body.append(main);
"""
# Each is a state that is written by statements.
STATES = {
    "rows": "t.rows = make(5)",
    "sorted": "t.rows = make(5); t.sort = {key: 'amount', direction: 'desc'}",
    "pages": PAGED,
    "the last page": PAGED + "t.pagination = {...t.pagination, page: 4}",
    "many rows": "t.rows = make(10_000)",
    "narrow": NARROW + PAGED,
    "open": NARROW + "t.rows = make(3); requestAnimationFrame(() => t.shadowRoot.querySelector('.opener').click())",
    "cells": "t.columns = [...t.columns, {key: 'open', header: 'Open', cell: button}]; t.rows = make(3)",
    "loading": "t.loading = true",
    "loading more": "t.rows = make(3); t.loading = true",
    "empty": "t.rows = []",
    "error": "t.error = 'The vendor does not answer.'; t.onRetry = () => {}",
    "error beside rows": "t.rows = make(3); t.error = 'The vendor does not answer.'; t.onRetry = () => {}",
}


@pytest.fixture
def table(kit: Kit) -> Table:
    return Table(kit)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(table: Table, axe: str, state: str, scheme: str) -> None:
    table.page.evaluate("(scheme) => { document.documentElement.dataset.theme = scheme; }", scheme)
    table.run(PAGE)
    table.run(STATES[state])
    assert violations(table.page, axe) == []


def test_the_keyboard_alone(table: Table) -> None:
    table.run("t.columns = [...t.columns, {key: 'open', header: 'Open', cell: button}]; t.rows = make(2);"
              "t.pagination = {page: 2, pageSize: 2, total: 6, pageSizeOptions: [2, 4]}")  # fmt: skip
    order = []
    for _ in range(9):
        table.kit.press("Tab")
        order.append(table.focused.strip("↑↓↕"))
    sizes = order.pop(4)
    assert order == ["Name", "Amount", "Open 0", "Open 1", "First page", "Previous page", "Next page", "Last page"]
    assert sizes == "24"  # the choice of sizes: its options
    table.kit.press("Enter")
    assert table.calls == [["pagechange", {"page": 3}]]
    for _ in range(8):
        table.kit.press("Shift+Tab")
    table.kit.press("Space")
    assert table.calls == [["sortchange", {"key": "name", "direction": "asc"}]]


def test_what_is_announced(table: Table) -> None:
    table.run("""
      window.said = [];
      const status = t.shadowRoot.querySelector('[role=status]');
      new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true, subtree: true});
    """)
    for step in (
        "t.loading = true",
        "t.loading = false; t.rows = make(10); t.pagination = {page: 1, pageSize: 10, total: 35}",
        "t.rows = make(10)",
        "t.sort = {key: 'name', direction: 'desc'}; t.loading = true",
        "t.loading = false; t.rows = make(10)",
        "t.rows = []; t.pagination = null",
        "t.error = 'Broken.'",
    ):
        table.run(step)
    pages = "1\u201310 of 35"
    assert table.page.evaluate("said") == ["Loading", pages, "Loading", f"{pages}, Name, descending", "No rows", ""]
    expect(table.page.get_by_role("alert")).to_contain_text("Broken.")
