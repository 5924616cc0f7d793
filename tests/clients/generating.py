"""The clients' code, from our own proto: generators at pinned versions, kept below the user's cache directory."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import grpc_tools

from tests.platform import ROOT

HERE: Final = Path(__file__).parent
CACHE: Final = Path.home() / ".cache" / "alga-extensions"
TOOLS: Final = CACHE / "bin"
# As go/go.mod: what the generated code needs.
GENERATORS: Final = {
    "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12",
    "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.0",
}
_MODULE: Final = "example.com/alga-extensions-client-test/gen"
_SECONDS: Final = 300


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a program prints; its errors go into the test's failure."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stderr[-4_000:]}"
    return done.stdout


def go_client(folder: Path) -> Path:
    """The client in Go, generated and compiled in `folder`."""
    for path in (HERE / "go").iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    for name, package in GENERATORS.items():
        _install(name, package)
    out = folder / "gen"
    out.mkdir()
    protos = sorted((ROOT / "proto").rglob("*.proto"))
    names = [str(path.relative_to(ROOT / "proto")) for path in protos]
    where = [f"M{name}={_MODULE}/{Path(name).parent}" for name in names]
    options = [f"--go{kind}_opt={one}" for kind in ("", "-grpc") for one in ("module=" + _MODULE, *where)]
    plugins = [f"--plugin={name}={_installed(name)}" for name in GENERATORS]
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    run(
        *(sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'proto'}", f"-I{well_known}", *plugins),
        *(f"--go_out={out}", f"--go-grpc_out={out}", *options, *names),
        cwd=folder,
    )
    run("go", "build", "-o", "client", ".", cwd=folder, GOFLAGS="-mod=readonly")
    return folder / "client"


def node_client(folder: Path) -> Path:
    """The client in Node.js with its packages, in `folder`; its code is made from the protos when it starts."""
    for path in (HERE / "node").iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", cwd=folder)
    return folder / "client.mjs"


def _installed(name: str) -> Path:
    """One file for each version: another checkout of this repository may need another one."""
    version = re.sub(r".*@", "", GENERATORS[name])
    return TOOLS / f"{name}@{version}"


def _install(name: str, package: str) -> None:
    place = _installed(name)
    if place.exists():
        return
    fresh = CACHE / f"go-{os.getpid()}"
    run("go", "install", package, cwd=CACHE if CACHE.is_dir() else Path.home(), GOBIN=str(fresh))
    TOOLS.mkdir(parents=True, exist_ok=True)
    (fresh / name).replace(place)
    fresh.rmdir()
