"""What goes into a bundle, what does not, and that equal folders make equal bundles."""

import json
from pathlib import Path

import pytest

from kernel import archive
from kernel.digest import Digest

from .conftest import Run, write_extension


def test_packs_what_belongs_there(run: Run, extension: Path) -> None:
    for name, text in {
        "app.py": "x",
        "README.md": "x",
        "sbom.cdx.json": "{}",
        ".env": "SECRET=1",
        "ui/.hidden.js": "x",
        "ui/assets/app.js": "x",
        "ui/node_modules/left-pad/index.js": "x",
        "precompiled/x86_64/main.cwasm": "x",
        "dist/extra.bin": "x",
    }.items():
        (extension / name).parent.mkdir(parents=True, exist_ok=True)
        (extension / name).write_text(text)
    ran = run("pack", extension, "--json")
    assert ran.code == 0
    data = (extension / "dist" / "bundle.tar.zst").read_bytes()
    assert ran.json["content_hash"] == str(Digest.of(data))
    assert ran.json["size_bytes"] == len(data)
    expected = {
        "dist/main.wasm",
        "manifest.json",
        "precompiled/x86_64/main.cwasm",
        "sbom.cdx.json",
        "ui/assets/app.js",
        "ui/index.html",
    }
    assert set(archive.load(data)) == set(ran.json["files"]) == expected


def test_a_built_ui_is_packed_without_its_sources(run: Run, tmp_path: Path) -> None:
    folder = write_extension(tmp_path / "e", ui={"type": "iframe", "entry": "ui/dist/index.html"})
    (folder / "ui" / "dist").mkdir()
    (folder / "ui" / "dist" / "index.html").write_text("built")
    assert run("pack", folder, "--json").json["files"] == ["dist/main.wasm", "manifest.json", "ui/dist/index.html"]


def test_equal_folders_make_equal_bundles(run: Run, tmp_path: Path) -> None:
    hashes = {run("pack", write_extension(tmp_path / name), "--json").json["content_hash"] for name in ("a", "b")}
    assert len(hashes) == 1


def test_a_changed_bundle_loses_its_envelope_and_an_equal_one_keeps_it(run: Run, extension: Path) -> None:
    run("keygen", "k.pem")
    run("pack", extension)
    run("sign", extension, "--key", "k.pem")
    envelope = extension / "dist" / "bundle.tar.zst.dsse.json"
    run("pack", extension)
    assert envelope.exists()
    (extension / "ui" / "index.html").write_text("other")
    run("pack", extension)
    assert not envelope.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Nope"}, "name"),
        ({"capabilties": []}, "did you mean capabilities?"),
        ({"ui": {"type": "iframe", "entry": "ui/missing.html"}}, "ui.entry: the bundle has no file ui/missing.html"),
        ({"entry": "dist/other.wasm"}, "entry: the bundle has no file dist/other.wasm"),
        ({"sbom": "sbom.json"}, "sbom: the bundle has no file sbom.json"),
    ],
)
def test_bad_manifests_are_refused_with_the_field(run: Run, tmp_path: Path, changes: dict[str, object], words: str) -> None:
    folder = write_extension(tmp_path / "e", **changes)
    ran = run("pack", folder)
    assert ran.code == 1
    assert words in ran.err
    assert "\nnext:  " in ran.err
    assert not (folder / "dist" / "bundle.tar.zst").exists()
    assert run("pack", folder, "--json").json["error"]["reason"] == "manifest_invalid"


def test_links_are_refused(run: Run, extension: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("private")
    (extension / "ui" / "x.txt").symlink_to(tmp_path / "secret")
    ran = run("pack", extension)
    assert ran.code == 1
    assert "symbolic link" in ran.err


def test_a_linked_folder_is_refused(run: Run, extension: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (extension / "ui" / "lib").symlink_to(tmp_path / "outside")
    assert run("pack", extension).code == 1


def test_a_folder_without_manifest_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    ran = run("pack", tmp_path)
    assert ran.code == 2
    assert "manifest.json" in ran.err


def test_a_manifest_beyond_the_limit_is_not_read(run: Run, extension: Path) -> None:
    (extension / "manifest.json").write_text(json.dumps({"x-pad": "y" * (300 << 10)}))
    assert run("pack", extension).code == 2
