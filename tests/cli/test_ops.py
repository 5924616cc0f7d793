"""`ops` on a real platform."""

from pathlib import Path

import pytest

from cli.exits import ExitCode
from tests.platform import Platform

from .conftest import Run


@pytest.fixture
def on(run: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALGA_EXT_DATA_DIR", str(platform.data_dir))
    return run


def test_looking_draining_and_resuming(on: Run, platform: Platform) -> None:
    path = platform.guest("hello")
    assert platform.call(f"{path}/run").status == 200
    found = on("ops", "status", "--json").json
    assert found["draining"] is False
    assert all(one["pid"] > 0 for one in found["executors"])
    assert "takes calls" in on("ops", "status").out
    assert "com.example.hello " in on("ops", "versions").out
    versions = on("ops", "versions", "--json").json["versions"]
    assert any(one["extension"] == "com.example.hello" and one["verified"] for one in versions)
    try:
        assert on("ops", "drain", "--json").json == {"requests": 0}
        assert on("ops", "status", "--json").json["draining"] is True
        refused = platform.call(f"{path}/run")
        # From the runner itself, or from a gateway that has heard that nobody serves.
        assert (refused.status, refused.json()["code"]) in {(503, "draining"), (503, "unavailable")}
        assert "takes no new calls; nothing runs" in on("ops", "drain", "--wait", "0").out
    finally:
        assert on("ops", "resume", "--json").json == {"draining": False}
    while (answer := platform.call(f"{path}/run")).status == 503:  # until the gateway has heard; the test's own time ends it
        pass
    assert answer.status == 200


def test_refusals_say_what_to_do(on: Run, platform: Platform, tmp_path: Path) -> None:
    denied = on("ops", "status", "--json", "--api-key-file", platform.data_dir / "keys" / "demo-admin.key")
    assert (denied.code, denied.json["error"]["reason"]) == (ExitCode.FAILED, "forbidden")
    nobody = on("ops", "status", "--json", "--data-dir", tmp_path)
    assert nobody.code == ExitCode.UNREACHABLE
    assert "--runner" in nobody.json["error"]["next"]
    silent = on("ops", "status", "--json", "--runner", f"unix:{tmp_path}/none")
    assert silent.code == ExitCode.UNREACHABLE
