"""The UI of the samples in headless Chromium: in a sandboxed frame and opened as a page of its own."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from tests.platform import Platform

pytestmark = pytest.mark.needs("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
SAMPLES = ["com.example.hello-python", pytest.param("com.example.hello-js", marks=pytest.mark.needs("npm"))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_loads_in_a_frame_without_complaint(platform: Platform, browser: Browser, name: str) -> None:
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page = browser.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    ui = platform.sample(name)["ui"]
    page.set_content(f'<iframe sandbox="allow-scripts" src="{ui}" style="width:600px;height:400px"></iframe>')
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
