"""Frames that lie: whatever they post, name, load or open stays without effect on the host page and on other extensions."""

import urllib.parse
from typing import Any

import pytest
from playwright.sync_api import Frame

from tests.browser.hosting import Stage, inside

pytestmark = pytest.mark.needs("chromium")
FORGE = """(target) => {
  const messages = {ready: {}, resize: {height: 555}, navigate: {path: '/stolen'}, apiproxy: {route: '/run', method: 'GET'}};
  for (const [type, payload] of Object.entries(messages)) {
    target.postMessage({alga: true, version: '1', type, request_id: '1', payload}, '*');
  }
}"""
ROUTES = [
  "../../other-extension/x",
  "/../../other-extension/x",
  "/../com.example.other/run",
  "/a/../../com.example.other/run",
  "/%2e%2e/com.example.other/run",
  "/%2E%2E%2Fcom.example.other/run",
  "/.%2e/com.example.other/run",
  "/..%5ccom.example.other/run",
  "\\..\\com.example.other\\run",
  "/%252e%252e/com.example.other/run",
  "/%25252e%25252e/com.example.other/run",
  "/..;/com.example.other/run",
  "/%c0%ae%c0%ae/com.example.other/run",
  "/.\t./com.example.other/run",
  "/.\n./com.example.other/run",
  "/./../com.example.other/run",
  "/run/..",
]  # fmt: skip
SCRIPTS = ["javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "data:text/html,x",
           "//elsewhere.example/", "/\\elsewhere.example/", "https://elsewhere.example/", "blob:null/x", 7, None]  # fmt: skip


def stranger(stage: Stage) -> Frame:
    """Another sandboxed frame on the same page."""
    stage.page.evaluate("""() => new Promise((resolve) => {
      const iframe = Object.assign(document.createElement('iframe'), {name: 'stranger', srcdoc: 'A stranger.', onload: resolve});
      iframe.setAttribute('sandbox', 'allow-scripts');
      document.body.append(iframe);
    })""")
    return inside(stage.page, "stranger")


def untouched(stage: Stage) -> bool:
    found = stage.page.evaluate("[iframe.style.height, paths.length]")
    return bool(found == ["", 0]) and stage.application.relayed == []


def test_another_frame_is_not_heard(stage: Stage) -> None:
    stage.ready(onNavigate=True)
    frame = stranger(stage)
    frame.evaluate(f"({FORGE})(parent)")
    stage.settle(frame)
    assert untouched(stage)


def test_a_frame_in_the_frame_is_not_heard(stage: Stage, own_origin: str) -> None:
    outer = stage.connect(src=f"{own_origin}/", onNavigate=True)
    outer.evaluate("""() => new Promise((resolve) => {
      const iframe = Object.assign(document.createElement('iframe'), {name: 'inner', srcdoc: 'Inside.', onload: resolve});
      document.body.append(iframe);
    })""")
    frame = inside(outer, "inner")
    frame.evaluate(f"({FORGE})(top)")
    stage.settle(frame)
    assert untouched(stage)
    outer.evaluate(f"({FORGE})(top)")  # that it is the sender who counts
    stage.settle(outer)
    assert not untouched(stage)


def test_another_frame_cannot_answer(stage: Stage) -> None:
    stage.page.add_init_script("window.fetch = () => new Promise(() => {})")
    frame = stage.ready()
    request_id = frame.evaluate("""() => {
      window.call = bridge.callProxy('/run');
      window.settled = new Promise((resolve) => addEventListener('message', ({data}) => data === 'settled' && resolve()));
      return `${bridge.page}-${bridge.calls}`;
    }""")
    stranger(stage).evaluate(
        """(request_id) => {
          const messages = {
            apiproxy_response: {body: ''},
            theme: {'--alga-bg': 'red'},
            bootstrap: {session: {token: 'forged', expires_at: ''}, theme_tokens: {'--alga-bg': 'red'}, navigation: {path: '/'}},
          };
          for (const [type, payload] of Object.entries(messages)) {
            parent.frames[0].postMessage({alga: true, version: '1', type, request_id, payload}, '*');
          }
          parent.frames[0].postMessage('settled', '*');
        }""",
        request_id,
    )
    frame.evaluate("settled")
    assert frame.evaluate("Promise.race([call, Promise.resolve('pending')])") == "pending"
    assert frame.evaluate("[bridge.getSessionToken(), bridge.getThemeTokens()]") == [None, {}]


def test_what_is_no_envelope_is_ignored(stage: Stage) -> None:
    frame = stage.ready(onNavigate=True)
    frame.evaluate("""() => {
      const good = {alga: true, version: '1', type: 'resize', payload: {height: 555}};
      const bad = [null, undefined, 7, 'resize', [], {}, new Map([['alga', true]]), new ArrayBuffer(8),
        {...good, alga: 1}, {...good, version: 1}, {...good, version: '2'}, {...good, type: 7},
        {...good, type: 'constructor'}, {...good, payload: undefined}, {...good, payload: null}, {...good, payload: 555},
        {...good, request_id: {}}, {...good, payload: {height: {valueOf: 555}}}, {...good, type: 'bootstrap'},
        {...good, type: 'navigate'}, {...good, type: 'apiproxy', request_id: 7}];
      for (const message of bad) parent.postMessage(message, '*');
    }""")
    stage.settle(frame)
    assert untouched(stage)
    assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") == 200


def test_no_route_leaves_the_extension(stage: Stage) -> None:
    frame = stage.ready()
    code = "(route) => bridge.callProxy(route, null, {method: 'GET'}).then(() => 'answered', ({code}) => code)"
    assert [(route, frame.evaluate(code, route)) for route in ROUTES] == [(route, "invalid_call") for route in ROUTES]
    assert stage.application.relayed == []


def test_no_route_of_an_old_sdk_leaves_it_either(stage: Stage) -> None:
    """Without a port, as the reference's SDK calls."""
    frame = stage.connect()
    code = """(route) => new Promise((resolve) => {
      addEventListener('message', ({data}) => data.type === 'apiproxy_response' && resolve(data.payload.code), {once: true});
      parent.postMessage({alga: true, version: '1', type: 'apiproxy', request_id: '1', payload: {route, method: 'GET'}}, '*');
    })"""
    assert [(route, frame.evaluate(code, route)) for route in ROUTES] == [(route, "invalid_call") for route in ROUTES]
    assert stage.application.relayed == []


def test_what_looks_like_another_place_is_below_the_extension(stage: Stage) -> None:
    frame = stage.ready()
    for route in [
        "//elsewhere.example/x",
        "https://elsewhere.example/x",
        "-other/x",
        "@elsewhere.example/x",
        "?x=/../../y",
        "/x#/../../y",
    ]:
        frame.evaluate("(route) => bridge.callProxy(route, null, {method: 'GET'}).catch(() => {})", route)
    assert len(stage.application.relayed) == 6
    assert [call for call in stage.application.relayed if not call.startswith("GET com.example.framed/")] == []
    stage.quiet = False  # answers of 404


@pytest.mark.parametrize("follows", [True, False])
def test_no_navigation_leaves_the_extension(stage: Stage, follows: bool) -> None:
    frame = stage.ready(**({"onNavigate": True} if follows else {}))
    src = stage.page.evaluate("iframe.src")
    navigate = "(path) => parent.postMessage({alga: true, version: '1', type: 'navigate', payload: {path}}, '*')"
    for path in SCRIPTS:
        frame.evaluate(navigate, path)
    stage.settle(frame)
    assert stage.page.evaluate("[iframe.src, paths]") == [src, []]


def test_the_sandbox_holds(stage: Stage) -> None:
    frame = stage.ready()
    assert stage.page.evaluate("iframe.getAttribute('sandbox')") == "allow-scripts"
    attempt = "(what) => { try { return String(what()); } catch (error) { return error.name; } }"
    for what in [
        "top.location.assign('https://elsewhere.example/')",
        "parent.document",
        "parent.iframe",
        "document.cookie",
        "localStorage",
    ]:
        assert (what, frame.evaluate(f"({attempt})(() => {what})")) == (what, "SecurityError")
    assert frame.evaluate("open('about:blank')") is None
    assert stage.page.url == f"{stage.application.origin}/"
    stage.quiet = False  # the browser notes each attempt


def test_a_frame_cannot_hop_to_another_extension(stage: Stage) -> None:
    stage.open()
    name, content_hash, base = stage.extension.name, stage.extension.content_hash, stage.extension.base
    make = """async ([name, hash, publicBaseOverride]) => {
      const {buildExtUiSrc, frameSource} = await import('/host-bridge.js');
      return frameSource(buildExtUiSrc(name, hash, '/', {publicBaseOverride}));
    }"""
    source = stage.page.evaluate(make, [name, content_hash, base])
    frame = stage.ready(query=f"?frame-src={urllib.parse.quote(source)}")
    assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") == 200
    stage.page.evaluate("""() => {
      window.blocked = new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      });
    }""")
    frame.evaluate("(url) => { location.href = url; }", source.replace(name, "com.example.other"))
    assert stage.page.evaluate("blocked") == "frame-src"
    assert "com.example.other" not in (frame.url, stage.page.evaluate("iframe.src"))
    stage.quiet = False  # the browser notes it


def test_a_frame_that_is_loaded_without_a_sandbox_begins_anew(stage: Stage, own_origin: str) -> None:
    stage.open()
    loaded = "new Promise((resolve) => iframe.addEventListener('load', resolve, {once: true}))"
    stage.page.evaluate(
        f"""async (src) => {{
          window.iframe = Object.assign(document.createElement('iframe'), {{name: 'extension', src}});
          document.body.append(iframe);
          await {loaded};
        }}""",
        f"{own_origin}/",
    )
    assert stage.frame.evaluate("window.origin") == own_origin
    stage.page.evaluate(
        f"""async (contentHash) => {{
          const {{bootstrapIframe}} = await import('/host-bridge.js');
          bootstrapIframe({{iframe, extensionId: 'x', contentHash, allowedOrigin: new URL(iframe.src).origin}});
          await {loaded};
        }}""",
        stage.extension.content_hash,
    )
    assert stage.frame.evaluate("window.origin") == "null"


UNSAFE: list[dict[str, Any]] = [
    {"sandbox": "allow-scripts allow-same-origin"},
    {"originPerInstall": True, "sandbox": "allow-scripts"},
    {"originPerInstall": True, "src": "/", "allowedOrigin": None},
    {"allowedOrigin": "https://elsewhere.example"},
    {"allowedOrigin": None},
    {"src": "javascript:alert(1)", "allowedOrigin": "null"},
    {"src": "data:text/html,x", "allowedOrigin": "null"},
    {"src": ""},
    {"src": None},
    {"contentHash": "sha256:0"},
    {"extensionId": ".."},
    {"iframe": {}},
]


@pytest.mark.parametrize("options", UNSAFE, ids=str)
def test_a_frame_that_would_not_be_isolated_is_refused(stage: Stage, options: dict[str, Any]) -> None:
    stage.open()
    refused = """async (options) => {
      const {bootstrapIframe} = await import('/host-bridge.js');
      const iframe = document.createElement('iframe');
      if (options.src !== null) iframe.src = options.src;
      if (options.sandbox) iframe.setAttribute('sandbox', options.sandbox);
      if (options.allowedOrigin === null) delete options.allowedOrigin;
      try { return bootstrapIframe({iframe, ...options}) && 'connected'; } catch (error) { return error.name; }
    }"""
    good = {
        "src": "https://ui.example/",
        "allowedOrigin": "https://ui.example",
        "extensionId": "com.example.framed",
        "contentHash": stage.extension.content_hash,
    }
    assert stage.page.evaluate(refused, good) == "connected"
    assert stage.page.evaluate(refused, good | options) == "TypeError"
