"""Files of a UI from publish to browser, over a whole platform: compressed, in parts, and with what its manifest names."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from kernel.codings import CODINGS, decompress
from tests.browser.conftest import APP, PAGE
from tests.browser.hosting import SCRIPTS, Extension, HostApplication, Stage
from tests.guests.bundles import bundle_files
from tests.platform import Platform

NAME = "com.example.assets"
TEXT = b"export const words = 'again and again';\n" + b"// again and again\n" * 100
NAMED, UNNAMED = "https://named.invalid", "https://elsewhere.invalid"
UI = {"type": "iframe", "entry": "ui/index.html", "csp": {"connect-src": [NAMED], "img-src": [NAMED, "blob:"]}}
# Runs what it can: scripts in it, and one of its bundle.
DRAWING = (
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>fetch('https://elsewhere.invalid/data').catch(() => 0);</script>"
    b"<script href='send.js'/><script>document.documentElement.setAttribute('class', 'ran')</script></svg>"
) + b"<!-- again and again -->" * 20
FILES = {
    "ui/index.html": PAGE + b"<!-- again and again -->\n" * 20,
    "ui/app.js": APP,
    "ui/iframe-sdk.js": (SCRIPTS / "iframe-sdk.js").read_bytes(),
    "ui/words.js": TEXT,
    "ui/drawing.svg": DRAWING,
    "ui/send.js": b"fetch('https://elsewhere.invalid/data').catch(() => 0);",
    "ui/image.png": b"\x89PNG" + bytes(500),
}


@pytest.fixture(scope="module")
def extension(site: Platform) -> Extension:
    files = bundle_files(NAME, b"", endpoints=[], ui=UI, egress=["named.invalid"]) | FILES  # type: ignore[arg-type]
    del files["dist/main.wasm"]
    told = json.loads(files["manifest.json"]) | {"ui": UI}
    del told["api"]
    version = site.publish(files | {"manifest.json": json.dumps(told).encode()})
    site.install(version)
    return Extension(version.name, version.content_hash, site.gateway)


@pytest.fixture(scope="module")
def application(site: Platform) -> Iterator[HostApplication]:
    with closing(HostApplication(site)) as application:
        yield application


def get(site: Platform, extension: Extension, path: str, **fields: str) -> Any:
    shown = {name.replace("_", "-"): value for name, value in fields.items()}
    return site.call(f"/ext-ui/{extension.name}/{extension.content_hash}/{path}", key=None, headers=shown)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", ["words.js", "index.html", "drawing.svg", "a/route"])
def test_text_comes_compressed(site: Platform, extension: Extension, path: str, coding: str) -> None:
    plain = get(site, extension, path)
    packed = get(site, extension, path, accept_encoding=coding)
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == (coding, "accept-encoding")
    assert decompress(packed.body, coding, len(plain.body)) == plain.body
    assert packed.headers["etag"] == f'"sha256-{hashlib.sha256(packed.body).hexdigest()}"' != plain.headers["etag"]
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["content-security-policy"].startswith("sandbox allow-scripts")
    again = get(site, extension, path, accept_encoding=coding, if_none_match=packed.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_other_files_do_not(site: Platform, extension: Extension) -> None:
    got = get(site, extension, "image.png", accept_encoding="gzip, br, zstd")
    assert (got.body, got.headers["content-encoding"], got.headers["vary"]) == (FILES["ui/image.png"], None, None)


def test_one_part(site: Platform, extension: Extension) -> None:
    whole = get(site, extension, "words.js", accept_encoding="gzip")
    got = get(site, extension, "words.js", accept_encoding="gzip", range="bytes=7-16", if_range=whole.headers["etag"])
    assert (got.status, got.body, got.headers["content-range"]) == (206, whole.body[7:17], f"bytes 7-16/{len(whole.body)}")
    got = get(site, extension, "image.png", range="bytes=-3")
    assert (got.status, got.body) == (206, bytes(3))
    assert get(site, extension, "image.png", range="bytes=504-").status == 416


@pytest.mark.needs("chromium")
def test_a_browser_reads_them_compressed(stage: Stage) -> None:
    codings: dict[str, str | None] = {}
    stage.page.on("response", lambda got: codings.update({got.url.rpartition("/")[2].partition("?")[0]: coding_of(got)}))
    frame = stage.connect()
    assert frame.evaluate("import('./words.js').then(({words}) => words)") == "again and again"
    assert {codings[name] for name in ("index.html", "app.js", "iframe-sdk.js", "words.js")} <= set(CODINGS)


def coding_of(response: Any) -> str | None:
    return response.headers.get("content-encoding")  # type: ignore[no-any-return]


BLOCKED = """(url) => new Promise((resolve) => {
  addEventListener('securitypolicyviolation', ({effectiveDirective}) => resolve(effectiveDirective), {once: true});
  fetch(url).catch(() => setTimeout(resolve, 0, 'nothing'));
})"""


@pytest.mark.needs("chromium")
def test_a_page_asks_the_hosts_of_its_manifest_and_no_others(stage: Stage) -> None:
    asked: list[str] = []
    stage.page.on("request", lambda request: asked.append(request.url))
    stage.page.route(f"{NAMED}/**", lambda route: route.fulfill(body="answered", headers={"access-control-allow-origin": "*"}))
    frame = stage.connect()
    assert frame.evaluate("(url) => fetch(url).then((response) => response.text())", f"{NAMED}/data") == "answered"
    assert frame.evaluate(BLOCKED, f"{UNNAMED}/data") == "connect-src"
    assert f"{NAMED}/data" in asked
    stage.quiet = False  # the browser notes what it refused


@pytest.mark.needs("chromium")
def test_a_script_in_a_page_does_not_run(stage: Stage) -> None:
    frame = stage.connect()
    told = """() => new Promise((resolve) => {
      addEventListener('securitypolicyviolation', ({effectiveDirective}) => resolve(effectiveDirective), {once: true});
      document.head.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}));
    })"""
    assert frame.evaluate(told) == "script-src-elem"
    assert frame.evaluate("window.ran") is None
    stage.quiet = False


@pytest.mark.needs("chromium")
def test_a_drawing_is_no_way_around_the_pages_policy(stage: Stage) -> None:
    asked: list[str] = []
    stage.page.on("requestfinished", lambda request: asked.append(request.url))
    stage.page.route(f"{UNNAMED}/**", lambda route: route.fulfill(body="answered", headers={"access-control-allow-origin": "*"}))
    frame = stage.connect()
    with stage.page.expect_event("framenavigated"):
        frame.evaluate("() => { location.href = 'drawing.svg'; }")
    frame.wait_for_load_state("networkidle")
    assert frame.evaluate("document.documentElement.getAttribute('class')") is None
    assert any(url.endswith("/send.js") for url in asked)  # of its bundle
    assert not any(url.startswith(UNNAMED) for url in asked)
    stage.quiet = False  # the browser notes what it refused
