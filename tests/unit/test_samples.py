"""The samples as an author would have them: manifests that hold, files that exist, and the platform's own contract."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from kernel.archive import load, pack
from kernel.manifest import Manifest
from tests.guests import component
from tests.guests.bundles import bundle_files

SAMPLES = Path(__file__).parents[2] / "samples"
ROOT = SAMPLES.parent
LOCKED = [
    *(SAMPLES / "agreements", SAMPLES / "hello-js", SAMPLES / "hello-quickjs"),
    *(ROOT / "scripts" / "bench" / "guests" / "js", ROOT / "tests" / "guests" / "everything-js"),
]
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/manifest.json"))


def test_all_samples_are_here() -> None:
    assert NAMES == ["agreements", "hello-js", "hello-python", "hello-quickjs"]


@pytest.mark.parametrize("place", ["agreements/wit", "hello-js/wit", "hello-quickjs/wit/deps/extension"])
def test_the_javascript_samples_carry_the_contract_of_the_kernel(place: str) -> None:
    ours = (files("kernel") / "wit" / "extension.wit").read_bytes()
    assert (SAMPLES / place / "extension.wit").read_bytes() == ours


HELLO = [name for name in NAMES if name.startswith("hello-")]


def test_the_manifest_of_agreements_holds() -> None:
    manifest = Manifest.parse((SAMPLES / "agreements" / "manifest.json").read_bytes())
    assert manifest.name == "com.example.agreements"
    assert manifest.capabilities == ("cap:config.read", "cap:http.fetch", "cap:log.emit", "cap:storage.kv")
    assert manifest.egress == ("http://127.0.0.1:7490/vendor",)  # where samples/host-app listens
    assert manifest.ui is not None
    assert manifest.ui.entry == "ui/dist/index.html"  # which a build makes of ui/


@pytest.mark.parametrize("name", HELLO)
def test_the_manifest_holds(name: str) -> None:
    manifest = Manifest.parse((SAMPLES / name / "manifest.json").read_bytes())
    assert manifest.name == f"com.example.{name}"
    assert manifest.capabilities == ("cap:context.read", "cap:log.emit", "cap:storage.kv")
    assert {(endpoint.method, endpoint.path) for endpoint in manifest.endpoints} >= {
        ("GET", "/hello"),
        ("POST", "/notes"),
        ("GET", "/notes/:id"),
    }
    assert manifest.ui is None or (SAMPLES / name / manifest.ui.entry).is_file()


@pytest.mark.parametrize("name", ["agreements", "hello-js", "hello-python"])
def test_the_page_has_no_inline_script_and_its_files_exist(name: str) -> None:
    page = (SAMPLES / name / "ui" / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:", page) == []
    linked = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sorted(linked) == ["app.js", "style.css"]
    assert [file for file in linked if not (SAMPLES / name / "ui" / file).is_file()] == []


@pytest.mark.parametrize("folder", LOCKED, ids=lambda folder: folder.name)
def test_the_lock_file_pins_everything_and_names_no_registry(folder: Path) -> None:
    lock = json.loads((folder / "package-lock.json").read_text())
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert packages
    assert [path for path, entry in packages.items() if not entry.get("integrity") or "resolved" in entry] == []


@pytest.mark.parametrize("ui", [True, False])
def test_bundles_for_tests_hold(ui: bool) -> None:
    bundle = bundle_files("storage", component("storage"), ui=ui)
    manifest = Manifest.parse(bundle["manifest.json"])
    assert (manifest.name, manifest.version) == ("com.example.storage", "1.0.0")
    assert manifest.capabilities == ("cap:storage.kv",)
    assert (manifest.ui is not None) == ui
    manifest.check_files(bundle)
    assert load(pack(bundle)) == bundle
