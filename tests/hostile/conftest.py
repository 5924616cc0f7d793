"""One registry for all that is refused: what none of these tests may leave behind, none of them can trip over."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.registry.stack import Stack, started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared() -> AsyncIterator[Stack]:
    async with started() as stack:
        yield stack
