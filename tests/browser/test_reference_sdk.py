"""The reference's published SDK, unmodified, in a frame of our host page: it knows no port, and is served all the same."""

from pathlib import Path

import pytest

from tests import guests
from tests.browser.conftest import PAGE
from tests.browser.hosting import Extension, Stage
from tests.guests.bundles import bundle_files
from tests.platform import Platform

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("npm")]


@pytest.fixture(scope="module")
def extension(platform: Platform, reference: Path) -> Extension:
    """In place of the one with our SDK."""
    pages = {"ui/index.html": PAGE, "ui/app.js": (reference / "app.js").read_bytes()}
    version = platform.publish(bundle_files("com.example.framed-old", guests.component("echo")) | pages)
    platform.install(version)
    return Extension(version.name, version.content_hash, platform.gateway)


def test_ready_bootstrap_and_theme(stage: Stage) -> None:
    frame = stage.connect(themeTokens={"--alga-primary": "rgb(1, 2, 3)"}, session={"token": "secret", "expiresAt": ""})
    frame.evaluate("""async () => {
      window.bridge = new sdk.IframeBridge();
      window.told = new Promise((resolve) => bridge.on((message) => message.type === 'bootstrap' && resolve(message)));
      bridge.ready('7');
      await told;
    }""")
    told = frame.evaluate("told")
    assert (told["request_id"], told["payload"]["navigation"]) == ("7", {"path": "/"})
    assert (told["payload"]["session"], frame.evaluate("bridge.getSessionToken()")) == ({"token": "", "expires_at": ""}, None)
    value = "getComputedStyle(document.documentElement).getPropertyValue('--alga-primary')"
    assert frame.evaluate(value) == "rgb(1, 2, 3)"
    frame.evaluate("() => { sdk.subscribeTheme(bridge); window.themed = new Promise((resolve) => bridge.on(resolve)); }")
    stage.page.evaluate("bridge.setTheme({'--alga-primary': 'rgb(4, 5, 6)'})")
    frame.evaluate("themed")
    assert frame.evaluate(value) == "rgb(4, 5, 6)"


def test_calls(stage: Stage) -> None:
    frame = stage.connect()
    frame.evaluate("() => { window.bridge = new sdk.IframeBridge(); bridge.ready(); }")
    assert frame.evaluate("sdk.callHandlerJson(bridge, '/run', {method: 'POST', body: {a: ['é', 1]}})") == {"a": ["é", 1]}
    assert frame.evaluate("sdk.callHandlerJson(bridge, '/run/7', {method: 'DELETE'})") is None
    assert frame.evaluate("bridge.uiProxy.call('/missing').catch(({message}) => message)") == "Proxy error 404: Not Found"
    assert stage.application.relayed == [f"{call}" for call in (
        "POST com.example.framed-old/run", "DELETE com.example.framed-old/run/7", "POST com.example.framed-old/missing",
    )]  # fmt: skip
    stage.quiet = False  # the SDK's own, and the answer of 404


def test_resize_and_navigate(stage: Stage) -> None:
    frame = stage.connect(onNavigate=True)
    frame.evaluate("""() => {
      const bridge = new sdk.IframeBridge();
      bridge.emitToHost('resize', {height: 640});
      sdk.navigate(bridge, '/agreements');
    }""")
    stage.settle(frame)
    assert stage.page.evaluate("[iframe.style.height, paths]") == ["640px", ["/agreements"]]
