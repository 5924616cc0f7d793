"""`<alga-data-table>` where not all columns have room: the least important go below their rows, and nothing is lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.kit import Kit
from tests.browser.tables import Table

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def table(kit: Kit) -> Table:
    table = Table(kit)
    table.run("t.rows = make(3); t.style.width = '300px'")
    return table


def headers(table: Table) -> list[str]:
    return [text.strip("↑↓↕") for text in table.page.get_by_role("columnheader").all_text_contents()]


def test_columns_go_by_their_priority_and_come_back(table: Table) -> None:
    assert headers(table) == ["Details", "Name", "Amount"]
    table.run("t.style.width = '250px'")
    assert headers(table) == ["Details", "Name"]
    table.run("t.style.width = '800px'")
    assert headers(table) == ["Name", "Customer", "Amount"]
    assert table.page.get_by_role("button", name="Details").count() == 0
    table.run("t.minColumnWidth = 300")
    assert headers(table) == ["Details", "Name", "Amount"]


def test_what_has_no_room_opens_below_its_row(table: Table) -> None:
    table.run("t.columns = t.columns.map((one) => one.key === 'customer' ? {...one, cell: button} : one)")
    opener = table.page.get_by_role("button", name="Details: Agreement 1")
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(table.page.get_by_role("button", name="Open 1")).to_be_hidden()
    opener.focus()
    table.kit.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(table.page.get_by_role("term")).to_have_text(["Customer"])
    table.kit.press("Tab")
    assert table.focused == "Open 1"
    assert table.drawn == [2, 3, 4], "it stays one row"
    width = table.page.locator("dl").nth(1).evaluate("(list) => list.getBoundingClientRect().width")
    assert 270 < width <= 300
    assert table.scroller.evaluate("(scroller) => scroller.scrollWidth - scroller.clientWidth") == 0
    opener.press("Space")
    expect(table.page.get_by_role("button", name="Open 1")).to_be_hidden()


def test_the_opener_says_whose_details_it_opens_where_the_name_is_a_node(table: Table) -> None:
    table.run("t.columns = t.columns.map((one, place) => place === 0 ? {...one, cell: button} : one)")
    expect(table.page.get_by_role("button", name="Details: Open 1", exact=True)).to_be_visible()


def test_an_open_row_stays_open_until_another_page(table: Table) -> None:
    opener = table.page.get_by_role("button", name="Details: Agreement 1")
    opener.click()
    table.run("t.rows = make(3)")
    expect(opener).to_have_attribute("aria-expanded", "true")
    assert table.focused == "Details: Agreement 1"
    table.run("t.pagination = {page: 2, pageSize: 3, total: 9}; t.rows = make(3)")
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_columns_without_room_still_sort(table: Table) -> None:
    sort = table.page.get_by_label("Sort by")
    expect(sort).to_be_hidden()
    table.run("t.style.width = '250px'")
    expect(sort.locator("option")).to_have_text(
        ["Not sorted", "Name, ascending", "Name, descending", "Amount, ascending", "Amount, descending"]
    )
    sort.select_option("Amount, descending")
    assert table.calls == [["sortchange", {"key": "amount", "direction": "desc"}]]
    assert table.column("Name") == ["Agreement 1", "Agreement 2", "Agreement 0"]
    expect(sort.locator("option:checked")).to_have_text("Amount, descending")
    table.run("t.style.width = '800px'")
    expect(sort).to_be_hidden()
    expect(table.page.get_by_role("columnheader", name="Amount")).to_have_attribute("aria-sort", "descending")


def test_columns_that_may_not_go_are_scrolled(table: Table) -> None:
    table.run("t.columns = t.columns.map((one) => ({...one, alwaysShow: true}))")
    assert headers(table) == ["Name", "Customer", "Amount"]
    assert table.scroller.evaluate("(scroller) => [scroller.scrollWidth >= 360, scroller.tabIndex]") == [True, 0]


def test_widths(table: Table) -> None:
    table.run(
        "t.style.width = '900px'; t.columns = t.columns.map((one, place) => ({...one, width: [500, '20%', undefined][place]}))"
    )
    widths = table.page.locator("thead th").evaluate_all(
        "(all) => all.map((cell) => Math.round(cell.getBoundingClientRect().width))"
    )
    assert widths[0] == 500
    assert abs(widths[1] - 0.2 * sum(widths)) <= 2
    table.run("t.style.width = '560px'")
    assert headers(table) == ["Details", "Name"]


def test_the_focus_on_a_header_stays_while_columns_come_and_go(table: Table) -> None:
    table.page.get_by_role("button", name="Name", exact=True).focus()
    table.run("t.style.width = '800px'")
    assert table.focused.startswith("Name")


def test_opening_rows_of_many(table: Table) -> None:
    table.run("t.rows = make(10_000)")
    for place in (0, 3):
        table.page.get_by_role("button", name=f"Details: Agreement {place}", exact=True).click()
    table.scroll(150_000)
    table.scroll(0)
    opened = table.page.locator(".opener[aria-expanded=true]")
    expect(opened).to_have_count(2)
    assert table.seen[:5] == [2, 3, 4, 5, 6]
