"""The code of docs/datatable.md, as it stands there: a page with a table of a server's pages, and tables of a page's own rows."""

import json
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from tests import guests
from tests.browser.hosting import SCRIPTS, Extension, HostApplication, Stage
from tests.browser.kit import Kit
from tests.browser.tables import Table
from tests.guests.bundles import bundle_files
from tests.platform import ROOT, HttpAnswer, Platform

pytestmark = pytest.mark.needs("chromium")
GUIDE = (ROOT / "docs" / "datatable.md").read_text()
PAGE, APP, LOG, TEXTS = re.findall(r"```(?:html|js)\n(.*?)```", GUIDE, re.DOTALL)
CUSTOMERS = ("Acme", "Globex", "Initech")
READY = "\ndocument.documentElement.dataset.ready = 'true';\n"


class Agreements:
    """In the gateway's place behind the relay: a handler that answers as the guide says, or 503 while it is `down`."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.down = False

    def call(self, path: str, *_: object, **__: object) -> HttpAnswer:
        headers = Message()
        headers["content-type"] = "application/json"
        if self.down:
            return HttpAnswer(503, headers, b"{}")
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
        self.asked.append(query)
        rows: list[dict[str, Any]] = [
            {"id": place, "name": f"Agreement {place:02}", "customer": CUSTOMERS[place % 3], "amount": place * 7919 % 1000}
            for place in range(60)
        ]
        rows.sort(key=lambda row: row[query["sort"]], reverse=query["direction"] == "desc")
        first = (int(query["page"]) - 1) * int(query["limit"])
        answer = {"data": rows[first : first + int(query["limit"])], "meta": {"total": len(rows)}}
        return HttpAnswer(200, headers, json.dumps(answer).encode())


@pytest.fixture
def agreements() -> Agreements:
    return Agreements()


@pytest.fixture
def stage(platform: Platform, browser: Browser, agreements: Agreements) -> Iterator[Stage]:
    """The guide's page, in a frame of a host application."""
    scripts = {f"ui/{name}.js": (SCRIPTS / f"{name}.js").read_bytes() for name in ("iframe-sdk", "ui-kit")}
    pages = {"ui/index.html": PAGE.encode(), "ui/app.js": (APP + READY).encode(), **scripts}
    version = platform.publish(bundle_files("com.example.table-guide", guests.component("echo")) | pages)
    platform.install(version)
    with closing(HostApplication(cast(Platform, agreements))) as application:
        stage = Stage(browser.new_page(), application, Extension(version.name, version.content_hash, platform.gateway))
        yield stage
        stage.page.close()
        assert not (stage.quiet and stage.complaints), stage.complaints


def wide(stage: Stage) -> FrameLocator:
    """The frame, with room for all columns."""
    stage.connect()
    stage.page.evaluate("iframe.style.width = '900px'")
    return stage.page.frame_locator("iframe")


def first_row(frame: FrameLocator) -> list[str]:
    return frame.locator("tbody tr").first.locator("td").evaluate_all(
        "(all) => all.map((cell) => (cell.querySelector('slot')?.assignedElements()[0] ?? cell).textContent)"
    )  # fmt: skip


def test_pages_from_a_handler(stage: Stage, agreements: Agreements) -> None:
    frame = wide(stage)
    status = frame.get_by_role("status")
    expect(status).to_have_text("1\u201325 of 60, Name, ascending")
    assert first_row(frame) == ["Agreement 00", "Acme", "€0.00"]
    frame.get_by_role("button", name="Next page").click()
    expect(status).to_have_text("26\u201350 of 60, Name, ascending")
    frame.get_by_label("Rows per page").select_option("10")
    expect(status).to_have_text("1\u201310 of 60, Name, ascending")
    frame.get_by_role("button", name="Amount").click()
    expect(status).to_have_text("1\u201310 of 60, Amount, ascending")
    frame.get_by_role("button", name="Amount").click()
    expect(status).to_have_text("1\u201310 of 60, Amount, descending")
    assert first_row(frame)[2] == "€975.00"
    expected = [("1", "25", "name", "asc"), ("2", "25", "name", "asc"), ("1", "10", "name", "asc"), ("1", "10", "amount", "asc")]
    told = [(one["page"], one["limit"], one["sort"], one["direction"]) for one in agreements.asked]
    assert told == [*expected, ("1", "10", "amount", "desc")]


def test_a_handler_that_fails(stage: Stage, agreements: Agreements) -> None:
    agreements.down = True
    frame = wide(stage)
    stage.quiet = False  # Chromium tells of the 503
    expect(frame.get_by_role("alert")).to_contain_text("The agreements could not be loaded.")
    agreements.down = False
    frame.get_by_role("button", name="Try again").click()
    expect(frame.get_by_role("status")).to_have_text("1\u201325 of 60, Name, ascending")
    expect(frame.get_by_role("alert")).to_be_hidden()


def test_many_rows(kit: Kit) -> None:
    page = kit.open("blank.html", "window.kit")
    page.evaluate(f"() => {{ {LOG} }}")
    table = page.get_by_role("table", name="Log")
    expect(table).to_have_attribute("aria-rowcount", "10001")
    assert page.locator("alga-data-table").evaluate("(table) => table.offsetHeight") == 400
    page.get_by_role("button", name="Line").dblclick()
    expect(table.locator("[aria-rowindex='2'] td")).to_have_text(["9999", "Line 9999 of the log"])


def test_another_language(kit: Kit) -> None:
    table = Table(kit)
    table.run(f"const table = t; {TEXTS}; t.rows = make(3); t.sort = {{key: 'name', direction: 'desc'}}")
    expect(table.status).to_have_text("1 bis 3 von 3, Name, absteigend")
    table.run("t.rows = []")
    expect(table.status).to_have_text("Keine Zeilen")
