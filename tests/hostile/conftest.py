"""One registry for all that is refused: what none of these tests may leave behind, none of them can trip over."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.hostile.calls import Gate
from tests.platform import Platform
from tests.registry.stack import Stack, started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared() -> AsyncIterator[Stack]:
    async with started() as stack:
        yield stack


@pytest.fixture(scope="session")
def gate(platform: Platform) -> Gate:
    return Gate(platform)
