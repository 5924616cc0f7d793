"""Registries for tests: one that serves, and the parts of one that does not yet."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.registry.stack import Stack, started


@pytest.fixture
async def stack() -> AsyncIterator[Stack]:
    async with started() as found:
        yield found


@pytest.fixture
def fresh() -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="alga-", dir="/tmp"))
    yield Stack(folder)
    shutil.rmtree(folder)
