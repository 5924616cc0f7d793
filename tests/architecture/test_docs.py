"""What the documents say about the code is there."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from kernel.grants import Limits
from runner.settings import RunnerSettings

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINKED = re.compile(r"\[[^\]]+\]\((?!https?://|#)([^)#]+)")
DOCUMENTS = [ROOT / "README.md", ROOT / "DECISIONS.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_tests_and_linked_files_exist(document: Path) -> None:
    text = document.read_text()
    missing = [f"{path}::{name}" for path, name in NAMED.findall(text) if name not in functions(ROOT / path)]
    missing += [target for target in LINKED.findall(text) if not (document.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("name", ["trust.md", "limits.md", "schedules.md"])
def test_each_statement_names_its_test(name: str) -> None:
    rows = [line for line in (ROOT / "docs" / name).read_text().splitlines() if line.startswith("| ") and "|---" not in line]
    untested = [row for row in rows if not NAMED.search(row) and not row.rstrip(" |").endswith("Test")]
    assert len(rows) > 30
    assert untested == []


def test_the_limits_that_are_documented_are_the_runners() -> None:
    rows = re.findall(r"^\| `(\w+)`, .*", (ROOT / "docs" / "limits.md").read_text(), re.MULTILINE)
    assert rows == [field.name for field in fields(Limits)]
    settings = re.findall(r"`EXT_RUNNER_([A-Z_]+)`", (ROOT / "docs" / "limits.md").read_text())
    assert {name.lower() for name in settings if not name.endswith("_")} <= set(RunnerSettings.model_fields)


def functions(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
