"""Chromium, and a host application whose pages frame an extension that is published to a whole platform."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import guests
from tests.browser.hosting import SCRIPTS, Extension, HostApplication, Stage
from tests.browser.kit import BLANK, GALLERY, Kit
from tests.browser.product import FRAMED, OTHER, Apart, Product, Visit, visiting
from tests.guests.bundles import bundle_files
from tests.platform import ROOT, Platform, running

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
SITES = "apps.localhost"  # browsers look up no name below `localhost`
PAGE = b"<!doctype html><title>framed</title><script type=module src=app.js></script><p>An extension.</p>"
# A drawing that runs a script where it may.
DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle r="20"/>
<script>document.documentElement.setAttribute("class", window.origin)</script></svg>"""
APP = b"import * as sdk from './iframe-sdk.js';\nwindow.sdk = sdk;\ndocument.documentElement.dataset.ready = 'true';\n"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site() -> Iterator[Platform]:
    """A platform whose gateway has an origin for each install, and no samples."""
    with running("--empty", settings={"EXT_GATEWAY_UI_DOMAIN_ROOT": SITES}) as platform:
        yield platform


@pytest.fixture(scope="package")
def extension(platform: Platform) -> Extension:
    """`com.example.framed`: echoes what it is called with; its page has the SDK at hand as `sdk` and does nothing else."""
    pages = {"ui/index.html": PAGE, "ui/app.js": APP, "ui/iframe-sdk.js": (SCRIPTS / "iframe-sdk.js").read_bytes()}
    version = platform.publish(bundle_files("com.example.framed", guests.component("echo")) | pages)
    platform.install(version)
    return Extension(version.name, version.content_hash, platform.gateway)


@pytest.fixture(scope="package")
def application(platform: Platform) -> Iterator[HostApplication]:
    with closing(HostApplication(platform)) as application:
        yield application


@pytest.fixture(scope="package")
def own_origin() -> Iterator[str]:
    """An origin that serves the same page for one install alone, and sandboxes nothing itself."""
    files = {"/": PAGE, "/app.js": APP, "/iframe-sdk.js": (SCRIPTS / "iframe-sdk.js").read_bytes()}
    with closing(HostApplication(files=files)) as server:
        yield server.origin


@pytest.fixture
def stage(browser: Browser, application: HostApplication, extension: Extension) -> Iterator[Stage]:
    """An empty page of the host application."""
    page = browser.new_page()
    stage = Stage(page, application, extension)
    yield stage
    page.close()
    assert not (stage.quiet and stage.complaints), stage.complaints


@pytest.fixture(scope="package")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scripts of extensions' pages with the reference's published packages in them, as they are: `app.js`, `kit.js`."""
    project = tmp_path_factory.mktemp("npm") / "project"
    shutil.copytree(Path(__file__).with_name("npm"), project, ignore=shutil.ignore_patterns("node_modules", "dist"))
    for command in (["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return project / "dist"


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    """samples/host-app as `up` starts it, with `com.example.framed` and `com.example.other` for both of its tenants."""
    with running("--empty", "--sample", str(ROOT / "samples" / "hello-python"), "--host-app") as platform:
        scripts = {"ui/index.html": PAGE, "ui/app.js": APP, "ui/iframe-sdk.js": (SCRIPTS / "iframe-sdk.js").read_bytes()}
        for name in (FRAMED, OTHER):
            version = platform.publish(bundle_files(name, guests.component("context")) | scripts | {"ui/drawing.svg": DRAWING})
            for tenant in ("demo", "demo-two"):
                platform.install(version, tenant)
        yield Product(platform, platform.told["host_app"])


@pytest.fixture
def visit(browser: Browser, product: Product) -> Iterator[Visit]:
    """Somebody who is not signed in yet."""
    with visiting(browser, product) as visit:
        yield visit


@pytest.fixture(scope="package")
def apart(product: Product) -> Iterator[Apart]:
    """The same product with a wire that can be cut."""
    apart = Apart(product.platform)
    with apart.running():
        yield apart


@pytest.fixture(scope="package")
def kit_url(platform: Platform) -> str:
    """Where the gateway serves the kit's gallery, and `blank.html`, a page that has loaded the kit and shows nothing."""
    gallery = {f"ui/{file.name}": file.read_bytes() for file in GALLERY.iterdir()}
    blank = {"ui/blank.html": BLANK, "ui/blank.js": b"import * as kit from './ui-kit.js';\nwindow.kit = kit;\n"}
    script = {"ui/ui-kit.js": (SCRIPTS / "ui-kit.js").read_bytes()}
    version = platform.publish(bundle_files("com.example.gallery", guests.component("echo")) | gallery | blank | script)
    platform.install(version)
    return f"{platform.gateway}/ext-ui/{version.name}/{version.content_hash}/"


@pytest.fixture
def kit(browser: Browser, kit_url: str) -> Iterator[Kit]:
    """The blank page, with nothing in it yet."""
    context = browser.new_context(color_scheme="light")
    kit = Kit(context.new_page(), kit_url)
    yield kit
    context.close()
    assert not kit.complaints, kit.complaints


@pytest.fixture(scope="package")
def axe() -> str:
    """The text of axe-core, which comes with the packages of `sdk/`."""
    done = subprocess.run([ROOT / "scripts" / "gen_sdk", "--check"], capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return (ROOT / "sdk" / "node_modules" / "axe-core" / "axe.min.js").read_text()
