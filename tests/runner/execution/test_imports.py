"""An executor loads what guests need and nothing else: each megabyte is paid once for each core, each module is a door."""

import subprocess
import sys

from runner.children import child_command, child_environment

UNWANTED = ("grpc", "asyncio", "ssl", "cryptography", "pydantic", "kernel.errors", "runner.settings", "runner.compile")
_PROGRAM = f"import sys, runner.executor.__main__; print([name for name in {UNWANTED!r} if name in sys.modules])"


def test_an_executor_imports_little() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-s", "-c", _PROGRAM], env=child_environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_children_inherit_no_environment() -> None:
    assert set(child_environment()) == {"PYTHONPATH"}
    assert child_command("m", "a")[1:] == ["-P", "-s", "-m", "m", "a"]
