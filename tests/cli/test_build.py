"""Which tool builds what, when a build is skipped, and what is said when it cannot be done."""

import json
import os
from pathlib import Path

import pytest

from cli.author import build as building
from cli.author import toolchain

from .conftest import COMPONENT, Run, write_extension

CORE_MODULE = b"\0asm\x01\0\0\0"


def fake_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, build: str) -> Path:
    """Programs named node and npm that write down how they were called: what is tested is when they are called."""
    tools = folder / "tools"
    tools.mkdir()
    calls = folder / "calls"
    script = f'#!/bin/sh\necho "$@" >> {calls}\ncase "$1" in ci) mkdir -p node_modules;; run) {build};; esac\n'
    for name in ("node", "npm"):
        (tools / name).write_text(script)
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return calls


@pytest.fixture
def npm_extension(extension: Path) -> Path:
    (extension / "package.json").write_text(json.dumps({"scripts": {"build": "node build.mjs"}}))
    (extension / "package-lock.json").write_text("{}")
    (extension / "handler.js").write_text("1")
    return extension


def test_npm_installs_once_and_builds_when_sources_change(
    run: Run, npm_extension: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = fake_npm(tmp_path, monkeypatch, r"printf '\0asm\015\0\001\0' > dist/main.wasm")
    assert run("build", npm_extension, "--json").json["unchanged"] is False
    assert calls.read_text().splitlines() == ["ci --no-fund --no-audit", "run build"]
    assert (npm_extension / "dist" / "main.wasm").read_bytes() == COMPONENT
    # nothing changed
    assert run("build", npm_extension, "--json").json["unchanged"] is True
    assert len(calls.read_text().splitlines()) == 2
    # forced
    run("build", npm_extension, "--force")
    assert len(calls.read_text().splitlines()) == 3
    # a source changed
    (npm_extension / "handler.js").write_text("2")
    run("build", npm_extension)
    assert calls.read_text().splitlines()[3:] == ["run build"]
    # the lock file changed
    (npm_extension / "package-lock.json").write_text("{ }")
    run("build", npm_extension)
    assert calls.read_text().splitlines()[4:] == ["ci --no-fund --no-audit", "run build"]
    # the page, which a build may make as well, is gone
    (npm_extension / "ui" / "index.html").unlink()
    run("build", npm_extension)
    assert calls.read_text().splitlines()[6:] == ["run build"]
    # the platform's scripts for browsers, which a build may copy, changed
    monkeypatch.setattr(toolchain, "scripts", lambda: [b"new"])
    run("build", npm_extension)
    assert calls.read_text().splitlines()[7:] == ["run build"]
    # somebody replaced the output
    (npm_extension / "dist" / "main.wasm").write_bytes(COMPONENT + b"\0")
    assert run("build", npm_extension, "--json").json["unchanged"] is False


def test_a_failing_build_shows_the_tool_s_words(
    run: Run, npm_extension: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path, monkeypatch, "echo handler.js:3 unexpected token; exit 7")
    ran = run("build", npm_extension)
    assert ran.code == 1
    assert "exit code 7" in ran.err
    assert "unexpected token" in ran.err


@pytest.mark.parametrize(("build", "words"), [("true", "made no"), (r"printf '\0asm\001\0\0\0' > dist/main.wasm", "core module")])
def test_the_output_is_checked(
    run: Run, npm_extension: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: str, words: str
) -> None:
    fake_npm(tmp_path, monkeypatch, build)
    ran = run("build", npm_extension)
    assert ran.code == 1
    assert words in ran.err


def test_missing_node_says_what_to_install(run: Run, npm_extension: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = run("build", npm_extension)
    assert ran.code == 1
    assert "install Node.js" in ran.err


def test_a_missing_lock_file(run: Run, npm_extension: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path, monkeypatch, "true")
    (npm_extension / "package-lock.json").unlink()
    assert "npm install" in run("build", npm_extension).err


def test_a_component_from_elsewhere_is_checked_only(run: Run, extension: Path) -> None:
    assert run("build", extension, "--json").json["kind"] == "prebuilt"
    (extension / "dist" / "main.wasm").write_bytes(CORE_MODULE)
    assert run("build", extension).code == 1
    (extension / "dist" / "main.wasm").write_bytes(b"#!/bin/sh\n")
    assert "no WebAssembly" in run("build", extension).err


def test_a_ui_alone_needs_no_build(run: Run, tmp_path: Path) -> None:
    folder = write_extension(tmp_path / "e", api={"endpoints": []})
    (folder / "dist" / "main.wasm").unlink()
    assert run("build", folder, "--json").json == {"kind": "ui-only", "unchanged": True, "component": None, "size_bytes": None}


def test_nothing_to_build(run: Run, extension: Path) -> None:
    (extension / "dist" / "main.wasm").unlink()
    ran = run("build", extension)
    assert ran.code == 1
    assert "app.py" in ran.err


def test_sources_digest_follows_what_makes_a_version(extension: Path) -> None:
    (extension / "app.py").write_text("1")
    before = building.sources_digest(extension)
    (extension / "dist" / "main.wasm").write_bytes(COMPONENT + b"x")  # an output
    assert building.sources_digest(extension) == before
    for name in ("ui/index.html", "app.py", "manifest.json"):
        (extension / name).write_text((extension / name).read_text() + " ")
        assert building.sources_digest(extension) != before
        before = building.sources_digest(extension)


def test_sources_digest_counts_a_component_that_nothing_builds(extension: Path) -> None:
    before = building.sources_digest(extension)
    (extension / "dist" / "main.wasm").write_bytes(COMPONENT + b"x")
    assert building.sources_digest(extension) != before
