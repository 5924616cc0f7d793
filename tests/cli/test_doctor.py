"""`doctor` and `maintain` on a platform of their own, which is broken here and there."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from cli.exits import ExitCode
from tests.platform import Platform, running

from .conftest import Run

LONG_AGO = (1_700_000_000, 1_700_000_000)


@pytest.fixture(scope="module")
def own() -> Iterator[Platform]:
    with running("--empty") as platform:
        yield platform


@pytest.fixture
def on(run: Run, own: Platform, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALGA_EXT_DATA_DIR", str(own.data_dir))
    return run


@contextmanager
def broken(own: Platform) -> Iterator[None]:
    """The change log has a change of an unknown kind."""

    def sql(statement: str) -> None:
        path = own.data_dir / "registry-data" / "registry.db"
        with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
            connection.execute(statement)

    sql("INSERT INTO install_change VALUES (1, 'x', '', '', '', '')")
    try:
        yield
    finally:
        sql("DELETE FROM install_change")


def test_a_platform_that_works(on: Run) -> None:
    ran = on("doctor")
    assert ran.code == ExitCode.OK
    assert "OK: what is well" in ran.out
    assert "WARNING:" not in ran.out
    assert ran.out.rstrip().endswith("0 warnings, 0 errors")
    for check in ("registry-answers", "database-pages", "blob-present", "change-log", "gateway-answers", "runner-answers"):
        assert f"  {check} " in ran.out
    assert "ok       database-pages" in ran.err  # while it runs


def test_deep_and_as_json(on: Run) -> None:
    told = on("doctor", "--deep", "--json").json
    assert (told["warnings"], told["errors"]) == (0, 0)
    assert len(told["findings"]) == told["ok"] > 20
    assert {"check", "severity", "subject", "text", "next_step"} == set(told["findings"][0])


def test_what_is_broken_exits_with_one_and_says_what_to_do(on: Run, own: Platform) -> None:
    with broken(own):
        ran, told = on("doctor"), on("doctor", "--json")
    assert (ran.code, told.code) == (ExitCode.FAILED, ExitCode.FAILED)
    errors = ran.out[ran.out.index("ERROR: what is broken") :]
    assert "change-log" in errors
    assert "next: restore the database" in errors
    assert told.json["errors"] == 1
    assert on("doctor").code == ExitCode.OK


def test_services_that_do_not_answer(on: Run, own: Platform) -> None:
    file = own.data_dir / "running.json"
    kept = file.read_bytes()
    file.write_text(json.dumps(json.loads(kept) | {"runner": "127.0.0.1:1"}))
    try:
        ran = on("doctor", "--gateway", "http://127.0.0.1:1")
    finally:
        file.write_bytes(kept)
    assert ran.code == ExitCode.FAILED
    errors = ran.out[ran.out.index("ERROR:") :]
    assert "http://127.0.0.1:1: it does not answer: " in errors
    assert "127.0.0.1:1: it does not answer (unavailable)" in errors
    nowhere = on("doctor", "--registry", "127.0.0.1:1")
    assert (nowhere.code, "does not answer" in nowhere.err) == (ExitCode.UNREACHABLE, True)


def test_only_operators_may_ask(on: Run, own: Platform) -> None:
    for command in (("doctor",), ("maintain", "collect"), ("maintain", "reattest")):
        ran = on(*command, "--api-key-file", own.data_dir / "keys" / "demo-caller.key")
        assert (ran.code, "error:" in ran.err) == (ExitCode.FAILED, True)


def test_garbage_is_told_counted_and_collected(on: Run, own: Platform) -> None:
    folder = own.data_dir / "registry-data" / "blobs" / "sha256" / ("ab" * 32)
    folder.mkdir(parents=True)
    blob = folder / "bundle.tar.zst"
    blob.write_bytes(b"\0" * 1_500_000)
    assert "0 blobs removed, 0.0 MB; 1 wait" in on("maintain", "collect").out
    os.utime(blob, LONG_AGO)
    ran = on("doctor")
    assert ran.code == ExitCode.OK
    assert "WARNING: what somebody should know" in ran.out
    assert "next: `alga-ext maintain collect` removes it" in ran.out
    assert on("maintain", "collect", "--dry-run").out == "1 blobs would be removed, 1.5 MB\n"
    assert on("maintain", "collect", "--json").json == {"blobs": 1, "bytes": 1_500_000, "waiting": 0, "dry_run": False}
    assert not blob.exists()


def test_reattest(on: Run) -> None:
    assert on("maintain", "reattest").out == "0 attestations signed again, 0 were today's already\n"
    assert on("maintain", "reattest", "--json").json == {"reattested": 0, "unchanged": 0}
