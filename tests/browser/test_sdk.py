"""What needs no browser in the scripts for browsers: their own tests, in Node."""

import subprocess

import pytest

from tests.platform import ROOT


@pytest.mark.needs("npm")
def test_the_unit_tests_of_the_scripts() -> None:
    # The first brings the packages that both need.
    for command in ([str(ROOT / "scripts" / "gen_sdk"), "--check"], ["npm", "test"]):
        done = subprocess.run(command, cwd=ROOT / "sdk", capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
