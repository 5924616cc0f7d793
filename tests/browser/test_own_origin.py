"""A frame whose origin serves its install alone: both sides address each other exactly, and the session's token is delivered."""

import urllib.parse
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.browser.hosting import HostApplication, Stage

pytestmark = pytest.mark.needs("chromium")
SESSION = {"token": "secret-of-the-session", "expiresAt": "2030-01-01T00:00:00Z"}


@pytest.fixture
def elsewhere() -> Iterator[str]:
    with closing(HostApplication()) as server:
        yield server.origin


def src(stage: Stage, origin: str) -> str:
    return f"{origin}/?parentOrigin={urllib.parse.quote(stage.application.origin)}"


def test_the_session_is_delivered_and_calls_are_answered(stage: Stage, own_origin: str) -> None:
    frame = stage.ready(src=src(stage, own_origin), originPerInstall=True, session=SESSION)
    assert frame.evaluate("window.origin") == own_origin
    assert frame.evaluate("sdk.getToken(bridge)") == SESSION["token"]
    assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") == 200
    frame.evaluate("() => { window.renewed = new Promise((resolve) => bridge.on(resolve)); }")
    stage.page.evaluate("bridge.setSession({token: 'the next', expiresAt: ''})")
    frame.evaluate("renewed")
    assert frame.evaluate("bridge.getSessionToken()") == "the next"


def test_a_page_of_another_origin_in_the_frame_neither_hears_nor_is_heard(stage: Stage, own_origin: str, elsewhere: str) -> None:
    frame = stage.ready(src=src(stage, own_origin), originPerInstall=True, session=SESSION, onNavigate=True)
    with stage.page.expect_event("framenavigated"):
        frame.evaluate("(url) => { location.href = url; }", elsewhere)
    frame.wait_for_load_state()
    frame.evaluate("""() => {
      window.heard = [];
      addEventListener('message', ({data}) => window.heard.push(data));
      const post = (type, payload) => parent.postMessage({alga: true, version: '1', type, request_id: '1', payload}, '*');
      post('ready', {});
      post('resize', {height: 555});
      post('apiproxy', {route: '/run', method: 'GET'});
    }""")
    stage.settle(frame)
    stage.page.evaluate("bridge.setSession({token: 'the next', expiresAt: ''}); iframe.contentWindow.postMessage('settled', '*')")
    frame.evaluate("new Promise((resolve) => heard.includes('settled') ? resolve() : addEventListener('message', resolve))")
    assert frame.evaluate("heard") == ["settled"]
    assert (stage.page.evaluate("iframe.style.height"), stage.application.relayed) == ("", [])
    stage.quiet = False  # the browser notes what it did not deliver


def test_the_frame_hears_nobody_but_the_page_it_was_made_for(stage: Stage, own_origin: str) -> None:
    """`parentOrigin` names another origin than the one that frames it."""
    frame = stage.connect(src=f"{own_origin}/?parentOrigin=https://app.example", originPerInstall=True, session=SESSION)
    frame.evaluate("""() => {
      window.settled = new Promise((resolve) => addEventListener('message', ({data}) => data === 'settled' && resolve()));
      window.bridge = new sdk.IframeBridge();
      bridge.ready();
    }""")
    stage.page.evaluate("bridge.setSession({token: 'the next', expiresAt: ''}); iframe.contentWindow.postMessage('settled', '*')")
    frame.evaluate("settled")
    assert frame.evaluate("bridge.getSessionToken()") is None
    stage.quiet = False


def test_with_the_same_page_and_no_origin_of_its_own_there_is_no_token(stage: Stage, own_origin: str) -> None:
    frame = stage.ready(src=src(stage, own_origin), session=SESSION)
    assert frame.evaluate("[window.origin, bridge.getSessionToken()]") == ["null", None]
