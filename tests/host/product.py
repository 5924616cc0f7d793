"""samples/host-app for the tests: in a thread of its own, with the same records for each of their tenants."""

import asyncio
import secrets
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from host_app.app import application
from host_app.records import demo
from host_app.settings import Settings

HOST = "127.0.0.1"


@dataclass
class Product:
    """The host application at `url`; `keys` are those of its tenants' installs, `vendor_token` opens the vendor's API beside it."""

    tenants: Sequence[str]
    token: str = field(default_factory=lambda: secrets.token_hex(32))
    keys: dict[str, str] = field(default_factory=dict)
    port: int = 0
    vendor_token: str = ""

    def __post_init__(self) -> None:
        self.keys = {tenant: secrets.token_hex(32) for tenant in self.tenants}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @contextmanager
    def running(self) -> Iterator["Product"]:
        self._thread.start()
        try:
            self._wait(self._start())
            yield self
            self._wait(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """While the block runs nobody listens there."""
        self._wait(self._stop())
        try:
            yield
        finally:
            self._wait(self._start())

    async def _start(self) -> None:
        keys = {key: tenant for tenant, key in self.keys.items()}
        settings = Settings(self.token, keys, vendor_token=self.vendor_token)
        app = application(settings, {tenant: demo()["demo"] for tenant in self.tenants})
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        await self._runner.cleanup()

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
