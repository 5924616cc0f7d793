"""Running the command line in this process, and small extensions to run it on."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main

COMPONENT = b"\0asm\x0d\0\x01\0"  # the empty component


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    for name in ("API_KEY", "API_KEY_FILE", "DATA_DIR", "REGISTRY", "GATEWAY", "TENANT", "TLS_CA", "SIGNING_KEY"):
        monkeypatch.delenv(f"ALGA_EXT_{name}", raising=False)
    monkeypatch.delenv("SIGNING_TRUST_BUNDLE", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)

    def call(*argv: str | Path) -> Ran:
        capsys.readouterr()
        code = main([str(item) for item in argv])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


def write_extension(folder: Path, **changes: Any) -> Path:
    """A folder with a manifest, a component and a UI page."""
    manifest = {
        "name": "com.acme.reports",
        "publisher": "acme",
        "version": "1.0.0",
        "runtime": "wasm-component@1",
        "ui": {"type": "iframe", "entry": "ui/index.html"},
        "api": {"endpoints": [{"method": "GET", "path": "/hello", "handler": "hello"}]},
    }
    (folder / "dist").mkdir(parents=True, exist_ok=True)
    (folder / "ui").mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))
    (folder / "dist" / "main.wasm").write_bytes(COMPONENT)
    (folder / "ui" / "index.html").write_text("<!doctype html>")
    return folder


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    return write_extension(tmp_path / "ext")
