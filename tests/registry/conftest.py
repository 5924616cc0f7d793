from collections.abc import AsyncIterator

import pytest

from tests.registry.stack import Stack, started


@pytest.fixture
async def stack() -> AsyncIterator[Stack]:
    async with started() as found:
        yield found
