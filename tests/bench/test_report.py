"""What a bench prints about a figure."""

import importlib.util
import json
from typing import Any

import pytest

from tests.platform import ROOT


@pytest.fixture(scope="module")
def report() -> Any:
    spec = importlib.util.spec_from_file_location("report", ROOT / "scripts" / "bench" / "report.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("value", "target", "more_is_better", "met"),
    [
        (1.0, None, False, None),
        (1.0, 1.0, False, True),
        (1.1, 1.0, False, False),
        (1.1, 1.0, True, True),
        (None, 1.0, False, False),
    ],
)
def test_met(report: Any, value: float | None, target: float | None, more_is_better: bool, met: bool | None) -> None:
    assert report.Row("x", value, "ms", target, more_is_better=more_is_better).met is met


def test_a_figure_that_could_not_be_measured_says_why(report: Any, capsys: pytest.CaptureFixture[str]) -> None:
    row = report.Row("echo", None, "ms", 120, note="no answer")
    report.show([row], as_json=True)
    (told,) = json.loads(capsys.readouterr().out)["rows"]
    assert told == {"name": "echo", "value": None, "unit": "ms", "target": 120, "met": False, "note": "no answer"}
    report.show([row], as_json=False)
    assert "NOT MET)  no answer" in capsys.readouterr().out
