"""`<alga-data-table>` with more rows than anybody draws: what is in view is right, and the focus stays where it is."""

import pytest
from playwright.sync_api import expect

from tests.browser.kit import Kit
from tests.browser.tables import Table

pytestmark = pytest.mark.needs("chromium")
MOST = 60  # drawn rows at any time, in the table's own height
COVERED = """(scroller) => {
  const top = scroller.querySelector('th').getBoundingClientRect().bottom;
  const bottom = scroller.getBoundingClientRect().top + scroller.clientTop + scroller.clientHeight;
  let at = null;
  for (const row of scroller.querySelectorAll('tbody tr:not(.gap)')) {
    const box = row.getBoundingClientRect();
    if (box.bottom <= top || box.top >= bottom) continue;
    if (at === null ? box.top > top + 1 : Math.abs(box.top - at) > 1) return false;
    at = box.bottom;
  }
  return at !== null && at >= bottom - 1;
}"""
PLACE = """(scroller, index) => [...scroller.querySelectorAll('tbody tr')].find((row) => row.ariaRowIndex === String(index))
  ?.getBoundingClientRect().top"""
TALL = """
  const lines = (row) => {
    const all = document.createElement('div');
    for (let line = 0; line <= row.id % 5; line += 1) all.append(`line ${line}`, document.createElement('br'));
    return all;
  };
  t.columns = [...t.columns, {key: 'lines', header: 'Lines', cell: lines}];
  t.rows = make(10_000);
"""


@pytest.fixture
def table(kit: Kit) -> Table:
    return Table(kit)


def covered(table: Table) -> bool:
    """Whether rows, one after the other and nothing else, are in the whole view."""
    told: bool = table.scroller.evaluate(COVERED)
    return told


@pytest.mark.parametrize("rows", ["t.rows = make(10_000)", TALL], ids=["one line each", "one to five lines"])
def test_ten_thousand_rows(table: Table, rows: str) -> None:
    table.run(rows)
    expect(table.page.get_by_role("table")).to_have_attribute("aria-rowcount", "10001")
    height = table.scroller.evaluate("(scroller) => scroller.scrollHeight")
    assert height > 10_000 * 40
    for part in (0, 0.1, 0.1003, 0.5, 0.9, 1, 0.7, 0.2, 0):
        table.scroll(part * height)
        seen, drawn = table.seen, table.drawn
        assert covered(table), f"at {part}"
        assert len(drawn) <= MOST
        assert seen == list(range(seen[0], seen[0] + len(seen)))
        names = dict(zip(drawn, table.column("Name"), strict=True))
        assert [names[index] for index in seen] == [f"Agreement {index - 2}" for index in seen]
        if rows != TALL:
            assert abs(seen[0] - 2 - part * 10_000) < 20
    assert table.seen[0] == 2
    table.scroll(10 * height)
    assert table.seen[-1] == 10_001
    assert covered(table)
    assert len(table.page.evaluate("[...t.children]")) <= MOST, "children of rows that are gone are gone"


def test_what_is_read_does_not_jump_when_the_rows_above_turn_out_taller(table: Table) -> None:
    table.run(TALL)
    table.scroll(200_000)
    for _ in range(30):
        index = table.seen[2]
        before = table.scroller.evaluate(PLACE, index)
        table.scroller.evaluate("(scroller) => { scroller.scrollTop -= 70; }")
        table.run("")
        assert abs(table.scroller.evaluate(PLACE, index) - before - 70) <= 1


def test_the_place_stays_when_rows_change(table: Table) -> None:
    table.run(TALL)
    table.scroll(300_000)
    first = table.seen[0]
    table.run("t.rows = make(10_000).map((row) => ({...row, name: 'changed'}))")
    assert (table.seen[0], set(table.column("Name"))) == (first, {"changed"})
    table.run("t.rows = make(300)")
    assert table.seen[-1] == 301
    assert covered(table)


def test_the_container_decides_how_high_it_is(table: Table) -> None:
    table.run("t.rows = make(10_000)")
    high = table.run("return t.offsetHeight")
    assert 300 < high < 800
    table.run("document.body.style.cssText = 'margin: 0; height: 900px'; t.style.cssText = 'height: 100%; max-height: none'")
    assert table.run("return t.offsetHeight") == 900
    more = len(table.seen)
    assert covered(table)
    table.run("document.body.style.height = '150px'")
    assert table.run("return t.offsetHeight") == 150
    assert covered(table)
    assert len(table.seen) < more


def test_a_short_table_is_as_high_as_its_rows(table: Table) -> None:
    table.run("t.rows = make(100)")
    assert len(table.drawn) == 100
    assert table.scroller.evaluate("(scroller) => [scroller.scrollHeight - scroller.clientHeight, scroller.tabIndex]") == [0, -1]
    table.run("t.rows = make(101)")
    assert len(table.drawn) <= MOST
    assert table.scroller.evaluate("(scroller) => [scroller.scrollHeight > scroller.clientHeight, scroller.tabIndex]") == [True, 0]


def test_it_is_drawn_when_it_comes_into_view(table: Table) -> None:
    table.run("t.hidden = true; t.rows = make(10_000)")
    table.run("t.hidden = false")
    assert covered(table)
    table.scroll(100_000)
    table.run("const old = t; old.remove(); old.rows = make(5_000); document.body.append(old)")
    assert covered(table)
    expect(table.page.get_by_role("table")).to_have_attribute("aria-rowcount", "5001")


WITH_BUTTONS = "t.columns = [...t.columns, {key: 'open', header: 'Open', cell: button}]; t.rows = make(10_000)"


@pytest.mark.parametrize("distance", [2_000, 200_000])
def test_the_focus_stays_at_its_row_however_far_it_is_scrolled(table: Table, distance: int) -> None:
    table.run(WITH_BUTTONS)
    table.page.get_by_role("button", name="Open 5", exact=True).focus()
    table.scroll(distance)
    assert table.focused == "Open 5"
    assert covered(table)
    assert len(table.drawn) <= MOST + 3
    assert 7 not in table.seen
    table.kit.press("Tab")
    table.run("")
    assert table.focused == "Open 6"
    assert 8 in table.seen, "where the focus is can be seen"
    table.kit.press("Shift+Tab", "Shift+Tab")
    table.run("")
    assert table.focused == "Open 4"
    for _ in range(40):
        table.kit.press("Tab")
    table.run("")
    assert table.focused == "Open 44"
    assert 46 in table.seen


def test_the_focus_stays_at_its_row_when_rows_come_anew(table: Table) -> None:
    table.run(WITH_BUTTONS)
    table.page.get_by_role("button", name="Open 5", exact=True).focus()
    table.run("t.rows = make(10_000).reverse()")
    assert table.focused == "Open 5"
    assert 9_996 in table.drawn
    table.run("t.rows = make(3)")
    assert table.focused == "scroller", "the row is gone"


def test_without_ids_rows_are_told_apart_by_what_the_program_says(table: Table) -> None:
    table.run("t.rowKey = (row) => row.code; t.columns = [{key: 'open', header: 'Open', cell: (row) => button({id: row.code})}];"
              "t.rows = ['a', 'b', 'c'].map((code) => ({code}))")  # fmt: skip
    table.page.get_by_role("button", name="Open b").focus()
    table.run("t.rows = ['c', 'b'].map((code) => ({code}))")
    assert table.focused == "Open b"


def test_the_keyboard_scrolls(table: Table) -> None:
    table.run("t.rows = make(10_000)")
    table.scroller.focus()
    table.kit.press("End")
    expect(table.page.locator("[aria-rowindex='10001'] td")).to_have_count(3)
    table.run("")
    assert table.seen[-1] == 10_001
    table.kit.press("Home")
    expect(table.page.locator("[aria-rowindex='2'] td")).to_have_count(3)
    table.run("")
    assert table.seen[0] == 2
