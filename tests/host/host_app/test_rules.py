"""The parts without a runner: addresses, the settings, the connection, and the install's own key."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from gen.alga.runner.v1.executor_pb2 import HostCall, ProxyCall
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant, Limits
from kernel.signing import Signed
from runner.backends.host_app.base import check_base, without_api
from runner.backends.host_app.connection import Connection, Reply, Request
from runner.backends.host_app.proxy import UiProxy
from runner.backends.host_app.routes import address
from runner.caller import Caller
from runner.settings import RunnerSettings
from tests.host.host_app.site import Site, breaks_off
from tests.runner_service.conftest import make_settings
from tests.runner_service.registry import Registry
from tests.unit.kernel.test_tls import certificate

routes = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text("/.%2eEfF5c;\\?#a:", max_size=40)


@given(routes)
def test_an_address_is_below_its_base_or_there_is_none(route: str) -> None:
    try:
        found = address("https://host.example/base", "ext", route)
    except Fault as fault:
        assert fault.reason in (Reason.HOST_REJECTED, Reason.HOST_DENIED)
        return
    assert found.startswith(("https://host.example/base/api/", "https://host.example/base/ext/"))
    assert found.isascii()
    assert found.isprintable()
    path = found.removeprefix("https://host.example").partition("?")[0]
    assert not {".", ".."} & set(path.split("/"))
    assert not set("#\\ ") & set(found)


# --- settings ---


def _settings(root: Path, **told: Any) -> RunnerSettings:
    (root / "host-app.token").write_text("t" * 40 + "\n")
    return make_settings(Registry(), root, **{"host_app_token_file": root / "host-app.token"} | told)


@pytest.mark.parametrize(
    "url",
    ["https://host.example", "https://host.example:8443/app/", "http://127.0.0.1:3000", "http://localhost/x", "http://[::1]:1"],
)
def test_good_addresses(url: str) -> None:
    check_base(url, plain_http=False)


@pytest.mark.parametrize(
    "url",
    [
        "host.example",
        "//host.example",
        "ftp://host.example",
        "file:///x",
        "https://",
        "https:///x",
        "https://user:secret@host.example",
        "https://@host.example",
        "https://host.example/?a=b",
        "https://host.example/#x",
        "https://host.example/a/../b",
        "https://host.example/\\x",
        "https://host.example/a b",
        "https://host.example/\n",
        "https://h\u00f6st.example",
        "https://host.example:99999",
        "https://[::1",
        "http://host.example",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1",
        "http://[::ffff:10.0.0.1]",
    ],
)
def test_addresses_that_are_refused_at_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must (be|have)"):
        check_base(url, plain_http=False)
    for name in ("EXT_RUNNER_HOST_APP_BASE_URL", "EXT_RUNNER_UI_PROXY_BASE_URL"):
        with pytest.raises(ValueError, match=r"base_url must (be|have)"):
            _settings(tmp_path, **{name: url})


def test_plain_http_beyond_this_machine_has_to_be_asked_for(tmp_path: Path) -> None:
    told = {"EXT_RUNNER_HOST_APP_BASE_URL": "http://host.example/api", "insecure_plain_http_to_host_app": True}
    assert _settings(tmp_path, **told).host_app.base == "http://host.example"


def test_settings_name_the_place(tmp_path: Path) -> None:
    told = {
        "EXT_RUNNER_HOST_APP_BASE_URL": "https://host.example/x/api/",
        "EXT_RUNNER_UI_PROXY_BASE_URL": "https://ui.example/api/",
    }
    place = _settings(tmp_path, **told, EXT_RUNNER_UI_PROXY_TIMEOUT_MS=1_500).host_app
    assert (place.base, place.proxy_base, place.seconds) == ("https://host.example/x", "https://ui.example/api", 1.5)
    assert place.token == "t" * 40
    nothing = make_settings(Registry(), tmp_path).host_app
    assert (nothing.base, nothing.proxy_base, nothing.token, nothing.seconds) == ("", "", "", 5.0)


def test_the_names_of_the_reference_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_API_BASE_URL", "http://127.0.0.1:1/api")
    monkeypatch.setenv("UI_PROXY_BASE_URL", "http://127.0.0.1:2")
    monkeypatch.setenv("UI_PROXY_TIMEOUT_MS", "250")
    place = _settings(tmp_path).host_app
    assert (place.base, place.proxy_base, place.seconds) == ("http://127.0.0.1:1", "http://127.0.0.1:2", 0.25)


def test_an_address_needs_a_token(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs host_app_token_file"):
        make_settings(Registry(), tmp_path, EXT_RUNNER_HOST_APP_BASE_URL="https://host.example")


def test_api_is_dropped_only_at_the_end() -> None:
    assert without_api("https://h/api") == "https://h"
    assert without_api("https://h/api/v1") == "https://h/api/v1"


# --- the connection ---


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    yield site
    await site.stop()


def caller(seconds: float = 30.0, tenant_id: str = "t1", secrets_revision: int = 1) -> Caller:
    now = datetime.now(UTC)
    grant = ExecutionGrant(
        tenant_id, "i1", "e1", "v1", Digest.of(b""), frozenset(), Limits(), 1, now, now, secrets_revision=secrets_revision
    )
    return Caller(grant, Signed(b"", b"", ""), "r-1", None, asyncio.get_running_loop().time() + seconds)


async def _send(site: Site, *, seconds: float = 30.0, cap: float = 30.0) -> Reply:
    async with Connection(cap) as connection:
        request = Request("GET", f"http://127.0.0.1:{site.port}/x", {}, None, repeatable=True)
        return await connection.send(caller(seconds), request)


@pytest.mark.parametrize("times", [{"cap": 0.1}, {"seconds": 0.1}], ids=str)
async def test_the_setting_and_the_calls_time_end_a_slow_answer(site: Site, times: dict[str, float]) -> None:
    never = asyncio.Event()

    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await never.wait()
        raise AssertionError

    site.answer = drip
    with pytest.raises(Fault) as caught:
        await _send(site, **times)
    assert caught.value.reason is Reason.HOST_FAILED
    assert len(site.seen) == 1  # a slow host is not asked again


async def test_nothing_begins_after_the_calls_time(site: Site) -> None:
    with pytest.raises(Fault) as caught:
        await _send(site, seconds=-1)
    assert caught.value.reason is Reason.DEADLINE_EXCEEDED
    assert site.seen == []


async def test_an_endless_answer_ends_at_its_limit(site: Site) -> None:
    async def flood(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    site.answer = flood
    with pytest.raises(Fault) as caught:
        await _send(site)
    assert caught.value.reason is Reason.HOST_FAILED


async def test_no_proxy_of_the_environment_is_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.says(200, b"direct")
    assert (await _send(site)).body == b"direct"


@pytest.mark.parametrize(
    "garbage", [b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"]
)
async def test_what_is_no_http(garbage: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(garbage)
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Fault) as caught:
            await _send(Site(port=port))
    assert caught.value.reason is Reason.HOST_FAILED


@pytest.mark.parametrize(
    ("host", "trusted", "good"), [("localhost", True, True), ("localhost", False, False), ("127.0.0.1", True, False)]
)
async def test_a_host_is_known_by_its_certificate(host: str, trusted: bool, good: bool, tmp_path: Path) -> None:
    files = certificate(tmp_path, "host")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.cert, files.key)

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0, ssl=context) as server:
        url = f"https://{host}:{server.sockets[0].getsockname()[1]}/"
        async with Connection(30.0, files.cert if trusted else None) as connection:
            request = Request("GET", url, {}, None, repeatable=True)
            if good:
                assert (await connection.send(caller(), request)).body == b"ok"
                return
            with pytest.raises(Fault) as caught:
                await connection.send(caller(), request)
            assert caught.value.reason is Reason.HOST_FAILED


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_roots_that_are_none_are_refused(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "roots.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Fault) as caught:
        Connection(1.0, path)
    assert caught.value.violations[0].field == "tls_ca_file"


# --- the install's own key ---


class Secrets:
    """Has one answer."""

    def __init__(self, answer: str | Reason) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    async def reveal(self, caller: Caller, name: str) -> str:
        self.asked.append((caller.grant.install_id, name))
        if isinstance(self.answer, Reason):
            raise Fault(self.answer)
        return self.answer


async def _route(site: Site, secrets: Secrets, **told: Any) -> Any:
    async with Connection(30.0) as connection:
        proxy = UiProxy(connection, f"http://127.0.0.1:{site.port}", secrets)
        return await proxy.answer(caller(**told), HostCall(proxy_call=ProxyCall(route="/x")))


async def test_the_installs_key_goes_to_the_host_and_nowhere_else(site: Site) -> None:
    site.says(200, b"ok")
    secrets = Secrets("alga-key")
    assert (await _route(site, secrets)).proxy_answer == b"ok"
    assert site.seen[0].headers["x-api-key"] == "alga-key"
    assert secrets.asked == [("i1", "api_key")]
    site.says(302, b"", {"location": f"http://127.0.0.1:{site.port}/elsewhere"})
    with pytest.raises(Fault):
        await _route(site, secrets)
    assert len(site.seen) == 2


async def test_an_install_without_a_key_calls_without_one(site: Site) -> None:
    site.says(200, b"ok")
    await _route(site, Secrets(Reason.SECRET_MISSING))
    assert "x-api-key" not in site.seen[0].headers


async def test_an_install_that_never_had_a_secret_is_not_asked_for(site: Site) -> None:
    site.says(200, b"ok")
    secrets = Secrets(Reason.UNAVAILABLE)
    await _route(site, secrets, secrets_revision=0)
    assert "x-api-key" not in site.seen[0].headers
    assert secrets.asked == []


@pytest.mark.parametrize("reason", [Reason.SECRET_EXPIRED, Reason.SECRET_UNREADABLE, Reason.UNAVAILABLE])
async def test_a_key_that_cannot_be_had_ends_the_call(site: Site, reason: Reason) -> None:
    with pytest.raises(Fault) as caught:
        await _route(site, Secrets(reason))
    assert caught.value.reason is reason
    assert site.seen == []


@pytest.mark.parametrize("value", ["a\r\nx-alga-tenant: other", "k\u00e9y", "a\x00b", "a\tb"])
async def test_a_key_that_is_no_header_value_is_not_sent(site: Site, value: str) -> None:
    with pytest.raises(Fault) as caught:
        await _route(site, Secrets(value))
    assert caught.value.reason is Reason.SECRET_UNREADABLE
    assert site.seen == []


async def test_a_broken_connection_tells_nothing_of_itself(site: Site) -> None:
    site.answer = breaks_off
    with pytest.raises(Fault) as caught:
        await _send(site)
    assert "127.0.0.1" not in caught.value.public
