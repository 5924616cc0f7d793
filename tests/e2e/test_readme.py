"""The commands of the README work as they are printed there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.platform import ROOT, Platform


@pytest.mark.needs("npm")
def test_the_authors_way(platform: Platform) -> None:
    blocks = re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    (block,) = [block for block in blocks if "alga-ext build" in block]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ALGA_EXT_DATA_DIR": str(platform.data_dir),
    }
    script = block.replace(". .venv/bin/activate\n", "")
    done = subprocess.run(
        ["bash", "-euc", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"greeting":"Hello, demo!"' in done.stdout
