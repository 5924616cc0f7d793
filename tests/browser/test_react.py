"""The hooks of `iframe-sdk-react.js` in React itself, in StrictMode, on a page that the gateway serves; and the guide's page."""

import json
import re
import shutil
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Frame, expect

from tests import guests
from tests.browser.conftest import PAGE
from tests.browser.hosting import SCRIPTS, Extension, HostApplication, Stage
from tests.guests.bundles import bundle_files
from tests.platform import ROOT, HttpAnswer, Platform

PROJECT = Path(__file__).with_name("react")
pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("npm")]
(GUIDE,) = re.findall(r"```jsx\n(.*?)```", (ROOT / "docs" / "ui.md").read_text(), re.DOTALL)
GUIDE_PAGE = PAGE.replace(b"app.js", b"guide.js").replace(b"<p>", b"<main></main><p>")
READY = "document.documentElement.dataset.ready = 'true';\n"
COUNT_READY = "window.ready = 0; addEventListener('message', ({data}) => { if (data?.type === 'ready') window.ready += 1; })"


class Handler:
    """In the gateway's place behind the relay: answers `{"path": …, "call": n}`, and 35 `/agreements` in pages of 10.

    `/slow` waits for `go`; `/down`, and everything while it is `down`, is 503.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.go = threading.Event()
        self.down = False

    def call(self, path: str, *_: object, **__: object) -> HttpAnswer:
        inside = "/" + path.rpartition("/")[2]
        self.calls.append(inside)
        call = len(self.calls)
        if inside == "/slow":
            assert self.go.wait(30)
        answer: dict[str, Any] = {"path": inside, "call": call}
        if inside.startswith("/agreements?"):
            page = int(dict(urllib.parse.parse_qsl(inside.partition("?")[2]))["page"])
            rows = [{"id": row, "name": f"Agreement {row}", "customer": "Acme"} for row in range(35)]
            answer = {"data": rows[page * 10 - 10 : page * 10], "meta": {"total": 35}}
        headers = Message()
        headers["content-type"] = "application/json"
        return HttpAnswer(503 if self.down or inside == "/down" else 200, headers, json.dumps(answer).encode())


@pytest.fixture(scope="module")
def extension(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Extension:
    project = tmp_path_factory.mktemp("react") / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("node_modules", "dist"))
    for name in ("iframe-sdk.js", "iframe-sdk-react.js", "ui-kit.js"):
        shutil.copy(SCRIPTS / name, project)
    (project / "guide.jsx").write_text(GUIDE + READY)
    for command in (["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    scripts = {f"ui/{name}.js": (project / "dist" / f"{name}.js").read_bytes() for name in ("app", "guide")}
    pages = {"ui/index.html": PAGE, "ui/guide.html": GUIDE_PAGE, **scripts}
    version = platform.publish(bundle_files("com.example.framed-react", guests.component("echo")) | pages)
    platform.install(version)
    return Extension(version.name, version.content_hash, platform.gateway)


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def stage(browser: Browser, extension: Extension, handler: Handler) -> Iterator[Stage]:
    with closing(HostApplication(cast(Platform, handler))) as application:
        stage = Stage(browser.new_page(), application, extension)
        stage.page.add_init_script(COUNT_READY)
        yield stage
        handler.go.set()
        stage.page.close()
        assert not (stage.quiet and stage.complaints), stage.complaints


def shows(frame: Frame, **expected: Any) -> dict[str, Any]:
    """Wait until the page shows those values. Answers all that it shows."""
    for name, value in expected.items():
        expect(frame.locator("code")).to_contain_text(f'"{name}":{json.dumps(value, separators=(",", ":"))}')
    shown: dict[str, Any] = json.loads(frame.locator("code").inner_text())
    return shown


def open_path(frame: Frame, path: str | None) -> None:
    frame.evaluate("(path) => page.setPath(path)", path)


def listeners(frame: Frame) -> int:
    told: int = frame.evaluate("page.bridge.listeners.size")
    return told


def test_one_bridge_and_its_context(stage: Stage) -> None:
    frame = stage.connect()
    shown = shows(frame, tenant="demo", same=True)
    assert (shown["data"], shown["loading"], shown["token"]) == (None, False, None)
    assert stage.page.evaluate("ready") == 1


def test_the_theme_follows_the_host(stage: Stage) -> None:
    frame = stage.connect(themeTokens={"--alga-primary": "red"})
    shows(frame, theme={"--alga-primary": "red"})
    stage.page.evaluate("bridge.setTheme({'--alga-primary': 'blue'})")
    shows(frame, theme={"--alga-primary": "blue"})


def test_data_comes_and_is_kept_while_the_next_comes(stage: Stage, handler: Handler) -> None:
    frame = stage.connect()
    shows(frame, tenant="demo")
    assert handler.calls == [], "without a path nothing is asked"
    open_path(frame, "/a")
    shown = shows(frame, loading=False, data={"path": "/a", "call": 1})
    assert "error" not in shown
    open_path(frame, "/slow")
    assert shows(frame, loading=True)["data"]["path"] == "/a"
    handler.go.set()
    assert shows(frame, loading=False)["data"]["path"] == "/slow"
    open_path(frame, None)
    shows(frame, data=None, loading=False)
    assert handler.calls == ["/a", "/slow"]


def test_an_answer_that_nobody_waits_for_any_more_is_not_shown(stage: Stage, handler: Handler) -> None:
    frame = stage.connect()
    shows(frame, tenant="demo")
    quiet = listeners(frame)
    open_path(frame, "/slow")
    shows(frame, loading=True)
    assert listeners(frame) == quiet + 1
    open_path(frame, "/b")
    shows(frame, loading=False, data={"path": "/b", "call": 2})
    assert listeners(frame) == quiet, "nobody waits for /slow"
    heard = "new Promise((resolve) => page.bridge.on(({type}) => type === 'apiproxy_response' && resolve()))"
    late = frame.evaluate_handle(f"() => ({{heard: {heard}}})")
    handler.go.set()
    late.evaluate("({heard}) => heard")
    assert shows(frame, loading=False)["data"]["path"] == "/b"


def test_errors_and_reload(stage: Stage, handler: Handler) -> None:
    frame = stage.connect()
    open_path(frame, "/a")
    shows(frame, data={"path": "/a", "call": 1})
    open_path(frame, "/down")
    shown = shows(frame, error="http", status=503, loading=False)
    assert shown["data"] == {"path": "/a", "call": 1}, "what was there stays"
    frame.evaluate("page.reload()")
    expect(frame.locator("code")).to_contain_text('"error":"http"')
    open_path(frame, "/a")
    shows(frame, data={"path": "/a", "call": 4})
    frame.evaluate("page.reload()")
    assert "error" not in shows(frame, data={"path": "/a", "call": 5}, loading=False)
    assert handler.calls == ["/a", "/down", "/down", "/a", "/a"]
    stage.quiet = False  # Chromium tells of the 503


def test_unmounting_leaves_nothing_behind(stage: Stage, handler: Handler) -> None:
    frame = stage.connect()
    shows(frame, tenant="demo")
    open_path(frame, "/slow")
    shows(frame, loading=True)
    frame.evaluate("unmount()")
    expect(frame.locator("code")).to_have_count(0)
    assert listeners(frame) == 0
    handler.go.set()
    stage.settle(frame)


def test_a_height(stage: Stage) -> None:
    frame = stage.connect()
    shows(frame, tenant="demo")
    frame.evaluate("page.resize(640)")
    stage.settle(frame)
    assert stage.page.evaluate("iframe.style.height") == "640px"


def test_the_page_of_the_guide(stage: Stage, extension: Extension, handler: Handler) -> None:
    handler.down = True
    stage.quiet = False  # Chromium tells of the 503
    origin = urllib.parse.quote(stage.application.origin, safe="")
    folder = f"{extension.base}/ext-ui/{extension.name}/{urllib.parse.quote(extension.content_hash, safe='')}"
    frame = stage.connect(src=f"{folder}/guide.html?parentOrigin={origin}")
    expect(frame.get_by_role("alert")).to_contain_text("The agreements could not be loaded.")
    handler.down = False
    frame.get_by_role("button", name="Try again").click()
    expect(frame.get_by_role("status")).to_have_text("1\u201310 of 35")
    frame.get_by_role("button", name="Last page").click()
    expect(frame.get_by_role("status")).to_have_text("31\u201335 of 35")
    expect(frame.locator("tbody tr").last).to_contain_text("Agreement 34")
    assert handler.calls[-1] == "/agreements?page=4&limit=10"
