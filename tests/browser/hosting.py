"""What tests of the bridge stand on: a host application on a real socket, and one of its pages with a frame."""

import threading
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import ConsoleMessage, Frame, Page

from tests.platform import ROOT, Platform

SCRIPTS = ROOT / "src" / "gateway" / "browser"
RELAY = "/api/ext-proxy/"
EMPTY = "<!doctype html><meta charset=utf-8><title>host</title><link rel=icon href=data:,>"
# Frames the extension, connects it and waits until its page is loaded. `given` are the options of the bridge that are data.
CONNECT = """async ({name, hash, src, base, sandbox, given}) => {
  const host = await import('/host-bridge.js');
  const iframe = document.createElement('iframe');
  iframe.name = 'extension';
  if (sandbox !== null) iframe.setAttribute('sandbox', sandbox);
  iframe.src = src ?? host.buildExtUiSrc(name, hash, '/', {tenantId: 'demo', publicBaseOverride: base});
  const loaded = new Promise((resolve) => iframe.addEventListener('load', resolve));
  window.iframe = iframe;
  window.paths = [];
  if (given.onNavigate) given.onNavigate = (path) => window.paths.push(path);
  window.bridge = host.bootstrapIframe({
    iframe, extensionId: name, contentHash: hash, tenantId: 'demo', allowedOrigin: new URL(iframe.src).origin, ...given,
  });
  document.body.append(iframe);
  await loaded;
}"""


@dataclass(frozen=True)
class Extension:
    """What frames are made of; `base` is where the gateway is."""

    name: str
    content_hash: str
    base: str


class HostApplication:
    """Empty pages at every path, the bridge at `/host-bridge.js`, and calls relayed to the gateway as tenant `demo`.

    `?frame-src=` becomes the page's policy. `relayed` lists what came to the relay, `METHOD path`, without the relay's own prefix.
    """

    def __init__(self, platform: Platform | None = None, files: Mapping[str, bytes] | None = None) -> None:
        self.relayed: list[str] = []
        self.key = "demo-caller.key"
        application, served = self, {"/host-bridge.js": (SCRIPTS / "host-bridge.js").read_bytes(), **(files or {})}

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                if url.path.startswith("/api/"):
                    self.relay()
                    return
                policy = urllib.parse.parse_qs(url.query).get("frame-src")
                body = served.get(url.path, EMPTY.encode())
                headers = {
                    "content-type": "text/javascript" if url.path.endswith(".js") else "text/html",
                    "access-control-allow-origin": "*",
                }
                self.answer(200, headers | ({"content-security-policy": f"frame-src {policy[0]}"} if policy else {}), body)

            def relay(self) -> None:
                application.relayed.append(f"{self.command} {self.path.removeprefix(RELAY)}")
                assert platform is not None
                length = self.headers.get("content-length")
                body = None if length is None else self.rfile.read(int(length))
                passed = {name: self.headers[name] for name in ("accept", "content-type") if name in self.headers}
                answer = platform.call(self.path, self.command, body, key=application.key, headers=passed)
                hop = {"content-length", "connection", "date", "server"}
                self.answer(
                    answer.status, {name: value for name, value in answer.headers.items() if name.lower() not in hop}, answer.body
                )

            do_POST = do_PUT = do_PATCH = do_DELETE = relay  # noqa: N815 - http.server's names

            def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def inside(page: Page | Frame, name: str) -> Frame:
    """What is in the iframe of that name."""
    frame = page.locator(f"iframe[name={name}]").element_handle().content_frame()
    assert frame is not None
    return frame


@dataclass
class Stage:
    """A page of the host application, where `connect` makes the frame `extension`.

    What the page complains of in its console fails a test, unless the test says that it is not `quiet`.
    """

    page: Page
    application: HostApplication
    extension: Extension
    complaints: list[str] = field(default_factory=list)
    quiet: bool = True

    def __post_init__(self) -> None:
        def listen(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.complaints.append(message.text)

        self.page.on("console", listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.application.relayed.clear()

    def open(self, query: str = "") -> None:
        """Load the page."""
        self.page.goto(f"{self.application.origin}/{query}")

    def connect(self, *, src: str | None = None, sandbox: str | None = None, query: str = "", **given: Any) -> Frame:
        """Load the page and its frame, and connect them. Answers the frame, whose page has not said anything yet."""
        self.open(query)
        name, content_hash, base = self.extension.name, self.extension.content_hash, self.extension.base
        told = {"name": name, "hash": content_hash, "base": base, "src": src, "sandbox": sandbox, "given": given}
        self.page.evaluate(CONNECT, told)
        return self.frame

    @property
    def frame(self) -> Frame:
        frame = inside(self.page, "extension")
        frame.locator("html[data-ready=true]").wait_for(timeout=20_000)
        return frame

    def ready(self, **given: Any) -> Frame:
        """The same, and the frame's page has its bridge as `bridge` and heard the host."""
        frame = self.connect(**given)
        frame.evaluate("async () => { window.bridge = new sdk.IframeBridge(); bridge.ready(); await bridge.context; }")
        return frame

    def settle(self, frame: Frame) -> None:
        """Wait until the page has heard all that the frame posted to it before."""
        listen = "addEventListener('message', (event) => event.data === 'settled' && resolve())"
        self.page.evaluate(f"() => {{ window.settled = new Promise((resolve) => {listen}); }}")
        frame.evaluate("top.postMessage('settled', '*')")
        self.page.evaluate("settled")
