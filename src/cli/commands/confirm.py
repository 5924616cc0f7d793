"""Asking before what cannot be undone."""

import sys

import typer

from cli.exits import ExitCode
from cli.output import wants_json
from cli.problem import Problem


def confirm(question: str, yes: bool, why: str = "this cannot be undone") -> None:
    """Go on when `yes` or when a person at a terminal agrees. Raises Problem."""
    if yes:
        return
    if wants_json() or not sys.stdin.isatty():
        raise Problem(f"{why} and nobody can be asked here", "add --yes to do it", ExitCode.USAGE)
    if not typer.confirm(question, err=True):
        raise Problem("nothing was done", "add --yes to do it without being asked")
