"""The gateway's own origins for installs: a page has one that is its install's alone, and still no way out of it."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page

from tests import guests
from tests.browser.conftest import APP, PAGE, SITES
from tests.browser.hosting import SCRIPTS, Extension, HostApplication, Stage
from tests.browser.test_guide import OWN_ORIGIN
from tests.guests.bundles import bundle_files
from tests.platform import Platform

pytestmark = pytest.mark.needs("chromium")
SESSION = {"token": "secret-of-the-session", "expiresAt": "2030-01-01T00:00:00Z"}
ASKING = b"""const ask = (url) => fetch(url).then(({status}) => status, (error) => error.name);
Promise.all([ask('app.js'), ask('https://elsewhere.invalid/data')])
  .then(([own, elsewhere]) => postMessage([`own: ${own}`, `elsewhere: ${elsewhere}`]));"""
PAGES = {
    "ui/asking.js": ASKING,
    "ui/index.html": PAGE,
    "ui/app.js": APP,
    "ui/iframe-sdk.js": (SCRIPTS / "iframe-sdk.js").read_bytes(),
    "ui/worker.js": b"self.addEventListener('fetch', (event) => event.respondWith(new Response('still here')));",
}


def deploy(site: Platform, name: str) -> Extension:
    version = site.publish(bundle_files(name, guests.component("echo")) | PAGES)
    install = site.install(version)
    port = site.gateway.rpartition(":")[2]
    return Extension(version.name, version.content_hash, f"http://{install.id}.{SITES}:{port}")


@pytest.fixture(scope="module")
def extension(site: Platform) -> Extension:
    return deploy(site, "com.example.own")


@pytest.fixture(scope="module")
def other(site: Platform) -> Extension:
    return deploy(site, "com.example.other")


@pytest.fixture(scope="module")
def application(site: Platform) -> Iterator[HostApplication]:
    with closing(HostApplication(site)) as application:
        yield application


def page_of(extension: Extension) -> str:
    return f"{extension.base}/ext-ui/{extension.name}/{extension.content_hash}/index.html"


def test_the_code_of_the_guide(stage: Stage) -> None:
    install_id, _, rest = stage.extension.base.removeprefix("http://").partition(".")
    code = OWN_ORIGIN.replace("https://${installId}.apps.example", f"http://${{installId}}.{rest}")
    code = code.replace("com.example.reports", stage.extension.name)
    stage.open()
    told = [install_id, stage.extension.content_hash, SESSION]
    stage.page.evaluate(f"""async ([installId, contentHash, session]) => {{
      const {{bootstrapIframe, buildExtUiSrc}} = await import('/host-bridge.js');
      const iframe = Object.assign(document.createElement('iframe'), {{name: 'extension'}});
      {code}
      document.body.append(iframe);
    }}""", told)  # fmt: skip
    frame = stage.frame
    frame.evaluate("async () => { window.bridge = new sdk.IframeBridge(); bridge.ready(); await bridge.context; }")
    assert frame.evaluate("[window.origin, bridge.getSessionToken()]") == [stage.extension.base, SESSION["token"]]


def test_the_session_is_delivered_and_calls_are_answered(stage: Stage) -> None:
    frame = stage.ready(originPerInstall=True, session=SESSION)
    assert frame.evaluate("window.origin") == stage.extension.base
    assert frame.evaluate("sdk.getToken(bridge)") == SESSION["token"]
    assert frame.evaluate("bridge.fetch('/run').then(({status}) => status)") == 200


def test_the_hosts_page_stays_out_of_reach(stage: Stage) -> None:
    frame = stage.ready(originPerInstall=True)
    tries = ["parent.document.title", "parent.localStorage.length", "top.iframe", "frameElement.src"]
    for script in tries:
        assert frame.evaluate(f"() => {{ try {{ return {script}; }} catch (error) {{ return error.name; }} }}") in {
            "SecurityError",
            "TypeError",  # there is no frameElement
        }
    frame.evaluate("() => { try { top.location = 'https://elsewhere.example/'; } catch { } }")
    frame.evaluate("() => { open('about:blank'); }")
    assert stage.page.url.startswith(stage.application.origin)
    assert len(stage.page.context.pages) == 1
    stage.quiet = False  # the browser notes what it refused


def test_without_the_bridges_leave_it_is_as_everywhere(stage: Stage) -> None:
    frame = stage.ready(session=SESSION)
    assert frame.evaluate("[window.origin, bridge.getSessionToken()]") == ["null", None]


def test_its_origin_serves_that_install_and_nothing_else(stage: Stage, site: Platform, other: Extension) -> None:
    """Not even what its browser's own credentials, e.g. a client certificate, would open."""
    frame = stage.ready(originPerInstall=True)
    paths = [
        f"/api/ext/{stage.extension.name}/run",
        f"/api/ext-proxy/{stage.extension.name}/run",
        "/readyz",
        f"/ext-ui/{other.name}/{other.content_hash}/index.html",
    ]
    assert frame.evaluate("(paths) => Promise.all(paths.map((path) => fetch(path).then(({status}) => status)))", paths) == [404] * 4
    stage.quiet = False  # the browser notes each 404
    assert site.call(paths[-1], key=None).status == 200  # at the shared origin it is


@pytest.fixture
def page(browser: Browser, extension: Extension) -> Iterator[Page]:
    """The same page as one of its own, by way of the origin's root: there a browser gives it all that its origin may have."""
    page = browser.new_page()
    page.goto(f"{extension.base}/")
    page.locator("html[data-ready=true]").wait_for(timeout=20_000)
    assert page.url.startswith(f"{extension.base}/ext-ui/")
    yield page
    page.close()


def test_a_page_of_its_own_has_the_same_origin_and_the_same_sandbox(page: Page, extension: Extension) -> None:
    assert page.evaluate("window.origin") == extension.base
    page.evaluate("() => { open('about:blank'); alert('blocked'); }")
    assert len(page.context.pages) == 1


def test_storage_is_the_installs_own(page: Page, other: Extension) -> None:
    assert page.evaluate("() => { localStorage.mine = '1'; document.cookie = 'mine=1'; return localStorage.length; }") == 1
    page.goto(f"{other.base}/")
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]


def test_a_worker_asks_no_other_hosts_than_its_page(page: Page) -> None:
    page.context.route("https://elsewhere.invalid/**", lambda route: route.fulfill(headers={"access-control-allow-origin": "*"}))
    told = """() => new Promise((resolve) => {
      const worker = new Worker('asking.js');
      worker.onmessage = ({data}) => resolve(data);
      worker.onerror = () => resolve('did not run');
    })"""
    assert page.evaluate(told) == ["own: 200", "elsewhere: TypeError"]


def test_no_worker_outlives_its_version(page: Page) -> None:
    register = "navigator.serviceWorker.register('worker.js').then(() => '', (error) => error.message)"
    assert "404" in page.evaluate(register)
