"""`http.fetch` from a guest through a runner: granted, denied, over its budget, with a server that is down, malformed."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gen.alga.runner.v1.execute_service_pb2 import ExecuteResponse
from kernel.digest import Digest
from kernel.errors import Reason
from kernel.grants import Credential, Limits
from kernel.watch import Freshness
from tests.host.egress import Listener, always, listening, naming, redirect
from tests.runner_service.conftest import Platform, Runner, make_settings, started
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")

INVALID, NOT_ALLOWED, TRANSPORT, INTERNAL = 500, 501, 502, 503
MOST = 6 << 20


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[Listener]:
    async with listening() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def open_runner(platform: Platform, short_root: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Runner]:
    """A runner that lets requests out to loopback."""
    root = short_root / "open"
    root.mkdir()
    told = {
        "registry_address": f"unix:{short_root}/registry",
        "EXT_RUNNER_EGRESS_ALLOWLIST": "*",
        "egress_networks": ("127.0.0.0/8",),
        "egress_max_ms": 2_000,
        "egress_response_bytes": MOST,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runner.app.Freshness", partial(Freshness, seconds=3600))
        async with started(make_settings(platform.registry, root, **told)) as runner:
            yield runner


class Fetching:
    """Calls of the guest that fetches."""

    def __init__(self, platform: Platform, guest: Digest, runner: Runner, server: Listener) -> None:
        self._platform = platform
        self._guest = guest
        self._runner = runner
        self.here = f"http://127.0.0.1:{server.port}"

    async def __call__(
        self, url: str | None = None, method: str = "GET", *, body: bytes | None = None, headers: Any = (), **grant: Any
    ) -> ExecuteResponse:
        told = {"capabilities": frozenset({"cap:http.fetch"}), "egress": (self.here,)} | grant
        signed = self._platform.registry.grant(self._guest, **told)
        return await self._runner.execute(signed, method, "/" + (self.here if url is None else url), body=body, headers=headers)


@pytest.fixture(scope="module")
def guest(platform: Platform) -> Digest:
    return platform.publish("egress", capabilities=["cap:http.fetch"])


@pytest_asyncio.fixture(loop_scope="session")
async def fetch(platform: Platform, guest: Digest, open_runner: Runner, server: Listener) -> Fetching:
    return Fetching(platform, guest, open_runner, server)


async def test_granted(fetch: Fetching, server: Listener) -> None:
    server.serve = always(b"HTTP/1.1 201 Made\r\nx-answer: yes\r\ncontent-length: 4\r\n\r\nmade")
    answer = await fetch(f"{fetch.here}/a?b=c", "POST", body=b"make", headers={"x-own": "1"})
    assert (answer.status, answer.body) == (201, b"made")
    assert answer.usage.egress_bytes == len(b"make") + len(b"made")
    assert ("x-answer", "yes") in [(header.name, header.value) for header in answer.headers]
    assert server.requests[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert b"\r\nx-own: 1\r\n" in server.requests[0]
    assert server.requests[0].endswith(b"\r\n\r\nmake")


async def test_large_bodies_both_ways(fetch: Fetching, server: Listener) -> None:
    server.serve = always(f"HTTP/1.1 200 OK\r\ncontent-length: {MOST}\r\n\r\n".encode() + bytes(MOST))
    answer = await fetch(method="PUT", body=b"x" * MOST)
    assert (answer.status, len(answer.body), len(server.requests[0]) > MOST) == (200, MOST, True)


async def test_redirects_when_asked(fetch: Fetching, server: Listener) -> None:
    server.serve = lambda request: redirect("/b") if b" /a " in request else b"HTTP/1.1 204 x\r\n\r\n"
    assert (await fetch(f"{fetch.here}/a")).status == 302
    assert (await fetch(f"{fetch.here}/a", headers={"x-alga-follow-redirects": "1"})).status == 204


@pytest.mark.parametrize(
    "grant",
    [
        {"capabilities": frozenset({"cap:log.emit"})},
        {"egress": ()},
        {"egress": ("other.example",)},
        {"tenant_egress": ()},
        {"tenant_egress": ("other.example",)},
    ],
    ids=["capability", "no manifest", "manifest", "no tenant", "tenant"],
)
async def test_denied(fetch: Fetching, server: Listener, grant: dict[str, Any]) -> None:
    assert (await fetch(**grant)).status == NOT_ALLOWED
    await server.untouched()


async def test_nothing_is_sent_without_a_credential_that_the_host_should_add(fetch: Fetching, server: Listener) -> None:
    credential = Credential(fetch.here, "authorization", "Bearer ", "nobody-stored-it")
    assert (await fetch(credentials=(credential,))).status in (NOT_ALLOWED, INTERNAL)
    await server.untouched()


async def test_denied_by_a_runner_that_lets_nothing_out(platform: Platform, guest: Digest, server: Listener) -> None:
    assert (await Fetching(platform, guest, platform.runner, server)()).status == NOT_ALLOWED
    await server.untouched()


async def test_denied_inside(platform: Platform, guest: Digest, server: Listener, short_root: Path) -> None:
    """All lists name it, and the operator allows no network: the name leads to this machine."""
    root = short_root / "inside"
    root.mkdir()
    async with naming() as names:
        names.say("inside.test", ["127.0.0.1"])
        told = {
            "registry_address": f"unix:{short_root}/registry",
            "EXT_RUNNER_EGRESS_ALLOWLIST": "*",
            "egress_nameservers": (names.address,),
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("runner.app.Freshness", partial(Freshness, seconds=3600))
            async with started(make_settings(platform.registry, root, **told)) as runner:
                fetch = Fetching(platform, guest, runner, server)
                for url in (f"http://inside.test:{server.port}", fetch.here):
                    assert (await fetch(url, egress=(url,))).status == NOT_ALLOWED
        assert names.asked
    await server.untouched()


@pytest.mark.parametrize("url", ["", "/", "nothing", "http://user@127.0.0.1/", "http://127.1/", "http://127.0.0.1/%2e%2e/"])
async def test_malformed(fetch: Fetching, server: Listener, url: str) -> None:
    assert (await fetch(url)).status == INVALID
    await server.untouched()


async def test_an_answer_over_its_budget(fetch: Fetching, server: Listener) -> None:
    server.serve = always(f"HTTP/1.1 200 OK\r\ncontent-length: {MOST + 1}\r\n\r\n".encode() + bytes(MOST + 1))
    assert (await fetch()).status == TRANSPORT


@pytest.mark.parametrize("limits", [Limits(timeout_ms=5_000, host_bytes=1)])
async def test_host_calls_over_their_budget(fetch: Fetching, server: Listener, limits: Limits) -> None:
    assert (await fetch(limits=limits)).status == NOT_ALLOWED
    await server.untouched()


async def test_a_server_that_is_down(fetch: Fetching) -> None:
    async with listening() as gone:
        url = f"http://127.0.0.1:{gone.port}"
    assert (await fetch(url, egress=(url,))).status == TRANSPORT


async def test_a_server_that_hangs_costs_the_time_of_a_fetch_or_of_the_call(fetch: Fetching, server: Listener) -> None:
    released = asyncio.Event()

    async def never() -> AsyncIterator[bytes]:
        await released.wait()
        yield b""

    server.serve = lambda _request: never()
    try:
        assert (await fetch()).status == TRANSPORT
        fault = await failure(fetch(limits=Limits(timeout_ms=300)))
        assert fault.reason is Reason.GUEST_TIMED_OUT
    finally:
        released.set()
