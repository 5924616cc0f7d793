"""Directories whose socket paths are short enough."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def short_root() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="sb", dir="/tmp"))
    yield root
    shutil.rmtree(root)
