"""The host bridge and the SDK, as they are shipped: what a frame with an opaque origin gets to know, to do and to call."""

from typing import Any

import pytest

from tests.browser.hosting import HostApplication, Stage

pytestmark = pytest.mark.needs("chromium")
SESSION = {"token": "secret-of-the-session", "expiresAt": "2030-01-01T00:00:00Z"}
# What a promise was rejected with, as data.
FAILURE = """.then(() => null, ({name, code, status, message, body}) => {
  return {name, code, status, message, body: new TextDecoder().decode(body)};
})"""


def test_fetch_reaches_the_extension_and_answers_as_the_web_does(stage: Stage) -> None:
    frame = stage.ready()
    answer = frame.evaluate("""async () => {
      const response = await bridge.fetch('/run/7?x=1&x=2', {method: 'PUT', body: 'text', headers: {'content-type': 'text/plain'}});
      const headers = ['x-ext-method', 'x-ext-url', 'content-type'].map((name) => response.headers.get(name));
      return {status: response.status, ok: response.ok, headers, text: await response.text()};
    }""")
    headers = ["PUT", "/run/7?x=1&x=2", "application/octet-stream"]
    assert answer == {"status": 200, "ok": True, "headers": headers, "text": "text"}
    assert stage.application.relayed == ["PUT com.example.framed/run/7?x=1&x=2"]
    assert frame.evaluate("window.origin") == "null"


def test_the_calls_of_the_references_sdk(stage: Stage) -> None:
    frame = stage.ready()
    call = "(call) => Promise.resolve(call).then((bytes) => new TextDecoder().decode(bytes))"
    assert frame.evaluate(f"({call})(bridge.callProxy('/run', new TextEncoder().encode('a')))") == "a"
    assert frame.evaluate(f"({call})(bridge.uiProxy.call('/run', null, {{method: 'DELETE'}}))") == ""
    assert frame.evaluate(f"({call})(bridge.uiProxy.callRoute('/run', undefined, {{method: 'GET'}}))") == ""
    assert frame.evaluate("sdk.callHandlerJson(bridge, '/run', {method: 'POST', body: {a: ['é', 1]}})") == {"a": ["é", 1]}
    assert frame.evaluate("sdk.callHandlerJson(bridge.uiProxy, '/run')") is None
    assert [call.partition(" ")[0] for call in stage.application.relayed] == ["POST", "DELETE", "GET", "POST", "GET"]


def test_use_extension_knows_where_it_is(stage: Stage) -> None:
    frame = stage.connect()
    found = frame.evaluate("""async () => {
      const {context, fetch} = sdk.useExtension();
      const known = await context;
      const {headers} = await fetch(`${known.gatewayBase}/run`);
      return {known, same: sdk.useExtension().fetch === fetch, url: headers.get('x-ext-url')};
    }""")
    assert found["known"] == {
        "tenant": "demo",
        "extension": "com.example.framed",
        "content_hash": stage.extension.content_hash,
        "gatewayBase": "/api/ext-proxy/com.example.framed",
    }
    assert (found["same"], found["url"]) == (True, "/run")


def test_what_goes_wrong_has_a_type(stage: Stage) -> None:
    frame = stage.ready()
    missing = frame.evaluate(f"bridge.callProxy('/missing', null, {{method: 'GET'}}){FAILURE}")
    assert (missing["name"], missing["code"], missing["status"]) == ("BridgeError", "http", 404)
    assert missing["message"] == "Proxy error 404: Not Found"
    assert '"endpoint_not_found"' in missing["body"]
    assert frame.evaluate("bridge.fetch('/missing').then(({status, ok}) => [status, ok])") == [404, False]
    assert frame.evaluate(f"bridge.callProxy('/run', new Uint8Array(1), {{method: 'GET'}}){FAILURE}")["code"] == "invalid_call"
    assert frame.evaluate(f"bridge.callProxy('/run', null, {{method: 'TRACE'}}){FAILURE}")["code"] == "invalid_call"
    assert frame.evaluate(f"bridge.fetch('https://elsewhere.example/'){FAILURE}")["code"] == "invalid_call"
    assert frame.evaluate(f"bridge.fetch('/run', {{method: 'OPTIONS'}}){FAILURE}")["code"] == "invalid_call"
    echo = "new TextEncoder().encode('{')"
    assert frame.evaluate(f"sdk.callHandlerJson({{callRoute: async () => {echo}}}, '/run'){FAILURE}")["code"] == "invalid_answer"
    stage.quiet = False  # the browser notes the two answers of 404


def test_an_unreachable_gateway_has_no_status(stage: Stage) -> None:
    closed = HostApplication()
    closed.close()
    frame = stage.ready(apiBase=f"{closed.origin}/api/ext-proxy")
    failed = frame.evaluate(f"bridge.fetch('/run'){FAILURE}")
    assert (failed["code"], failed.get("status")) == ("unreachable", None)
    stage.quiet = False  # the browser notes the refused connection


def test_a_refused_caller_is_told(stage: Stage) -> None:
    frame = stage.ready()
    stage.application.key = "alga_unknown"
    try:
        assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") == 401
    finally:
        stage.application.key = "demo-caller.key"
    stage.quiet = False


def test_waiting_ends_with_the_signal_and_with_the_time(stage: Stage) -> None:
    stage.page.add_init_script("window.fetch = () => new Promise(() => {})")
    frame = stage.ready()
    aborted = """async () => {
      const stop = new AbortController();
      const call = bridge.fetch('/run', {signal: stop.signal});
      stop.abort();
      return call.catch(({name}) => name);
    }"""
    assert frame.evaluate(aborted) == "AbortError"
    assert frame.evaluate(f"new sdk.IframeBridge({{timeoutMs: 1}}).callProxy('/run'){FAILURE}")["code"] == "timeout"


def test_nothing_secret_is_posted_to_an_opaque_origin(stage: Stage) -> None:
    """Whatever document is in the frame hears what is posted; the port's messages only the one that made it."""
    frame = stage.connect(session=SESSION)
    frame.evaluate("""async () => {
      window.posted = [];
      addEventListener('message', ({data}) => window.posted.push(data));
      window.bridge = new sdk.IframeBridge();
      bridge.ready();
      await bridge.context;
      await bridge.fetch('/run', {method: 'POST', body: 'x'});
      window.themed = new Promise((resolve) => sdk.subscribeTheme(bridge, resolve));
    }""")
    stage.page.evaluate("bridge.setSession({token: 'another', expiresAt: ''}); bridge.setTheme({'--alga-bg': 'black'})")
    frame.evaluate("themed")
    assert frame.evaluate("posted") == []
    assert frame.evaluate("bridge.getSessionToken()") is None


def test_calls_before_ready_wait_for_it(stage: Stage) -> None:
    frame = stage.connect()
    status = """async () => {
      const bridge = new sdk.IframeBridge();
      const call = bridge.fetch('/run');
      bridge.ready();
      return (await call).status;
    }"""
    assert frame.evaluate(status) == 200


def test_a_page_that_is_loaded_again_is_connected_again(stage: Stage) -> None:
    stage.ready()
    stage.page.evaluate("new Promise((resolve) => { iframe.addEventListener('load', resolve); iframe.src = iframe.src; })")
    frame = stage.frame
    assert frame.evaluate("sdk.useExtension().fetch('/run').then(({status}) => status)") == 200


def test_the_theme_is_the_hosts(stage: Stage) -> None:
    frame = stage.ready(themeTokens={"--alga-primary": "rgb(1, 2, 3)", "color": "red"})
    value = "getComputedStyle(document.documentElement).getPropertyValue('--alga-primary')"
    assert frame.evaluate(value) == "rgb(1, 2, 3)"
    assert frame.evaluate("document.documentElement.style.color") == ""
    frame.evaluate("() => { window.themed = new Promise((resolve) => sdk.subscribeTheme(bridge, resolve)); }")
    stage.page.evaluate("bridge.setTheme({'--alga-primary': 'rgb(4, 5, 6)'})")
    assert frame.evaluate("themed") == {"--alga-primary": "rgb(4, 5, 6)"}
    assert frame.evaluate(value) == "rgb(4, 5, 6)"


@pytest.mark.parametrize(
    ("height", "given"),
    [
        (500.9, "500px"),
        (1, "100px"),
        (-7, "100px"),
        (1e9, "4000px"),
        ("700", ""),
        (None, ""),
        (float("nan"), ""),
        (float("inf"), ""),
    ],
)
def test_heights_are_bounded(stage: Stage, height: Any, given: str) -> None:
    frame = stage.connect()
    frame.evaluate("(height) => parent.postMessage({alga: true, version: '1', type: 'resize', payload: {height}}, '*')", height)
    stage.settle(frame)
    assert stage.page.evaluate("iframe.style.height") == given


def test_a_frame_grows_with_its_content(stage: Stage) -> None:
    frame = stage.ready()
    frame.evaluate("""() => {
      document.body.style.margin = '0';
      document.body.innerHTML = '<div style="height: 777px"></div>';
      sdk.autoResize(bridge);
    }""")
    stage.page.wait_for_function("iframe.style.height === '777px'")
    frame.evaluate("document.querySelector('div').style.height = '222px'")
    stage.page.wait_for_function("iframe.style.height === '222px'")


def test_a_navigation_is_the_hosts_to_follow(stage: Stage) -> None:
    frame = stage.ready(onNavigate=True)
    src = stage.page.evaluate("iframe.src")
    frame.evaluate("sdk.navigate(bridge, '/agreements/7?tab=notes')")
    stage.page.wait_for_function("paths.length")
    assert stage.page.evaluate("paths") == ["/agreements/7?tab=notes"]
    assert stage.page.evaluate("iframe.src") == src


def test_without_a_host_that_follows_the_page_is_loaded_there(stage: Stage) -> None:
    frame = stage.ready()
    assert frame.evaluate("sdk.currentPath()") == "/"
    with stage.page.expect_event("framenavigated"):
        frame.evaluate("sdk.navigate(bridge, '/agreements/7')")
    assert stage.frame.evaluate("sdk.currentPath()") == "/agreements/7"


def test_after_dispose_nothing_is_heard(stage: Stage) -> None:
    frame = stage.ready()
    stage.page.evaluate("bridge.dispose(); bridge.dispose(); bridge.setTheme({'--alga-bg': 'black'})")
    frame.evaluate("""() => {
      const post = (type, payload) => parent.postMessage({alga: true, version: '1', type, payload}, '*');
      post('resize', {height: 500});
      post('apiproxy', {route: '/run'});
      post('ready', {});
      bridge.emitToHost('resize', {height: 600});
    }""")
    stage.settle(frame)
    assert stage.page.evaluate("iframe.style.height") == ""
    assert stage.application.relayed == []
    assert frame.evaluate("bridge.getThemeTokens()") == {}


def test_dispose_ends_the_calls_at_work(stage: Stage) -> None:
    stage.page.add_init_script("""window.fetch = (url, {signal}) => new Promise((_, reject) => {
      window.asked = true;
      signal.addEventListener('abort', () => { window.ended = true; reject(signal.reason); });
    })""")
    frame = stage.ready()
    frame.evaluate("() => { window.call = bridge.fetch('/run'); }")
    stage.page.wait_for_function("window.asked")
    stage.page.evaluate("bridge.dispose()")
    assert stage.page.evaluate("window.ended") is True
