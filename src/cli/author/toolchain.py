"""The tools that make components: componentize-py, and npm with what the extension's own lock file names."""

import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import kernel
from cli.author.files import write_whole
from cli.output import note
from cli.problem import Problem

# What npm builds may copy from the platform into an extension's pages.
_SCRIPTS: Final = Path(kernel.__file__).parents[1] / "gateway" / "browser"
WIT: Final = Path(kernel.__file__).parent / "wit" / "extension.wit"
_SHOWN_LINES: Final = 20
_LOCK_STAMP: Final = "node_modules/.alga-lock"


def scripts() -> list[bytes]:
    """The platform's scripts for browsers, in a fixed order."""
    return [path.read_bytes() for path in sorted(_SCRIPTS.glob("*.js"))]


def componentize_version() -> str:
    """The installed componentize-py. Raises Problem."""
    try:
        return importlib.metadata.version("componentize-py")
    except importlib.metadata.PackageNotFoundError as error:
        raise Problem(
            "componentize-py is needed to build app.py",
            "install it: pip install 'alga-extensions[cli]' or pip install componentize-py",
        ) from error


def componentize_python(folder: Path, component: Path) -> None:
    """Build app.py for the world `runner` of the guest contract. Raises Problem with the end of the tool's output."""
    componentize_version()
    beside = Path(sys.executable).with_name("componentize-py")
    tool = str(beside) if beside.exists() else shutil.which("componentize-py")
    if tool is None:
        raise Problem(
            "componentize-py is installed, but its command is not on PATH", "run alga-ext from the same virtual environment"
        )
    partial = component.with_name(f".{component.name}.{os.getpid()}")
    try:
        _run(
            [tool, "-d", str(WIT), "-w", "runner", "componentize", "app", "-o", str(partial.resolve())],
            folder,
            "app.py, about 10 s",
        )
        partial.replace(component)
    finally:
        partial.unlink(missing_ok=True)


def npm_build(folder: Path, component: Path) -> None:
    """Install what the lock file names, if that was not done for this lock file, and run the build script. Raises Problem."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Problem(f"{tool} is needed to build {folder}", "install Node.js >= 20 with npm, e.g. apt-get install nodejs npm")
    lock = folder / "package-lock.json"
    if not lock.is_file():
        raise Problem(f"{folder} has no package-lock.json", "run `npm install` there once and keep the lock file")
    digest, stamp = hashlib.sha256(lock.read_bytes()).hexdigest(), folder / _LOCK_STAMP
    if not stamp.is_file() or stamp.read_text() != digest:
        _run(["npm", "ci", "--no-fund", "--no-audit"], folder, "npm ci, up to a minute")
        write_whole(stamp, digest.encode())
    component.unlink(missing_ok=True)  # an old one must not pass for the result of this build
    _run(["npm", "run", "build"], folder, "npm run build, about 10 s")


def has_build_script(folder: Path) -> bool:
    """Whether package.json has a script `build`. Raises Problem when it is no JSON object."""
    try:
        package = json.loads((folder / "package.json").read_bytes())
        return bool(package.get("scripts", {}).get("build"))
    except (OSError, ValueError, AttributeError) as error:
        raise Problem(f"{folder / 'package.json'} is not a JSON object", "correct it") from error


def _run(command: Sequence[str], folder: Path, label: str) -> None:
    note(f"building {folder.resolve().name}: {label}")
    # A virtual environment that happens to be active would end up inside the component.
    environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        end = "\n".join(done.stdout.decode("utf-8", "replace").strip().splitlines()[-_SHOWN_LINES:])
        raise Problem(
            f"{Path(command[0]).name} failed with exit code {done.returncode} in {folder}:\n{end}",
            "correct what it says, then build again",
        )
    note(f"building {folder.resolve().name}: {Path(command[0]).name} done in {time.monotonic() - started:.1f} s")
