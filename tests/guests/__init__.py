"""Tiny guests for tests: `component("hello")` is the component of `hello.wat`, typed by the platform's own contract.

Those of the hostile corpus are `hostile/<name>`.
"""

import shutil
import subprocess
import sysconfig
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).parent
WASM_TOOLS = Path(sysconfig.get_path("scripts")) / "wasm-tools"
NAMES = tuple(sorted(path.stem for path in HERE.glob("*.wat") if path.stem != "prelude"))
HOSTILE = tuple(sorted(f"hostile/{path.stem}" for path in (HERE / "hostile").glob("*.wat")))


@cache
def component(name: str) -> bytes:
    """A component that exports `handler` and imports only what `<name>.wat` uses. Raises KeyError for a name of none."""
    if name not in NAMES + HOSTILE:
        raise KeyError(name)
    text = (HERE / f"{name}.wat").read_text()
    return _tool("parse", "-", given=text.encode()) if "\n(component\n" in text else from_wat(text)


def from_wat(fields: str, more: str = "") -> bytes:
    """A component from the fields of a core module, `prelude.wat` appended. `handler` takes the address of the request.

    `more` are fields behind the prelude, such as other memories than the first.
    """
    module = f"(module\n{fields}\n{(HERE / 'prelude.wat').read_text()}{more})".encode()
    with tempfile.TemporaryDirectory() as scratch:
        wit = Path(scratch)
        (wit / "deps").mkdir()
        shutil.copy(HERE / "wasi" / "world.wit", wit)
        for dependency in (HERE / "wasi" / "io.wit", HERE / "wasi" / "clocks.wit", files("kernel") / "wit" / "extension.wit"):
            (wit / "deps" / dependency.name).write_text(dependency.read_text())
        typed = _tool("component", "embed", str(wit), "--world", "guest", "-", given=module)
    return _tool("component", "new", "-", given=typed)


def _tool(*arguments: str, given: bytes) -> bytes:
    done = subprocess.run([WASM_TOOLS, *arguments], input=given, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    return done.stdout
