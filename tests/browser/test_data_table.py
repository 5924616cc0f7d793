"""`<alga-data-table>`: what it shows, how it sorts and pages, and what it says while it loads and when that failed."""

import urllib.parse
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.hosting import SCRIPTS, HostApplication
from tests.browser.kit import BLANK, Kit
from tests.browser.tables import Table

pytestmark = pytest.mark.needs("chromium")
STRICT = "'none'; default-src 'none'; script-src 'self'; style-src 'none'; img-src data:"  # after frame-src
EVIL = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>\"'>"


@pytest.fixture
def table(kit: Kit) -> Table:
    return Table(kit)


def test_rows_and_columns(table: Table) -> None:
    table.run("t.rows = make(3)")
    expect(table.page.get_by_role("table", name="Agreements")).to_have_attribute("aria-rowcount", "4")
    expect(table.page.get_by_role("columnheader")).to_have_text(["Name↕", "Customer", "Amount↕"])
    assert table.column("Name") == ["Agreement 0", "Agreement 1", "Agreement 2"]
    assert table.column("Amount") == ["0", "919", "838"]
    assert table.drawn == [2, 3, 4]
    assert table.page.locator("tbody td").last.evaluate("(cell) => getComputedStyle(cell).textAlign") == "end"
    expect(table.status).to_have_text("1\u20133 of 3")


def test_what_was_set_before_the_element_was_defined_counts(kit: Kit) -> None:
    kit.open("blank.html", "window.kit")
    kit.page.evaluate("""() => {
      const AlgaDataTable = customElements.get('alga-data-table');
      const early = document.createElement('early-table');
      early.columns = [{key: 'a', header: 'A', sortable: true}];
      early.rows = [{a: 'one'}];
      early.onSortChange = (sort) => { window.sort = sort; };
      document.body.append(early);
      customElements.define('early-table', class extends AlgaDataTable {});
    }""")
    kit.page.get_by_role("button", name="A").click()
    expect(kit.page.get_by_role("cell")).to_have_text("one")
    assert kit.page.evaluate("sort") == {"key": "a", "direction": "asc"}


def test_a_policy_without_inline_styles(browser: Browser) -> None:
    loads = b"import './ui-kit.js';\nwindow.kit = true;\n"
    files = {"/": BLANK, "/blank.js": loads, "/ui-kit.js": (SCRIPTS / "ui-kit.js").read_bytes()}
    with closing(HostApplication(files=files)) as server:
        kit = Kit(browser.new_page(), f"{server.origin}/?frame-src={urllib.parse.quote(STRICT)}&")
        table = Table(kit)
        table.run("t.style.width = '250px'; t.rows = make(10_000)")
        table.page.get_by_role("button", name="Details: Agreement 0").click()
        assert table.scroller.evaluate("(scroller) => getComputedStyle(scroller).overflowY") == "auto"
        assert 0 < len(table.seen) < len(table.drawn) < 60
        assert kit.complaints == []
        table.run("document.body.setAttribute('style', 'color: red')")
        assert len(kit.complaints) == 1, "the policy holds"
        kit.page.close()


def test_it_follows_the_tokens(table: Table) -> None:
    table.run("t.rows = make(2); document.documentElement.style.setProperty('--alga-row-odd', 'rgb(1, 2, 3)')")
    expect(table.page.locator("tbody tr").nth(1)).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(table.page.locator("tbody tr").nth(0)).not_to_have_css("background-color", "rgb(1, 2, 3)")


def test_values_without_a_cell_function(table: Table) -> None:
    table.run("t.columns = [{key: 'v', header: 'V'}]; t.rows = [0, false, null, undefined, '', 'x', 7n].map((v) => ({v}))")
    assert table.column("V") == ["0", "false", "", "", "", "x", "7"]


def test_cells_of_its_own(table: Table) -> None:
    table.run("""
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('.badge { color: rgb(1, 2, 3) }');
      document.adoptedStyleSheets.push(sheet);
      const badge = (row) => Object.assign(document.createElement('b'), {className: 'badge', textContent: row.name});
      const parts = (row) => { const all = document.createDocumentFragment(); all.append('in ', row.customer); return all; };
      t.columns = [
        {key: 'a', header: 'Node', cell: badge}, {key: 'b', header: 'Fragment', cell: parts},
        {key: 'c', header: 'Text', cell: (row) => `${row.amount} €`}, {key: 'd', header: 'None', cell: () => null},
        {key: 'e', header: 'Number', cell: (row) => row.amount / 2},
      ];
      t.rows = make(2);
    """)
    cells = [table.column(name) for name in ("Node", "Fragment", "Text", "None", "Number")]
    assert [row[1] for row in cells] == ["Agreement 1", "in Globex", "919 €", "", "459.5"]
    styled = "getComputedStyle(document.querySelector('.badge')).color"
    assert table.page.evaluate(styled) == "rgb(1, 2, 3)", "the page's own styles reach nodes of cells"
    table.run("t.rows = []")
    assert table.page.evaluate("t.childElementCount") == 0


def test_a_cell_that_fails_takes_nothing_else_along(table: Table) -> None:
    table.run("""
      const cell = ({id}) => { if (id === 1) throw new Error('no cell'); return 'good'; };
      t.columns = [...t.columns, {key: 'x', header: 'Bad', cell}];
      t.rows = make(3);
    """)
    assert table.column("Bad") == ["good", "", "good"]
    assert [text for text in table.kit.complaints if "no cell" in text] != []
    table.kit.complaints.clear()


def test_every_string_is_text(table: Table) -> None:
    table.run(
        """
      t.label = given;
      const evil = {header: given, sortable: true, width: given, align: given};
      t.columns = [{...evil, key: 'a'}, {...evil, key: 'b', cell: () => given}];
      t.rows = [{a: given}];
      t.texts = Object.fromEntries(['table', 'loading', 'empty', 'retry', 'details', 'sortBy', 'unsorted', 'rowsPerPage', 'pages',
        'firstPage', 'previousPage', 'nextPage', 'lastPage'].map((name) => [name, given]));
      for (const name of ['detailsOf', 'sortedBy', 'rows', 'page']) t.texts = {...t.texts, [name]: () => given};
      t.sort = {key: 'a', direction: given};
      t.error = given;
      t.onRetry = () => {};
      t.pagination = {page: given, pageSize: given, total: given, pageSizeOptions: [given, 5]};
    """,
        EVIL,
    )
    assert table.column(EVIL) == [EVIL]
    expect(table.page.get_by_role("alert")).to_contain_text(EVIL)
    table.run("t.style.width = '100px'; t.rows = []; t.error = ''")
    table.run("t.rows = [{a: given}]; t.loading = true", EVIL)
    assert table.page.evaluate("window.hacked") is None
    assert table.page.evaluate("[...t.shadowRoot.querySelectorAll('img, script')].length + t.childElementCount") == 0


def test_the_table_sorts_its_rows_when_nobody_else_does(table: Table) -> None:
    table.run("t.rows = make(4)")
    header = table.page.get_by_role("columnheader", name="Amount")
    header.get_by_role("button").click()
    assert table.column("Amount") == ["0", "757", "838", "919"]
    expect(header).to_have_attribute("aria-sort", "ascending")
    expect(table.status).to_have_text("1\u20134 of 4, Amount, ascending")
    header.get_by_role("button").click()
    assert table.column("Amount") == ["919", "838", "757", "0"]
    expect(header).to_have_attribute("aria-sort", "descending")
    table.page.get_by_role("button", name="Name").click()
    assert table.column("Name") == [f"Agreement {place}" for place in range(4)]
    assert table.page.locator("[aria-sort]").count() == 1
    assert table.calls == [["sortchange", {"key": key, "direction": direction}] for key, direction in (
        ("amount", "asc"), ("amount", "desc"), ("name", "asc"),
    )]  # fmt: skip
    table.run("t.sort = null")
    assert table.page.locator("[aria-sort]").count() == 0


@pytest.mark.parametrize("server", ["t.onSortChange = told('onSortChange')", "t.pagination = {page: 1, pageSize: 4, total: 8}"])
def test_a_server_sorts(table: Table, server: str) -> None:
    table.run(f"t.rows = make(4); {server}")
    table.page.get_by_role("button", name="Amount").click()
    sort = {"key": "amount", "direction": "asc"}
    assert [call for call in table.calls if call[0] in {"sortchange", "onSortChange"}][-1][1] == sort
    assert table.run("return t.sort") == sort
    assert table.column("Name") == [f"Agreement {place}" for place in range(4)], "as they were given"
    table.run("t.onSortChange = null; t.pagination = null")
    assert table.column("Amount") == ["0", "757", "838", "919"]
    expect(table.page.get_by_role("columnheader", name="Amount")).to_have_attribute("aria-sort", "ascending")


PAGED = """t.rows = make(given.rows, given.from); t.pagination = {pageSize: 10, total: 35, pageSizeOptions: [10, 25],
  onPageChange: told('onPageChange'), onPageSizeChange: told('onPageSizeChange'), page: given.page}"""


def test_pages(table: Table) -> None:
    table.run(PAGED, {"page": 2, "rows": 10, "from": 10})
    pages = table.page.get_by_role("navigation", name="Pages")
    expect(pages).to_contain_text("11\u201320 of 35")
    expect(pages).to_contain_text("Page 2 of 4")
    expect(table.page.get_by_role("table")).to_have_attribute("aria-rowcount", "36")
    assert table.drawn == list(range(12, 22))
    for name in ("First page", "Previous page", "Next page", "Last page"):
        pages.get_by_role("button", name=name).click()
    assert table.calls == [call for page in (1, 1, 3, 4) for call in (["pagechange", {"page": page}], ["onPageChange", page])]
    assert table.drawn == list(range(12, 22)), "pages turn when the program says so"


def test_the_last_page_keeps_the_focus(table: Table) -> None:
    table.run(PAGED, {"page": 3, "rows": 10, "from": 20})
    after = table.page.get_by_role("button", name="Next page")
    after.press("Enter")
    table.run(PAGED, {"page": 4, "rows": 5, "from": 30})
    expect(table.page.get_by_role("status")).to_have_text("31\u201335 of 35")
    expect(after).to_be_focused()
    expect(after).to_be_disabled()
    after.press("Enter")
    expect(table.page.get_by_role("button", name="Previous page")).to_be_enabled()
    assert table.calls == [["pagechange", {"page": 4}], ["onPageChange", 4]]


def test_sizes_of_pages(table: Table) -> None:
    table.run(PAGED, {"page": 1, "rows": 10, "from": 0})
    size = table.page.get_by_label("Rows per page")
    size.select_option("25")
    assert table.calls == [["pagesizechange", {"pageSize": 25}], ["onPageSizeChange", 25]]
    expect(size).to_have_value("10")  # until the program takes it up
    table.run("t.pagination = {...t.pagination, pageSize: 25}; t.rows = make(25)")
    expect(size).to_have_value("25")
    table.run("t.pagination = {page: 1, pageSize: 25, total: 35}")
    expect(size).to_be_hidden()
    table.run("t.pagination = null")
    expect(table.page.get_by_role("navigation")).to_be_hidden()


def test_another_page_begins_at_its_top(table: Table) -> None:
    table.run("t.style.height = '200px'")
    table.run(PAGED, {"page": 1, "rows": 10, "from": 0})
    table.scroll(100)
    table.run("t.rows = make(10)")
    assert table.scroller.evaluate("(scroller) => scroller.scrollTop") == 100, "the same page stays where it is"
    table.run(PAGED, {"page": 2, "rows": 10, "from": 10})
    assert table.scroller.evaluate("(scroller) => scroller.scrollTop") == 0


def test_loading(table: Table) -> None:
    grid = table.page.get_by_role("table")
    table.run("t.loading = true")
    expect(grid).to_have_attribute("aria-busy", "true")
    expect(table.page.locator("#skeleton")).to_be_visible()
    expect(table.page.get_by_text("No rows")).to_be_hidden()
    expect(table.status).to_have_text("Loading")
    table.run("t.rows = make(2); t.loading = false")
    expect(grid).to_have_attribute("aria-busy", "false")
    expect(table.page.locator("#skeleton")).to_be_hidden()
    expect(table.status).to_have_text("1\u20132 of 2")
    table.run("t.loading = true")
    assert table.column("Name") == ["Agreement 0", "Agreement 1"], "what is there stays while the rest comes"
    expect(table.page.locator("#skeleton")).to_be_hidden()


def test_no_rows(table: Table) -> None:
    table.run("t.rows = []")
    expect(table.page.locator("#empty")).to_have_text("No rows")
    expect(table.status).to_have_text("No rows")
    table.run("t.rows = null; t.columns = undefined; t.texts = {empty: 'Nothing yet'}")
    expect(table.page.locator("#empty")).to_have_text("Nothing yet")


def test_an_error_and_trying_again(table: Table) -> None:
    table.run("t.error = 'The vendor does not answer.'; t.onRetry = told('onRetry')")
    alert = table.page.get_by_role("alert")
    expect(alert).to_contain_text("The vendor does not answer.")
    expect(table.page.locator("#empty")).to_be_hidden()
    retry = alert.get_by_role("button", name="Try again")
    retry.focus()
    retry.press("Enter")
    assert table.calls == [["retry", None], ["onRetry"]]
    table.run("t.error = ''; t.loading = true")
    expect(alert).to_be_hidden()
    assert table.focused == "scroller", "the focus is not lost with the button"
    table.run("t.loading = false; t.rows = make(2); t.error = 'Again.'; t.onRetry = null")
    expect(alert).to_contain_text("Again.")
    expect(retry).to_be_hidden()
    assert table.column("Name") == ["Agreement 0", "Agreement 1"], "the last good rows stay"
    table.run("t.onRetry = told('onRetry')")
    expect(retry).to_be_visible()


def test_texts_in_another_language(table: Table) -> None:
    table.run("""
      t.texts = {rows: (from, to, total) => `${from} bis ${to} von ${total}`, nextPage: 'Nächste Seite',
        sortedBy: (header, direction) => `${header} ${direction === 'asc' ? 'aufsteigend' : 'absteigend'}`};
      t.rows = make(10);
      t.sort = {key: 'name', direction: 'desc'};
      t.pagination = {page: 1, pageSize: 10, total: 20};
    """)
    expect(table.page.get_by_role("navigation")).to_contain_text("1 bis 10 von 20")
    expect(table.page.get_by_role("button", name="Nächste Seite")).to_be_visible()
    expect(table.status).to_have_text("1 bis 10 von 20, Name absteigend")


def test_a_list_of_choices_that_is_open_is_not_made_anew(table: Table) -> None:
    table.run("t.style.width = '250px'")
    table.run(PAGED, {"page": 1, "rows": 10, "from": 0})
    options = "[...t.shadowRoot.querySelectorAll('option')]"
    table.page.evaluate(f"window.options = {options}")
    table.run(PAGED, {"page": 2, "rows": 10, "from": 10})
    assert table.page.evaluate(f"options.length === 7 && {options}.every((option, place) => option === options[place])")
