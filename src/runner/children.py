"""How the runner starts Python children of its own: fresh interpreters that inherit nothing but where to import from."""

import os
import sys


def child_command(module: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules in this interpreter."""
    return [sys.executable, "-P", "-s", "-m", module, *arguments]


def child_environment() -> dict[str, str]:
    """What a child needs of an environment; nothing of the runner's settings and secrets is in it."""
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
