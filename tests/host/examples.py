"""The examples of docs/host-api.md: a block of JavaScript and one of Python for each name, and the answer that both give.

A page says ```js example=NAME, ```python example=NAME and ```json answer=NAME. Each block of code defines `example`, which may take
the request and answers a value for JSON. "…" in an answer stands for any value.
"""

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "host-api.md"
_BLOCK = re.compile(r"^```(js|python|json) (?:example|answer)=(\S+)\n(.*?)^```$", re.M | re.S)
ANY = "…"


def blocks(language: str) -> dict[str, str]:
    """Name -> text of the blocks in one language."""
    found: dict[str, str] = {}
    for block in _BLOCK.finditer(PAGE.read_text()):
        if block[1] == language:
            assert block[2] not in found, f"{block[2]} is there twice"
            found[block[2]] = block[3]
    return found


def sections() -> dict[str, str]:
    """Interface -> the headings of its functions."""
    found: dict[str, str] = {}
    for part in re.split(r"^## ", PAGE.read_text(), flags=re.M)[1:]:
        heading = part.partition("\n")[0]
        for name in heading.split(" and "):
            found[name] = "\n".join(line for line in part.splitlines() if line.startswith("### "))
    return found


def javascript() -> dict[str, str]:
    """File -> text of modules: one for each example, and one that lists them."""
    names = list(blocks("js"))
    modules = {f"src/generated/{name}.js": code for name, code in blocks("js").items()}
    imports = [f"import {{ example as e{number} }} from './generated/{name}.js';" for number, name in enumerate(names)]
    entries = [f"  '{name}': e{number}," for number, name in enumerate(names)]
    return modules | {"src/examples.js": "\n".join([*imports, "export const examples = {", *entries, "};", ""])}


def python() -> dict[str, str]:
    """File -> text of modules: one for each example, and one that lists them."""
    names = list(blocks("python"))
    modules = {f"generated_{number}.py": code for number, code in enumerate(blocks("python").values())}
    imports = [f"import generated_{number}" for number in range(len(names))]
    entries = [f"    {name!r}: generated_{number}.example," for number, name in enumerate(names)]
    return modules | {"examples.py": "\n".join([*imports, "", "EXAMPLES = {", *entries, "}", ""])}


def same(told: Any, expected: Any) -> bool:
    """Whether an answer is the expected one."""
    if expected == ANY:
        return told is not None
    if isinstance(expected, dict):
        return isinstance(told, dict) and told.keys() == expected.keys() and all(same(told[name], expected[name]) for name in told)
    if isinstance(expected, list):
        return isinstance(told, list) and len(told) == len(expected) and all(map(same, told, expected))
    return type(told) is type(expected) and bool(told == expected)
