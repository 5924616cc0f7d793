"""`registry|runner|gateway serve`: one process of the platform, with the environment as it is."""

import os
import sys
from typing import Final

import typer

from cli.exits import EPILOG

PROCESSES: Final = {
    "registry": "what exists, who published it, who installed it",
    "runner": "runs extensions and serves their UI files",
    "gateway": "HTTP in front of registry and runner",
}


def group(name: str) -> typer.Typer:
    """The commands of one process."""
    app = typer.Typer(help=f"The {name}: {PROCESSES[name]}.", epilog=EPILOG, no_args_is_help=True)

    def serve() -> None:
        os.execv(sys.executable, [sys.executable, "-P", "-m", name])  # noqa: S606 - it becomes the process

    serve.__doc__ = (
        f"Run the {name} in the foreground. Settings come from EXT_{name.upper()}_* environment variables; "
        "a wrong one ends it with exit code 2 and names what is known. SIGTERM drains and stops it."
    )
    app.command()(serve)
    app.callback()(lambda: None)
    return app
