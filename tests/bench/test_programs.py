"""The programs that measure: they run, and what they print has the promised shape. How fast anything is, no test says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.guests import component
from tests.platform import ROOT

BENCH = ROOT / "scripts" / "bench"


def run(program: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(BENCH / program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)


def printed(program: str, *arguments: str | Path) -> Any:
    done = run(program, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("body", [0, 5000])
def test_floor_times_the_four_calls(tmp_path: Path, body: int) -> None:
    (tmp_path / "echo.wasm").write_bytes(component("echo"))
    told = printed("floor", tmp_path / "echo.wasm", "--runs", "5", "--method", "POST", "--body-bytes", str(body))
    assert (told["component"], told["runs"], told["body_bytes"]) == ("echo.wasm", 5, body)
    assert list(told["steps_ms"]) == ["new", "instantiate", "call", "drop"]
    assert all(0 < value < 1000 for value in told["steps_ms"].values())
    assert told["floor_ms"] == pytest.approx(sum(told["steps_ms"].values()), abs=0.001)


def test_floor_refuses_what_it_cannot_call(tmp_path: Path) -> None:
    (tmp_path / "trap.wasm").write_bytes(component("trap"))
    done = run("floor", tmp_path / "trap.wasm", "--runs", "1")
    assert done.returncode != 0
    assert "unreachable" in done.stderr


def test_engine_prints_rows_of_the_sections_that_are_asked_for() -> None:
    told = printed("engine", "--json", "--quick", "--only", "^deadline$")
    assert set(told) == {"machine", "versions", "rows"}
    rows = {row["name"]: row for row in told["rows"]}
    for kind in ("spinning", "sleeping"):
        row = rows[f"end of a {kind} guest after its deadline"]
        assert set(row) == {"name", "value", "unit", "target", "met"}
        assert (row["unit"], row["target"]) == ("ms", 20)
        assert row["met"] == (row["value"] <= 20)
        assert row["value"] > -5  # no guest ends before its time


def test_engine_names_its_sections_when_none_matches() -> None:
    done = run("engine", "--only", "nothing")
    assert done.returncode == 2
    for section in ("invocation", "echo", "layers", "throughput", "executors", "restart", "idle", "deadline"):
        assert section in done.stderr


def test_host_prints_what_a_call_of_each_kind_costs() -> None:
    told = printed("host", "--json", "--quick")
    assert set(told) == {"machine", "versions", "rows"}
    rows = {row["name"]: row for row in told["rows"]}
    assert rows["a call without"]["value"] > 0
    targets = {"storage.get of 1 KiB": (1.5, 3.2), "http.fetch of 28 bytes": (2, 4.3), "storage.put of 1 KiB": (None, None)}
    for name, (most_ms, most_calls) in targets.items():
        added, over = rows[f"one {name} more"], rows[f"one {name} more over an empty call"]
        assert (added["unit"], added["target"], over["unit"], over["target"]) == ("ms", most_ms, "x", most_calls)
        assert over["value"] == pytest.approx(added["value"] / rows["empty grpc.aio unary call"]["value"])


def test_gateway_prints_policy_files_and_slow_clients() -> None:
    told = printed("gateway", "--json", "--quick")
    rows = {row["name"]: row for row in told["rows"]}
    targets = {
        "policy on over off": 1.35,
        "policy on over off, with an idempotency key": 1.35,
        "policy on over off, 16 in flight": 1.35,
        "policy on over off, with an idempotency key, 16 in flight": 1.35,
        "gateway over plain aiohttp": 0.8,
        "p99 beside slow clients over alone": 2,
    }
    assert {name: rows[name]["target"] for name in targets} == targets
    assert all(row["value"] > 0 for row in told["rows"])
