"""A runner without a host application."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from runner.engine.values import Enum, Err
from tests.guests.typed import CALL_ROUTE
from tests.host.host_app import test_clients, test_invoicing, test_services
from tests.host.host_app.conftest import Host, hosted
from tests.host.host_app.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lonely() -> AsyncIterator[Host]:
    root = Path(tempfile.mkdtemp(prefix="hl", dir="/tmp"))
    try:
        async with hosted(root, Site(), configured=False) as host:
            yield host
    finally:
        shutil.rmtree(root)


async def test_nobody_may_read_and_there_are_no_routes(lonely: Host) -> None:
    not_allowed = Err(Enum("not-allowed"))
    assert await lonely.call(test_clients.LIST, test_clients.NOTHING) == not_allowed
    assert await lonely.call(test_clients.GET, test_clients.ID) == not_allowed
    assert await lonely.call(test_services.GET, test_services.ID) == not_allowed
    assert await lonely.call(CALL_ROUTE, "/x", None) == Err(Enum("route-not-found"))
    failed = test_invoicing.failed(await lonely.call(test_invoicing.CREATE, test_invoicing.INVOICE))
    assert failed == ("Permission denied by the host application", None)
