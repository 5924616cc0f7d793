"""A runner with a host application, and guests that call single functions."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kernel.digest import Digest
from kernel.watch import Freshness
from tests.guests.bundles import bundle_files
from tests.guests.typed import Function
from tests.host.host_app.site import TOKEN, Site
from tests.runner_service.conftest import Runner, make_settings, started
from tests.runner_service.registry import Registry

CAPABILITIES = {
    "clients": "cap:client.read",
    "services": "cap:service.read",
    "invoicing": "cap:invoice.manual.create",
    "ui-proxy": "cap:ui.proxy",
    "user": "cap:user.read",
    "user-v2": "cap:user.read",
}
SETTINGS = {"max_memory_bytes": 1 << 30, "default_memory_bytes": 256 << 20}


@dataclass
class Host:
    """Calls functions of the host through real guests."""

    registry: Registry
    runner: Runner
    site: Site
    _hashes: dict[str, Digest] = field(default_factory=dict)

    async def call(self, function: Function, *arguments: Any, context: Any = None, **grant: Any) -> Any:
        """What a guest gets; the capability is granted unless `capabilities` says otherwise."""
        name = f"{function.interface}-{function.name}"
        if name not in self._hashes:
            bundle = bundle_files(f"com.example.{name}", function.component)
            self._hashes[name] = self.registry.publish(bundle, f"com.example.{name}")
        grant.setdefault("capabilities", frozenset({CAPABILITIES[function.interface]}))
        signed = self.registry.grant(self._hashes[name], **grant)
        answer = await self.runner.execute(signed, "POST", body=function.image(*arguments), context=context)
        return function.result(answer.body)


@pytest.fixture(scope="session")
def host_root() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="ha", dir="/tmp"))
    yield root
    shutil.rmtree(root)


@asynccontextmanager
async def hosted(root: Path, site: Site, *, configured: bool = True) -> AsyncIterator[Host]:
    """A runner for the host application of a site, or one that knows of none."""
    registry = Registry()
    server = await registry.serve(f"unix:{root}/registry")
    (root / "host-app.token").write_text(TOKEN)
    base = f"http://127.0.0.1:{site.port}"
    named = {
        "EXT_RUNNER_HOST_APP_BASE_URL": f"{base}/api",
        "EXT_RUNNER_UI_PROXY_BASE_URL": f"{base}/proxied",
        "host_app_token_file": root / "host-app.token",
    }
    settings = make_settings(registry, root, **SETTINGS, **(named if configured else {}))
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("runner.app.Freshness", partial(Freshness, seconds=3600))
            async with started(settings) as runner:
                yield Host(registry, runner, site)
    finally:
        await server.stop(0)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_host(host_root: Path) -> AsyncIterator[Host]:
    site = Site()
    await site.start()
    try:
        async with hosted(host_root, site) as host:
            yield host
    finally:
        await site.stop()


@pytest.fixture
def host(shared_host: Host) -> Host:
    """The same for all tests; what the site saw is forgotten between them."""
    shared_host.site.seen.clear()
    shared_host.site.answer = None
    return shared_host
