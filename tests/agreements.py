"""`samples/agreements` for the tests: built, published for an address of their own, and installed as its README says."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cli.author import layout
from cli.author.build import build
from cli.client.registry import RegistryClient
from cli.client.runner import warm
from gen.alga.registry.v1 import extension_pb2
from tests.platform import ROOT, HttpAnswer, Platform

FOLDER = ROOT / "samples" / "agreements"
SCRIPTS = ROOT / "src" / "gateway" / "browser"
TOKEN = "vendor-token-" + "t" * 32
Answer = tuple[int, bytes] | None  # None = the connection ends without one


def settings(vendor: str) -> dict[str, str]:
    """What an operator sets so that extensions may call the vendor."""
    return {"EXT_EGRESS_ALLOWLIST": f"{vendor}/vendor", "EXT_RUNNER_EGRESS_NETWORKS": "127.0.0.0/8"}


def published(platform: Platform, vendor: str) -> extension_pb2.Version:
    """The sample, whose manifest names this vendor's origin; compiled, so that no call waits for that."""
    build(FOLDER)
    found = layout.collect(FOLDER, layout.read_manifest(FOLDER))
    files = {name: path.read_bytes() for name, path in found.items()}
    # A build copies these; the ones of now are what is tested.
    files |= {f"ui/dist/{name}": (SCRIPTS / name).read_bytes() for name in ("iframe-sdk.js", "ui-kit.js")}
    files["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | {"egress": [f"{vendor}/vendor"]}).encode()
    version = platform.publish(files)
    wait(warm(platform.told["runner"], platform.key("operator.key"), version.content_hash))
    return version


@dataclass(frozen=True)
class Agreements:
    """The sample of one tenant."""

    platform: Platform
    version: extension_pb2.Version
    tenant: str

    def call(self, path: str = "", method: str = "GET") -> HttpAnswer:
        """Below `/agreements`."""
        where = f"/api/ext/{self.version.name}/agreements{path}"
        return self.platform.call(where, method, b"" if method == "POST" else None, key=self.platform.caller(self.tenant))

    def sync(self) -> HttpAnswer:
        return self.call("/sync", "POST")

    def list(self, query: str = "") -> Any:
        answer = self.call(query)
        assert answer.status == 200, answer.body
        return answer.json()


def installed(
    platform: Platform, version: extension_pb2.Version, tenant: str, vendor: str | None, token: str | None = TOKEN
) -> Agreements:
    """Install for a tenant, and set it up in so far as there is something to say."""

    async def set_up(client: RegistryClient) -> None:
        await client.installs.install(tenant, version.name, version.version, None)
        if vendor is not None:
            await client.installs.configure(tenant, version.name, lambda _: {"vendor_url": f"{vendor}/vendor"})
        if vendor is not None and token is not None:
            await client.secrets.set(tenant, version.name, "vendor_token", token, None)
            added = {"origin": vendor, "header": "authorization", "prefix": "Bearer ", "secret": "vendor_token"}
            await client.installs.credentials(tenant, version.name, lambda _: [added])

    administer(platform, set_up)
    return Agreements(platform, version, tenant)


def administer(platform: Platform, step: Callable[[RegistryClient], Awaitable[object]]) -> None:
    """Do something as the operator."""

    async def connected() -> None:
        async with RegistryClient.connect(platform.told["registry"], platform.key("operator.key")) as client:
            await step(client)

    wait(connected())


def wait(work: Coroutine[Any, Any, object]) -> None:
    """In a thread of its own: a browser's tests have a loop that runs in theirs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


class Vendor:
    """A vendor whose `agreements` a test says; `answer(page, size)` in place of the right one, and `asked` counts what came."""

    def __init__(self) -> None:
        self.agreements: list[dict[str, Any]] = []
        self.answer: Callable[[int, int], Answer] = self.page
        self.asked: list[str | None] = []

    def page(self, number: int, size: int) -> Answer:
        items = self.agreements[(number - 1) * size : number * size]
        return 200, json.dumps({"items": items, "total": len(self.agreements)}).encode()

    @contextmanager
    def running(self) -> Iterator[str]:
        """Answers its origin."""
        vendor = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = parse_qs(url.query)
                vendor.asked.append(self.headers["authorization"])
                if self.headers["authorization"] != f"Bearer {TOKEN}":
                    answer: Answer = (401, b"{}")
                else:
                    answer = vendor.answer(int(query["page"][0]), int(query["pageSize"][0]))
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.send_header("content-length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()


def agreement(number: int, **other: Any) -> dict[str, Any]:
    made = {
        "id": f"A-{number}",
        "name": f"Agreement {number:04}",
        "client": "Blue Bicycle Ltd",
        "status": "active",
        "startsOn": "2026-01-31",
        "endsOn": None,
        "monthlyFee": number * 100,
        "currency": "EUR",
    }
    return made | other
