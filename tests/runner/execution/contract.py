"""The contract's own text, parsed."""

import json
import subprocess
from functools import cache
from importlib.resources import files
from typing import Any

from tests.guests import WASM_TOOLS


@cache
def wit() -> dict[str, Any]:
    """The packages of `kernel/wit/extension.wit` as wasm-tools tells them."""
    contract = str(files("kernel") / "wit" / "extension.wit")
    done = subprocess.run([WASM_TOOLS, "component", "wit", "--json", contract], capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
