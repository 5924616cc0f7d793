"""Schedules of an install on a real platform: made, changed, fired and told on the command line."""

import json
import time

import pytest

from tests.platform import Platform

from .conftest import Run


@pytest.fixture
def on(run: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALGA_EXT_DATA_DIR", str(platform.data_dir))
    monkeypatch.setenv("ALGA_EXT_TENANT", "demo")
    return run


def test_the_life_of_a_schedule(on: Run, platform: Platform) -> None:
    path, name = platform.guest("schedule"), "com.example.schedule"
    assert on("schedules", "list", name).out == "nothing is scheduled\n"
    told = on("schedules", "endpoints", name, "--json").json["endpoints"]
    assert [(one["method"], one["path"]) for one in told if one["schedulable"]] == [("GET", "/run"), ("POST", "/run")]
    ran = on("schedules", "create", name, "--endpoint", "POST /run", "--cron", "0 9 * * 1-5", "--payload", '{"by":"cli"}', "--json")
    made = ran.json
    assert (ran.code, made["cron"], made["timezone"], made["enabled"], made["last_run_at"]) == (0, "0 9 * * 1-5", "UTC", True, None)
    changed = on("schedules", "update", name, made["id"], "--timezone", "Europe/Berlin", "--name", "daily")
    assert changed.out.startswith("changed\n")
    assert "endpoint:" in changed.out
    listed = on("schedules", "list", name).out.splitlines()
    assert listed[0].split()[:3] == ["ID", "NAME", "ENDPOINT"]
    assert "daily" in listed[1]
    assert on("schedules", "history", name, made["id"]).out == "it has not fired yet\n"
    # It is real: a gateway takes it, and the guest stores what it was sent.
    asked = on("schedules", "run-now", name, made["id"])
    assert asked.out.startswith("it waits for a gateway\nnext:  `alga-ext schedules history")
    ends = time.monotonic() + 30
    while (run := on("schedules", "history", name, made["id"], "--json").json["occurrences"][0])["state"] in {"waiting", "running"}:
        assert time.monotonic() < ends, run
    assert (run["state"], run["status"], run["manual"]) == ("success", 200, True)
    assert json.loads(platform.call(f"{path}/run").body) == {"by": "cli"}
    assert "success" in on("schedules", "list", name).out
    off = on("schedules", "update", name, made["id"], "--disable", "--payload", "", "--json").json
    assert (off["enabled"], off["payload"], off["next_run_at"], off["name"]) == (False, None, None, "daily")
    assert on("schedules", "run-now", name, made["id"], "--json").json["error"]["reason"] == "schedule_not_runnable"
    assert on("schedules", "delete", name, made["id"]).out.startswith("removed\n")
    assert on("schedules", "list", name, "--json").json == {"schedules": []}


def test_what_is_wrong_is_told_by_field(on: Run, platform: Platform) -> None:
    platform.guest("hello")
    ran = on("schedules", "create", "com.example.hello", "--endpoint", "/none", "--cron", "* * * * *")
    assert ran.code == 1
    assert "endpoint: must be one of the installed version" in ran.err
    assert "cron: must not fire more often than every 5 minutes" in ran.err
