"""`handlerStorage`: values that a page without an origin keeps in its extension's own storage, through the real handler."""

from dataclasses import replace
from typing import Any

import pytest

from tests.browser.conftest import APP, PAGE
from tests.browser.hosting import SCRIPTS, Extension, Stage
from tests.guests import HERE, from_wat
from tests.guests.bundles import bundle_files
from tests.platform import Platform

pytestmark = pytest.mark.needs("chromium")
ONLY_OVER_REVISION_1 = "(i32.eq (local.get $second) (i32.const 85))"


@pytest.fixture(scope="module")
def keeping(platform: Platform) -> Extension:
    """It keeps what is PUT, by the whole path."""
    kept = (HERE / "storage.wat").read_text()
    assert ONLY_OVER_REVISION_1 in kept
    wasm = from_wat(kept.replace(ONLY_OVER_REVISION_1, "(i32.const 0)"))
    pages = {"ui/index.html": PAGE, "ui/app.js": APP, "ui/iframe-sdk.js": (SCRIPTS / "iframe-sdk.js").read_bytes()}
    endpoints = [{"method": method, "path": "/:key", "handler": "kept"} for method in ("GET", "PUT", "DELETE")]
    files = bundle_files("com.example.keeping", wasm, endpoints=endpoints, capabilities=("cap:storage.kv",))
    version = platform.publish(files | pages)
    platform.install(version)
    return Extension(version.name, version.content_hash, platform.gateway)


@pytest.fixture
def kept(stage: Stage, keeping: Extension) -> Any:
    """What an expression about `kept`, the storage, becomes in the frame."""
    frame = replace(stage, extension=keeping).ready()
    stage.quiet = False  # browsers note each 404
    frame.evaluate("() => { window.kept = sdk.handlerStorage(bridge, ''); }")
    return frame.evaluate


def test_values_stay_when_the_page_goes(kept: Any, stage: Stage, keeping: Extension) -> None:
    assert kept("kept.getItem('view')") is None
    for value in ({"columns": ["é", "\u2028"], "size": 50}, "text", 7, False, None):
        kept("(value) => kept.setItem('view', value)", value)
        assert kept("kept.getItem('view')") == value
    kept("kept.setItem('view', [1])")
    again = replace(stage, extension=keeping).ready()
    assert again.evaluate("sdk.handlerStorage(bridge.uiProxy, '').getItem('view')") == [1]
    for _ in range(2):
        again.evaluate("sdk.handlerStorage(bridge, '').removeItem('view')")
    assert again.evaluate("sdk.handlerStorage(bridge, '').getItem('view')") is None


def test_keys_are_one_segment_whatever_they_are(kept: Any) -> None:
    kept("kept.setItem('a b?c#d', 1)")
    assert kept("kept.getItem('a b?c#d')") == 1
    assert kept("kept.getItem('..').catch(({code}) => code)") == "invalid_call"


def test_an_endpoint_that_is_not_there_is_no_empty_storage(kept: Any) -> None:
    for call in ("getItem('view')", "setItem('view', 1)", "removeItem('view')"):
        failure = kept(f"sdk.handlerStorage(bridge, '/other').{call}.catch(({{code, status}}) => [code, status])")
        assert failure == ["http", 404]
