"""Failures that a person meets: where nothing runs, with wrong keys and addresses. Each has a next step and no traceback."""

import json
import socket
from pathlib import Path

import pytest

from cli.exits import ExitCode
from cli.problem import from_fault
from kernel.errors import Fault, Reason

from .conftest import Run


@pytest.mark.parametrize(
    "argv", [("list",), ("list", "-t", "demo"), ("enable", "x", "-t", "demo"), ("api-key", "list"), ("call", "x", "/y")]
)
def test_no_platform_runs(run: Run, tmp_path: Path, argv: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALGA_EXT_API_KEY", "alga_x")
    ran = run(*argv)
    assert ran.code == ExitCode.UNREACHABLE
    assert "no local platform runs" in ran.err
    assert "alga-ext up" in ran.err
    error = run(*argv, "--json").json["error"]
    assert error["next"]
    assert error["message"]


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"registry": 5}', "\xff"])
def test_a_damaged_running_file(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / ".alga").mkdir()
    (tmp_path / ".alga" / "running.json").write_bytes(text.encode("latin-1"))
    assert run("list").code == ExitCode.UNREACHABLE


def test_an_address_where_nobody_listens(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("ALGA_EXT_API_KEY", "alga_x")
        ran = run("list", "--registry", address)
        assert ran.code == ExitCode.UNREACHABLE
        assert address in ran.err
        ran = run("call", "x", "/y", "--gateway", f"http://{address}")
        assert ran.code == ExitCode.UNREACHABLE
        assert address in ran.err


def test_a_key_does_not_cross_the_network_in_the_clear(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALGA_EXT_API_KEY", "alga_x")
    ran = run("list", "--registry", "registry.example.com:7481")
    assert ran.code == ExitCode.USAGE
    assert "--tls-ca" in ran.err


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff\xfe"])
def test_a_file_that_holds_no_key(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    ran = run("list", "--registry", "127.0.0.1:1", "--api-key-file", "k")
    assert ran.code == ExitCode.USAGE
    assert "--api-key-file" in ran.err


def test_what_cannot_be_undone_is_not_done_unasked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for argv in (("uninstall", "x", "-t", "demo"), ("revoke", "x", "1.0.0"), ("publisher", "revoke-key", "p", "sha256:00")):
        ran = run(*argv, "--json")
        assert ran.code == ExitCode.USAGE
        assert "--yes" in ran.json["error"]["next"]


def test_exclusive_options(run: Run) -> None:
    assert run("install", "x", "-t", "demo", "--grant", "cap:storage.kv", "--grant-all").code == ExitCode.USAGE
    assert run("list", "x", "-t", "demo").code == ExitCode.USAGE


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_and_a_next_step(reason: Reason) -> None:
    problem = from_fault(Fault(reason, log="internal", facts={"limit_bytes": 5}))
    assert problem.text
    assert problem.next_step
    assert json.loads(json.dumps(problem.as_json()))["error"]["facts"] == {"limit_bytes": "5"}
    assert problem.code in (ExitCode.FAILED, ExitCode.UNREACHABLE)
