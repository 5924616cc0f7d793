"""Every command explains itself, and wrong usage is told from failure."""

from collections.abc import Iterator

import click
import pytest
import typer

from cli.app import app
from cli.exits import HELP, ExitCode

from .conftest import Run


def _commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, (*path, name))


COMMANDS = sorted(_commands(typer.main.get_command(app)))


def test_all_commands_are_there() -> None:
    verbs = {path[0] for path in COMMANDS if path}
    assert verbs >= {
        *("up", "keygen", "build", "pack", "sign", "verify", "publish", "install", "uninstall", "enable", "disable", "update"),
        *("consent", "decline", "grants", "config", "schedules", "storage", "doctor", "maintain", "executions", "usage", "tail"),
        *("secrets", "access", "egress", "credentials", "ops"),
        *("list", "visibility", "deprecate", "yank", "revoke", "call", "api-key", "publisher", "registry", "runner", "gateway"),
    }
    assert {path[1] for path in COMMANDS if path[:1] == ("api-key",) and path[1:]} == {"create", "list", "revoke"}
    assert {path[1] for path in COMMANDS if path[:1] == ("grants",) and path[1:]} == {"show", "set"}
    assert {path[1] for path in COMMANDS if path[:1] == ("config",) and path[1:]} == {"get", "set", "unset"}
    of_publishers = {"create", "show", "add-key", "retire-key", "revoke-key"}
    assert {path[1] for path in COMMANDS if path[:1] == ("publisher",) and path[1:]} == of_publishers


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help(run: Run, path: tuple[str, ...]) -> None:
    ran = run(*path, "--help")
    assert ran.code == ExitCode.OK
    assert f"Usage: alga-ext {' '.join(path)}".rstrip() in ran.out


def test_help_tells_the_exit_codes(run: Run) -> None:
    text = " ".join(run("--help").out.split())
    for code, words in HELP.items():
        assert f"{int(code)} = {words}" in text


@pytest.mark.parametrize(
    "argv", [("nonsense",), ("sign",), ("call",), ("install", "x"), ("up", "--port", "70000"), ("build", "/nowhere")]
)
def test_wrong_usage_exits_2(run: Run, argv: tuple[str, ...]) -> None:
    ran = run(*argv)
    assert ran.code == ExitCode.USAGE
    assert "alga-ext" in ran.err
    assert "Traceback" not in ran.err
