"""Building an extension's component: app.py with componentize-py, or whatever `npm run build` does.

1 see what kind of source it is, 2 compare with the last build, 3 run the tool, 4 check what came out, 5 remember the inputs.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from cli.author import toolchain
from cli.author.files import file_digest, tree_digest, write_whole
from cli.author.layout import read_manifest
from cli.problem import Problem
from kernel.manifest import Manifest

COMPONENT_MAGIC: Final = b"\0asm\x0d\0\x01\0"  # a core module has \x01\0\0\0 after its first four bytes
_STAMP: Final = ".build.json"
Kind = Literal["python", "npm", "prebuilt", "ui-only"]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did. `component` is None for an extension that is a UI only."""

    kind: Kind
    unchanged: bool
    component: Path | None


def build(folder: Path, *, force: bool = False) -> Built:
    """Make the component of a folder. Raises Problem, and MANIFEST_INVALID."""
    manifest = read_manifest(folder)
    # 1 see what kind of source it is
    kind = _kind(folder, manifest)
    component = folder / manifest.entry
    if kind == "ui-only":
        return Built(kind, True, None)
    if kind == "prebuilt":
        _check(component)
        return Built(kind, True, component)
    component.parent.mkdir(parents=True, exist_ok=True)
    with _alone(component.parent):
        # 2 compare with the last build
        inputs, stamp = source_digest(folder, kind), component.parent / _STAMP
        if not force and _is_there(folder, manifest) and _read(stamp) == {"inputs": inputs, "output": file_digest(component)}:
            return Built(kind, True, component)
        # 3 run the tool
        (toolchain.componentize_python if kind == "python" else toolchain.npm_build)(folder, component)
        # 4 check what came out
        _check(component)
        # 5 remember the inputs
        write_whole(stamp, json.dumps({"inputs": inputs, "output": file_digest(component)}).encode())
    return Built(kind, False, component)


def source_digest(folder: Path, kind: Kind) -> str:
    """SHA-256 (hex) over what a build reads: sources, contract and the tool's version, or scripts for browsers."""
    if kind == "python":
        return tree_digest(folder, _matters_to_python, [toolchain.WIT.read_bytes(), toolchain.componentize_version().encode()])
    return tree_digest(folder, lambda name: not name.startswith(("dist/", "ui/dist/")), toolchain.scripts())


def sources_digest(folder: Path) -> str:
    """SHA-256 (hex) over everything that makes a version: all files but build outputs, or with them where nothing builds them."""
    manifest = read_manifest(folder)
    kind = _kind(folder, manifest)
    built = ("dist/",) if kind == "python" else ("dist/", "ui/dist/") if kind == "npm" else ("dist/bundle.",)
    extra = [toolchain.WIT.read_bytes()] if kind == "python" else toolchain.scripts() if kind == "npm" else []
    return tree_digest(folder, lambda name: not name.startswith(built), extra)


def _kind(folder: Path, manifest: Manifest) -> Kind:
    if (folder / "package.json").is_file() and toolchain.has_build_script(folder):
        return "npm"
    if (folder / "app.py").is_file():
        return "python"
    if (folder / manifest.entry).is_file():
        return "prebuilt"
    if not manifest.endpoints and not manifest.events:
        return "ui-only"
    raise Problem(
        f"{folder} has nothing to build: no app.py, no package.json with a build script, no {manifest.entry}",
        f"write app.py, or put a component built elsewhere at {manifest.entry}",
    )


def _is_there(folder: Path, manifest: Manifest) -> bool:
    return all((folder / made).is_file() for made in (manifest.entry, *([manifest.ui.entry] if manifest.ui else [])))


def _matters_to_python(name: str) -> bool:
    return not name.startswith(("dist/", "ui/")) and not name.endswith(".md") and name != "manifest.json"


def _check(component: Path) -> None:
    if not component.is_file():
        raise Problem(
            f"the build made no {component}", "make the build write its component there, or name it as `entry` in manifest.json"
        )
    with component.open("rb") as file:
        magic = file.read(len(COMPONENT_MAGIC))
    if magic != COMPONENT_MAGIC:
        found = "a core module" if magic.startswith(b"\0asm") else "no WebAssembly"
        raise Problem(f"{component} is {found}, not a component", "build it for the component model, world alga:extension/runner")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two builds of one folder at the same time would mix their outputs."""
    with (folder / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(stamp: Path) -> object:
    try:
        return json.loads(stamp.read_bytes())
    except (OSError, ValueError):
        return None
