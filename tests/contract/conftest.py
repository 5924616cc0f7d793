"""Each suite runs over every implementation of its port."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from registry.bell import Bell
from registry.blobs.store import BlobStore
from registry.catalog.memory import MemoryCatalog
from registry.catalog.migrate import PREFIX
from registry.catalog.session import SqlCatalog
from registry.ports import Blobs, Catalog, Tables
from tests.registry.stack import empty_database


@pytest.fixture
def bell() -> Bell:
    return Bell()


class BriefCatalog(SqlCatalog):
    """Each of its write transactions is a brief one."""

    def write(self, *, brief: bool = True) -> AbstractAsyncContextManager[Tables]:
        return super().write(brief=True)


@pytest.fixture(params=["memory", "sql", "sql, brief"])
async def catalog(request: pytest.FixtureRequest, tmp_path: Path, bell: Bell) -> AsyncIterator[Catalog]:
    if request.param == "memory":
        yield MemoryCatalog(bell)
        return
    path = tmp_path / "registry.db"
    path.write_bytes(empty_database())
    made = (BriefCatalog if request.param == "sql, brief" else SqlCatalog).open(f"{PREFIX}{path}", bell)
    yield made
    await made.close()


@pytest.fixture(params=["memory", "directory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return BlobStore(MemoryStore()) if request.param == "memory" else BlobStore.directory(tmp_path / "blobs")
