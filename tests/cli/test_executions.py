"""What an install did and used, as commands print it."""

import time

import pytest

from cli.output import printable
from tests.platform import Platform

from .conftest import Run


@pytest.fixture
def on(run: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALGA_EXT_DATA_DIR", str(platform.data_dir))
    return run


@pytest.fixture
def name(on: Run, platform: Platform) -> str:
    """An install that has one call on record."""
    path = platform.guest("log")
    name = path.removeprefix("/api/ext/")
    platform.call(f"{path}/run/x", headers={"x-request-id": "shown-1"})
    ends = time.monotonic() + 10
    while on("executions", "show", name, "shown-1", "-t", "demo").code:
        assert time.monotonic() < ends
    return name


def test_calls_are_listed_and_shown(on: Run, name: str) -> None:
    listed = on("executions", "list", name, "-t", "demo", "-n", "1")
    assert listed.code == 0
    heading, row = listed.out.splitlines()
    assert heading.split() == ["STARTED", "AT", "METHOD", "PATH", "OUTCOME", "BLAME", "MS", "TRIGGER", "REQUEST", "ID"]
    assert row.split()[1:4] == ["GET", "/run/x", "200"]
    (one,) = on("executions", "list", name, "-t", "demo", "-n", "1", "--json").json["executions"]
    assert (one["request_id"], one["trigger"], one["reason"]) == ("shown-1", "http", "unspecified")
    for reference in ("shown-1", one["id"]):
        shown = on("executions", "show", name, reference, "-t", "demo")
        assert [line.split("  ")[-1].strip() for line in shown.out.splitlines()[-3:]] == ["/run/x", "a warning", "an error"]
        assert on("executions", "show", name, reference, "-t", "demo", "--json").json["lines"][1]["message"] == "a warning"


def test_usage_is_told_by_day(on: Run, name: str) -> None:
    told = on("usage", name, "-t", "demo", "--days", "1")
    assert told.code == 0
    assert told.out.splitlines()[0].split()[:3] == ["DAY", "EXECUTIONS", "FAILURES"]
    (day,) = on("usage", name, "-t", "demo", "--json").json["days"]
    assert day["executions"] >= 1
    assert day["log_bytes"] > 0


def test_a_tenant_without_the_install_hears_nothing(on: Run, name: str) -> None:
    for command in (("usage", name), ("executions", "list", name), ("executions", "show", name, "shown-1")):
        assert on(*command, "-t", "stranger").code == 1


def test_what_strangers_wrote_moves_no_cursor() -> None:
    assert printable("a\x1b[2Jb\u202e\n\u00e4") == "a\\x1b[2Jb\\u202e\\n\u00e4"
