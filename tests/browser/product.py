"""samples/host-app as people see it: its process beside a platform, and one of this process whose way to the gateway can be cut."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from host_app.app import application
from host_app.records import demo
from host_app.settings import Settings
from host_app.web.settings import WebSettings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page

from tests.platform import Platform

HOST = "127.0.0.1"
FRAMED, OTHER = "com.example.framed", "com.example.other"


@dataclass(frozen=True)
class Product:
    """The host application at `url`, beside `platform`."""

    platform: Platform
    url: str

    @property
    def password(self) -> str:
        return self.platform.key("host-app.password")


@dataclass
class Visit:
    """A person's page. What it complains of in its console fails a test, unless that says that it is not `quiet`."""

    context: BrowserContext
    product: Product
    complaints: list[str] = field(default_factory=list)
    quiet: bool = True

    def __post_init__(self) -> None:
        self.page = self.context.new_page()

        def listen(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.complaints.append(message.text)

        self.page.on("console", listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def enter(self, path: str = "/") -> Page:
        """Open an address and sign in there."""
        self.page.goto(self.product.url + path)
        self.page.get_by_label("Password").fill(self.product.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.locator("#person option").first.wait_for(state="attached")  # the page's script has run
        return self.page

    @property
    def frame(self) -> Frame:
        """The frame of the extension, whose page has loaded its script."""
        iframe = self.page.locator("#content iframe")
        iframe.wait_for()
        found = iframe.element_handle().content_frame()
        assert found is not None
        found.locator("html[data-ready=true]").wait_for(timeout=20_000)
        return found

    def open(self, extension: str, path: str = "/") -> Frame:
        """Sign in at an address inside an extension."""
        self.enter(f"/apps/{extension}{path}")
        return self.frame

    def notice(self) -> str:
        """What the page tells of what went wrong, once it does."""
        alert = self.page.get_by_role("alert")
        alert.wait_for()
        return alert.locator("p").inner_text()


@contextmanager
def visiting(browser: Browser, product: Product) -> Iterator[Visit]:
    context = browser.new_context()
    visit = Visit(context, product)
    yield visit
    context.close()
    assert not (visit.quiet and visit.complaints), visit.complaints


class Apart:
    """A host application in a thread, between which and the gateway a wire can be cut; browsers take that wire too."""

    def __init__(self, platform: Platform) -> None:
        self._platform, self._loop = platform, asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._connections: set[asyncio.StreamWriter] = set()
        self._runner: web.AppRunner | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            self.product = Product(self._platform, self._wait(self._start()))
            yield
        finally:
            self._wait(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """While the block runs nobody listens where the gateway was."""
        self._wait(self._close())
        try:
            yield
        finally:
            self._wait(self._listen())

    async def _start(self) -> str:
        self._port = 0
        await self._listen()
        key = self._platform.key
        pages = WebSettings(f"http://{HOST}:{self._port}", key("service.token"), key("host-app.password"))
        self._runner = runner = web.AppRunner(application(Settings("t" * 32), demo(), pages), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
        return f"http://{HOST}:{runner.addresses[0][1]}"

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self._close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, HOST, self._port, reuse_address=True)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for writer in self._connections:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        url = urlsplit(self._platform.gateway)
        there, back = await asyncio.open_connection(url.hostname, url.port)
        self._connections |= {writer, back}
        await asyncio.gather(_pass(reader, back), _pass(there, writer))
        self._connections -= {writer, back}

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
