"""The code of docs/ui.md, as it stands there: a host page and an extension's page that find each other."""

import re
from contextlib import closing

import pytest
from playwright.sync_api import Browser

from tests import guests
from tests.browser.conftest import PAGE
from tests.browser.hosting import EMPTY, SCRIPTS, HostApplication, inside
from tests.guests.bundles import bundle_files
from tests.platform import ROOT, Platform

pytestmark = pytest.mark.needs("chromium")
HOST_PAGE, OWN_ORIGIN, EXTENSION_PAGE = re.findall(r"```js\n(.*?)```", (ROOT / "docs" / "ui.md").read_text(), re.DOTALL)
SHOW = "\ndocument.body.textContent = JSON.stringify([tenant, extension, gatewayBase, response.headers.get('x-ext-url')]);\n"


def test_the_pages_of_the_guide(platform: Platform, browser: Browser) -> None:
    pages = {
        "ui/index.html": PAGE,
        "ui/app.js": (EXTENSION_PAGE + SHOW).encode(),
        "ui/iframe-sdk.js": (SCRIPTS / "iframe-sdk.js").read_bytes(),
    }
    endpoints = [{"method": "GET", "path": "/agreements", "handler": "run"}]
    version = platform.publish(bundle_files("com.example.reports", guests.component("echo"), endpoints=endpoints) | pages)
    platform.install(version)

    shown, _, at_the_end = HOST_PAGE.partition("// …")
    assert "bridge.dispose();" in at_the_end
    script = shown.replace("https://extensions.example", platform.gateway)
    body = f"{EMPTY}<body><script type=module>const contentHash = '{version.content_hash}';\n{script}</script>"
    with closing(HostApplication(platform, {"/guide": body.encode()})) as application:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{application.origin}/guide")
        page.locator("iframe").evaluate("(iframe) => { iframe.name = 'extension'; }")
        found = inside(page, "extension").get_by_text("com.example.reports")
        found.wait_for(timeout=20_000)
        told = '["demo","com.example.reports","/api/ext-proxy/com.example.reports","/agreements?page=2"]'
        assert (found.inner_text(), complaints) == (told, [])
        page.close()
