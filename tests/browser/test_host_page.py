"""The pages of samples/host-app: who is signed in, the menu, one extension at a time, and what users are told of failures."""

import re
import urllib.request
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.kit import violations
from tests.browser.product import FRAMED, OTHER, Apart, Visit, visiting

pytestmark = pytest.mark.needs("chromium")
BRIDGE = "async () => { const {bridge} = sdk.useExtension(); window.bridge = bridge; await bridge.context; }"


def test_nothing_is_shown_to_who_is_not_signed_in(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.product.url}/apps/{FRAMED}/")
    page.get_by_label("Password").fill("a password of nobody in this product")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text() == "That is not the password."
    assert page.locator("iframe, nav, #state").count() == 0


def test_the_menu_opens_extensions_full_page(visit: Visit) -> None:
    page = visit.enter()
    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == [FRAMED, "Hello (Python)", OTHER]
    expect(page.get_by_role("main")).to_have_text("Choose an extension from the menu.", use_inner_text=True)
    page.get_by_role("link", name="Hello (Python)").click()
    assert visit.frame.locator("#status").inner_text() == "The script has run."
    assert page.locator("nav [aria-current=page]").inner_text() == "Hello (Python)"
    assert page.title() == "Hello (Python) · Example product"
    box, main = page.locator("iframe").bounding_box(), page.locator("main").bounding_box()
    assert box is not None
    assert main is not None
    assert (box["width"], box["height"]) == (main["width"], main["height"])
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"
    page.get_by_role("link", name=OTHER).click()
    page.wait_for_url(f"**/apps/{OTHER}/")


def test_the_address_follows_the_extension_and_survives_a_reload(visit: Visit) -> None:
    frame = visit.open(FRAMED, "/agreements/7?tab=notes#end")
    assert frame.evaluate("sdk.currentPath()") == "/agreements/7?tab=notes#end"
    frame.evaluate(BRIDGE)
    frame.evaluate("sdk.navigate(bridge, '/agreements/8?tab=a%20b')")
    visit.page.wait_for_url(f"**/apps/{FRAMED}/agreements/8?tab=a%20b")
    visit.page.reload()
    assert visit.frame.evaluate("sdk.currentPath()") == "/agreements/8?tab=a%20b"


def test_a_frame_gets_the_height_it_asks_for_and_never_less_than_the_page(visit: Visit) -> None:
    frame = visit.open(FRAMED)
    frame.evaluate(BRIDGE)
    frame.evaluate("sdk.resize(bridge, 2345)")
    expect(visit.page.locator("iframe")).to_have_css("height", "2345px")
    frame.evaluate("sdk.resize(bridge, 150)")
    visit.page.wait_for_function("document.querySelector('iframe').style.height === '150px'")
    box = visit.page.locator("iframe").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] >= visit.page.viewport_size["height"]  # type: ignore[index]  # pages have one


def test_the_theme_reaches_the_frame_at_once_and_later(visit: Visit) -> None:
    background = "getComputedStyle(document.documentElement).getPropertyValue('--alga-bg')"
    frame = visit.open(FRAMED)
    frame.evaluate(BRIDGE)
    assert frame.evaluate(background) == "#ffffff"
    frame.evaluate("() => { window.themed = new Promise((resolve) => sdk.subscribeTheme(bridge, resolve)); }")
    visit.page.get_by_role("button", name="Dark").click()
    frame.evaluate("themed")
    assert frame.evaluate(background) == "#10151d"
    assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 21, 29)"
    visit.page.reload()  # it is remembered
    frame = visit.frame
    frame.evaluate(BRIDGE)
    assert frame.evaluate(background) == "#10151d"


@pytest.mark.needs("npm")  # which brings axe-core
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Visit, axe: str, scheme: Literal["light", "dark"]) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    visit.page.goto(visit.product.url)
    assert violations(visit.page, axe) == []
    visit.open("com.example.hello-python")
    assert visit.page.locator("html").get_attribute("data-theme") == scheme
    assert violations(visit.page, axe) == []
    visit.context.clear_cookies()
    visit.page.get_by_role("button", name="Sign out").click()
    visit.notice()
    assert violations(visit.page, axe) == []
    visit.quiet = False  # the browser notes the 401


def test_each_tenant_has_its_own_calls_and_menu(visit: Visit) -> None:
    tenant = "bridge.fetch('/run').then((answer) => answer.text()).then((text) => text.split('\\n')[0])"
    frame = visit.open(FRAMED)
    frame.evaluate(BRIDGE)
    assert (frame.evaluate("bridge.context")["tenant"], frame.evaluate(tenant)) == ("demo", "demo")
    visit.page.get_by_label("Tenant").select_option(label="Second demo · Second user")
    visit.page.wait_for_url(f"{visit.product.url}/")
    visit.page.get_by_role("link", name=FRAMED).click()
    frame = visit.frame
    frame.evaluate(BRIDGE)
    assert (frame.evaluate("bridge.context")["tenant"], frame.evaluate(tenant)) == ("demo-two", "demo-two")


def test_bodies_as_large_as_the_gateway_takes_them_pass_the_relay(visit: Visit) -> None:
    frame = visit.open(FRAMED)
    frame.evaluate(BRIDGE)
    post = "(size) => bridge.fetch('/run', {method: 'POST', body: new Uint8Array(size)}).then(({status}) => status)"
    assert frame.evaluate(post, 10 << 20) == 200


def test_what_is_not_installed_is_not_opened(visit: Visit) -> None:
    page = visit.enter("/apps/com.example.nothing/")
    expect(page.get_by_role("main")).to_have_text(
        "This extension is not installed here, or you may not use it.", use_inner_text=True
    )


def test_a_session_that_ended_is_told_and_the_place_is_kept(visit: Visit) -> None:
    frame = visit.open(FRAMED, "/place")
    frame.evaluate(BRIDGE)
    elsewhere = visit.context.new_page()
    elsewhere.goto(visit.product.url)
    elsewhere.get_by_role("button", name="Sign out").click()
    elsewhere.get_by_label("Password").wait_for()
    assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") == 401
    assert visit.notice() == "Your session has ended."
    visit.page.get_by_role("button", name="Sign in again").click()
    visit.page.get_by_label("Password").fill(visit.product.password)
    visit.page.get_by_role("button", name="Sign in").click()
    assert visit.frame.evaluate("sdk.currentPath()") == "/place"
    visit.quiet = False  # the browser notes the 401


def test_a_gateway_that_goes_away_is_told(browser: Browser, apart: Apart) -> None:
    with visiting(browser, apart.product) as visit:
        frame = visit.open(FRAMED)
        frame.evaluate(BRIDGE)
        with apart.cut():
            assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") == 502
            assert visit.notice() == "The extension service cannot be reached."
            visit.page.get_by_role("button", name="Try again").click()
            assert visit.notice() == "The extension service cannot be reached."
            assert visit.page.locator("iframe").count() == 0
        visit.page.get_by_role("button", name="Try again").click()
        frame = visit.frame
        frame.evaluate(BRIDGE)
        assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") == 200
        visit.quiet = False  # the browser notes the 502


def test_a_gateway_that_fails_is_told(visit: Visit) -> None:
    frame = visit.open(FRAMED)
    frame.evaluate(BRIDGE)
    with visit.product.platform.stopped("runner"):
        assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") in {502, 503, 504}
    assert visit.notice() == "The extension service failed."
    visit.quiet = False


def ask(url: str, method: str = "POST", headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, Any]:
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers


def test_the_cookie_alone_calls_nothing(visit: Visit) -> None:
    """What other sites can make a browser send: the cookie, without the token that only our page knows."""
    visit.enter()
    (cookie,) = visit.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    sent = {"cookie": f"{cookie['name']}={cookie['value']}", "content-type": "application/json"}
    url, relayed = visit.product.url, f"/api/ext-proxy/{FRAMED}/run"
    for path, method in ((relayed, "GET"), (relayed, "POST"), ("/api/session/person", "POST"), ("/api/session/end", "POST")):
        assert ask(url + path, method, sent)[0] == 403, path
        assert ask(url + path, method, sent | {"x-csrf-token": "x" * 43})[0] == 403, path
        assert ask(url + path, method)[0] == 401, path
    token = visit.page.evaluate("JSON.parse(document.getElementById('state').textContent).token")
    status, headers = ask(
        url + relayed, "GET", sent | {"x-csrf-token": token, "x-alga-tenant": "demo-two", "x-user-id": "u-second"}
    )
    assert status == 200
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    for path in (f"/api/ext-proxy/{FRAMED}/../../v1/menu", f"/api/ext-proxy/{FRAMED}/./run", f"/api/ext-proxy/{FRAMED}/a/../run"):
        assert ask(url + path, "GET", sent | {"x-csrf-token": token})[0] == 400, path


def test_another_site_signs_nobody_in(visit: Visit) -> None:
    form = f"password={visit.product.password}".encode()
    for origin in ({}, {"origin": "https://elsewhere.example"}, {"origin": "null"}):
        assert ask(visit.product.url, body=form, headers=origin)[0] == 403
    status, headers = ask(visit.product.url, body=b"password=", headers={"origin": visit.product.url})
    assert (status, headers["set-cookie"]) == (200, None)


def test_documents_name_what_they_frame_and_run(visit: Visit) -> None:
    seen: dict[str, dict[str, str]] = {}
    visit.page.on("response", lambda response: seen.update({response.url: response.headers}))
    visit.open(FRAMED)
    document = seen[visit.page.url]
    policy = dict(part.strip().split(" ", 1) for part in document["content-security-policy"].split(";"))
    (source,) = policy["frame-src"].split()
    assert re.fullmatch(rf"{visit.product.platform.gateway}/ext-ui/{FRAMED}/sha256%3A[0-9a-f]{{64}}/", source)
    assert visit.page.evaluate("document.querySelector('iframe').src").startswith(source)
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert (document["cache-control"], document["x-content-type-options"]) == ("no-store", "nosniff")
    visit.page.goto(visit.product.url)
    assert "frame-src 'none'" in seen[f"{visit.product.url}/"]["content-security-policy"]
