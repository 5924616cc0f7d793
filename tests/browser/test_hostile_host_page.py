"""Hostile extensions in the real host page, on the real gateway: whatever they post, name, load or open harms nobody else.

`test_hostile_frames.py` has the same attacks, and more, on the bridge alone.
"""

import json
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.hosting import inside
from tests.browser.product import FRAMED, OTHER, Visit
from tests.browser.test_hostile_frames import FORGE, ROUTES, SCRIPTS

pytestmark = pytest.mark.needs("chromium")
BRIDGE = "async () => { const {bridge} = sdk.useExtension(); window.bridge = bridge; await bridge.context; }"
TENANT = "bridge.fetch('/run').then((answer) => answer.text()).then((text) => text.split('\\n')[0])"
DATABASE = """new Promise((resolve, reject) => {
  const asked = indexedDB.open('x');
  asked.onsuccess = () => resolve('opened');
  asked.onerror = () => reject(asked.error);
})"""


@pytest.fixture
def frame(visit: Visit) -> Frame:
    frame = visit.open(FRAMED, "/place")
    frame.evaluate(BRIDGE)
    return frame


@pytest.fixture
def relayed(visit: Visit, frame: Frame) -> list[str]:
    """What the host page asks its server for the frame, from now on."""
    found: list[str] = []
    visit.page.on("request", lambda request: found.append(request.url) if "/api/" in request.url else None)
    return found


def settle(visit: Visit, frame: Frame) -> None:
    """Wait until the page has heard all that the frame posted to it before: messages of one frame come in order."""
    attempt(frame, "bridge.callProxy('..')")


def attempt(frame: Frame | Page, what: str) -> str:
    """What an expression answers, or the name of what it throws."""
    code = f"async () => {{ try {{ return String(await ({what})); }} catch (error) {{ return error.name; }} }}"
    return str(frame.evaluate(code))


def test_forged_envelopes(visit: Visit, frame: Frame, relayed: list[str]) -> None:
    """Of messages that say more than the frame may, the host takes what is the frame's own, or nothing."""
    forged: list[Any] = [
        {"type": "apiproxy", "payload": {"route": f"/../{OTHER}/run", "method": "GET"}},
        {"type": "apiproxy", "payload": {"route": "/run", "method": "TRACE"}},
        {"type": "apiproxy", "extensionId": OTHER, "payload": {"route": ["/run"], "extension": OTHER}},
        {"type": "bootstrap", "payload": {"session": {"token": "forged"}}},
        {"type": "apiproxy_response", "payload": {"body": "", "status": 200}},
        {"type": "theme", "payload": {"--alga-bg": "red"}},
        {"type": "resize", "payload": {"height": 1e12}},
        {"type": "__proto__", "payload": {"polluted": True}},
    ]
    post = "(forged) => forged.forEach((one) => parent.postMessage({alga: true, version: '1', request_id: '1', ...one}, '*'))"
    frame.evaluate(post, forged)
    settle(visit, frame)
    assert relayed == []
    expect(visit.page.locator("iframe")).to_have_css("height", "4000px")  # as tall as a frame can ask for
    assert visit.page.evaluate("[({}).polluted, document.documentElement.style.getPropertyValue('--alga-bg')]") == [None, "#ffffff"]
    assert frame.evaluate(TENANT) == "demo"


def test_another_frame_that_speaks_for_it(visit: Visit, frame: Frame, relayed: list[str]) -> None:
    """Also one that the extension makes itself, and one beside it."""
    inner = "Object.assign(document.createElement('iframe'), {name: 'inner', srcdoc: 'A stranger.', onload: resolve})"
    # Policy lets the page itself show nothing but the same extension.
    again = "Object.assign(document.querySelector('iframe').cloneNode(), {name: 'stranger', onload: resolve})"
    for place, made in ((frame, inner), (visit.page, again)):
        place.evaluate(f"() => new Promise((resolve) => document.body.append({made}))")
    for stranger in (inside(frame, "inner"), inside(visit.page, "stranger")):
        stranger.evaluate(f"({FORGE})(top)")
        stranger.evaluate("""() => {
          const answer = {alga: true, version: '1', type: 'theme_tokens', payload: {theme_tokens: {'--alga-bg': 'red'}}};
          for (const target of [top.frames[0], parent]) target.postMessage(answer, '*');
        }""")
    settle(visit, frame)
    assert relayed == []
    assert visit.page.url.endswith(f"/apps/{FRAMED}/place")
    assert visit.page.evaluate("document.querySelector('#content iframe').style.height") == ""
    assert frame.evaluate("bridge.getThemeTokens()['--alga-bg']") == "#ffffff"


def test_routes_of_other_extensions(visit: Visit, frame: Frame, relayed: list[str]) -> None:
    code = "(route) => bridge.callProxy(route, null, {method: 'GET'}).then(() => 'answered', ({code}) => code)"
    assert [(route, frame.evaluate(code, route)) for route in ROUTES] == [(route, "invalid_call") for route in ROUTES]
    assert relayed == []


def test_navigation_to_scripts_and_other_hosts(visit: Visit, frame: Frame) -> None:
    for path in SCRIPTS:
        frame.evaluate("(path) => bridge.emitToHost('navigate', {path})", path)
    settle(visit, frame)
    assert visit.page.url == f"{visit.product.url}/apps/{FRAMED}/place"
    frame.evaluate("bridge.emitToHost('navigate', {path: '/../../../signed-out'})")
    visit.page.wait_for_url(f"**/apps/{FRAMED}/signed-out")  # below its own prefix


def test_top_navigation_and_windows(visit: Visit, frame: Frame) -> None:
    address = visit.page.url
    for what in ("top.location.assign('https://elsewhere.example/')", "top.location = 'javascript:alert(1)'"):
        assert attempt(frame, what) == "SecurityError"
    frame.evaluate("""() => {
      document.body.innerHTML = '<a target=_top href=/elsewhere>a</a><form target=_top action=/elsewhere></form>';
      document.querySelector('a').click();
      document.querySelector('form').submit();
    }""")
    assert frame.evaluate("open('about:blank')") is None
    settle(visit, frame)
    assert (visit.page.url, len(visit.context.pages)) == (address, 1)
    visit.quiet = False  # the browser notes each attempt


def test_the_parent_its_cookies_and_any_storage(visit: Visit, frame: Frame) -> None:
    for what in ("parent.document", "parent.localStorage", "document.cookie", "localStorage", "sessionStorage", "caches.open('x')"):
        assert (what, attempt(frame, what)) == (what, "SecurityError")
    for what in (DATABASE, "navigator.serviceWorker.register('/x.js')", "new SharedWorker('/x.js')"):
        assert attempt(frame, what) in {"SecurityError", "TypeError", "NotSupportedError"}, what
    visit.quiet = False


def test_the_hosts_own_addresses(visit: Visit, frame: Frame) -> None:
    """The page's state has the token of the session."""
    for path in ("/", f"/api/ext-proxy/{OTHER}/run"):
        what = f"fetch('{visit.product.url}{path}', {{credentials: 'include'}})"
        assert attempt(frame, what) == "TypeError"
    visit.quiet = False


def test_headers_that_name_another_tenant_or_person(frame: Frame) -> None:
    forged = {
        "x-alga-tenant": "demo-two",
        "x-tenant-id": "demo-two",
        "x-user-id": "u-second",
        "x-runner-auth": "x",
    }
    call = "(headers) => bridge.callProxy('/run', null, {method: 'GET', headers}).then((bytes) => new TextDecoder().decode(bytes))"
    assert frame.evaluate(call, forged).split("\n")[0] == "demo"


def test_hopping_to_another_extension(visit: Visit, frame: Frame) -> None:
    other = next(item for item in state(visit)["menu"] if item["extension"] == OTHER)
    target = f"{visit.product.platform.gateway}/ext-ui/{OTHER}/{other['content_hash']}/index.html"
    frame.evaluate("(url) => { location.href = url; }", target)
    assert visit.notice() == "The extension tried to leave its own pages and was closed."
    assert visit.page.locator("iframe").count() == 0
    visit.page.get_by_role("button", name="Open it again").click()
    assert FRAMED in visit.frame.url
    visit.quiet = False  # the browser notes it


def state(visit: Visit) -> Any:
    return json.loads(visit.page.locator("#state").text_content() or "")


@pytest.mark.parametrize("file", ["index.html", "drawing.svg"])
def test_a_file_opened_as_a_page_of_its_own(visit: Visit, frame: Frame, file: str) -> None:
    """It is the gateway's address, on the host name of the product: the browser sends the session's cookie along."""
    url = frame.url.partition("index.html")[0] + file
    page = visit.context.new_page()
    with page.expect_request(url) as sent:
        page.goto(url)
    assert "host_session" in (sent.value.all_headers().get("cookie") or "")
    assert page.evaluate("window.origin") == "null"
    if file == "drawing.svg":
        assert page.locator("svg").get_attribute("class") is None  # the policy of pages is its own: no inline script runs
    for what in ("document.cookie", "localStorage"):
        assert attempt(page, what) == "SecurityError"
    for path in ("/", f"/api/ext-proxy/{OTHER}/run"):
        what = f"fetch('{visit.product.url}{path}', {{credentials: 'include'}})"
        assert attempt(page, what) == "TypeError"
    assert page.evaluate("window.opener") is None


def test_a_drawing_in_a_page_runs_nothing(visit: Visit, frame: Frame) -> None:
    shown = """() => new Promise((resolve) => {
      const image = Object.assign(new Image(), {src: 'drawing.svg', onload: () => resolve(image.naturalWidth)});
      document.body.append(image);
    })"""
    assert frame.evaluate(shown) == 40


def test_the_gateway_knows_nobody_by_a_cookie(visit: Visit) -> None:
    visit.enter()
    (cookie,) = visit.context.cookies()
    for path in (f"/api/ext/{FRAMED}/run", f"/api/ext-proxy/{FRAMED}/run", "/api/v1/menu"):
        shown = {"cookie": f"host_session={cookie['value']}"}
        request = urllib.request.Request(visit.product.platform.gateway + path, headers=shown)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)
        refused.value.close()
        assert refused.value.code == 401
