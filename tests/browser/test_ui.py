"""The UI of the samples in headless Chromium: in a sandboxed frame and opened as a page of its own."""

import html
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, ConsoleMessage

from tests.platform import Platform

pytestmark = pytest.mark.needs("chromium")
PYTHON = "com.example.hello-python"
SAMPLES = [PYTHON, pytest.param("com.example.hello-js", marks=pytest.mark.needs("npm"))]


@pytest.fixture(scope="module")
def host() -> Iterator[int]:
    """A host application on a real socket: `/?<url>` is a page that frames that URL. Answers its port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ui = html.escape(urllib.parse.unquote(self.path.partition("?")[2]))
            body = f'<!doctype html><title>host</title><iframe sandbox="allow-scripts" src="{ui}" width=700 height=500></iframe>'
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_loads_in_a_frame_without_complaint(platform: Platform, browser: Browser, host: int, name: str) -> None:
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page = browser.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://127.0.0.1:{host}/?{urllib.parse.quote(platform.sample(name)['ui'])}")
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready=true]").wait_for(timeout=20_000)
    assert frame.locator("#status").inner_text() == "The script has run."
    assert complaints == []
    page.close()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_of_its_own_has_no_origin(platform: Platform, browser: Browser, name: str) -> None:
    page = browser.new_page()
    page.goto(platform.sample(name)["ui"])
    page.locator("html[data-ready=true]").wait_for(timeout=20_000)
    assert page.evaluate("window.origin") == "null"
    assert page.evaluate("try { localStorage.length } catch (error) { error.name }") == "SecurityError"
    page.close()


def test_a_strangers_page_cannot_frame_it(platform: Platform, browser: Browser, host: int) -> None:
    page = browser.new_page()
    page.goto(f"http://localhost:{host}/?{urllib.parse.quote(platform.sample(PYTHON)['ui'])}")
    assert page.frame_locator("iframe").locator("#status").count() == 0
    page.close()
