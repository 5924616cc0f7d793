"""The parts of egress that read what strangers write: whatever it is, they answer or raise a Fault; and what operators set."""

import asyncio
import zlib
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from yarl import URL

from gen.alga.runner.v1.execute_service_pb2 import Header, HttpRequest
from gen.alga.runner.v1.executor_pb2 import HostCall
from kernel.errors import Fault, Reason
from runner.backends.http.addresses import Addresses
from runner.backends.http.body import Body
from runner.backends.http.kept import Kept
from runner.backends.http.outgoing import Outgoing, outgoing
from runner.backends.http.redirects import next_hop
from runner.backends.http.sessions import tls_context
from runner.backends.http.target import Target
from runner.egress_settings import EgressSettings
from tests.host.egress import Vault, fetcher, listening, refused, settings

PUBLIC = ("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
          "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255", "2606:4700::1111", "2a00::1",
          "2001:4860:4860::8888")  # fmt: skip


class TestAddresses:
    @pytest.mark.parametrize("address", PUBLIC)
    def test_public_ones_pass(self, address: str) -> None:
        assert Addresses().allow(address)

    @pytest.mark.parametrize(
        "text", ["", "localhost", "127.1", "1.1.1.1 ", "1.1.1.1/32", "fe80::1%eth0", "2606:4700::1%1", "[2606:4700::1]"]
    )
    def test_what_is_no_address_does_not(self, text: str) -> None:
        assert not Addresses([ip_network("0.0.0.0/0"), ip_network("::/0")]).allow(text)

    @pytest.mark.parametrize(
        ("network", "allowed", "refused"),
        [
            ("127.0.0.0/8", ["127.0.0.1"], ["10.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::127.0.0.1"]),
            ("10.1.0.0/16", ["10.1.255.255"], ["10.2.0.0", "10.0.255.255"]),
            ("::1/128", ["::1"], ["::", "::2", "127.0.0.1"]),
            ("fd00::/8", ["fd00:ec2::254"], ["fc00::1"]),
            ("64:ff9b::/96", ["64:ff9b::8.8.8.8"], ["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8"]),
            ("::ffff:0:0/96", ["::ffff:8.8.8.8"], ["::ffff:127.0.0.1", "::ffff:169.254.169.254"]),
            ("2002::/16", ["2002:808:808::1"], ["2002:7f00:1::1"]),
            ("2001::/32", ["2001:0:808:808::f7f7:f7f7"], ["2001:0:808:808::80ff:fffe", "2001:0:7f00:1::f7f7:f7f7"]),
            ("::/0", ["::1", "fe80::1"], ["::ffff:127.0.0.1", "2002:7f00:1::1", "2600::5efe:7f00:1", "2600::200:5efe:10.0.0.1"]),
        ],
    )
    def test_an_operator_allows_that_very_network(self, network: str, allowed: list[str], refused: list[str]) -> None:
        addresses = Addresses([ip_network(network)])
        assert [one for one in allowed if not addresses.allow(one)] == []
        assert [one for one in refused if addresses.allow(one)] == []

    @given(st.ip_addresses() | st.text(max_size=40))
    def test_any_text_is_allowed_or_not(self, text: object) -> None:
        assert Addresses().allow(str(text)) in (True, False)


URLS = st.text(max_size=60) | st.from_regex(
    r"https?://([a-z0-9.@:\[\]%\\-]{1,20}|[0-9]{1,3}(\.[0-9]{1,3}){0,4})(:[0-9]{0,6})?(/[a-zA-Z0-9%./;\\?#&=@:\x00-\x20]{0,30})?",
    fullmatch=True,
)


@given(URLS)
def test_a_url_is_one_url_or_a_fault(text: str) -> None:
    try:
        target = Target.parse(text)
    except Fault as fault:
        assert fault.reason is Reason.EGRESS_INVALID
        return
    assert Target.parse(target.url) == target
    # What the client makes of it is the same, with or without its own quoting of the path.
    url = URL(target.url, encoded=True)
    assert (url.scheme, f"{url.raw_host}", url.port) == (target.origin.scheme, target.origin.host.strip("[]"), target.origin.port)
    assert url.raw_path == target.path
    assert url.path == URL(target.url).path
    assert url.user is None


HEADERS = st.lists(
    st.tuples(st.text(max_size=20) | st.sampled_from(["x", "X-Alga-Follow-Redirects"]), st.text(max_size=20)), max_size=4
)


@given(st.text(max_size=8) | st.just("GET"), URLS | st.just("https://a.example/"), HEADERS, st.binary(max_size=20))
def test_a_request_is_checked_or_a_fault(method: str, url: str, headers: list[tuple[str, str]], body: bytes) -> None:
    asked = HttpRequest(method=method, url=url, headers=[Header(name=n, value=v) for n, v in headers], body=body)
    try:
        found = outgoing(asked, 10)
    except Fault as fault:
        assert fault.reason in (Reason.EGRESS_INVALID, Reason.PAYLOAD_TOO_LARGE)
    else:
        assert not any("\r" in text or "\n" in text for header in found.headers for text in header)


@given(st.text(max_size=60) | URLS, st.sampled_from([301, 302, 303, 307, 308]))
def test_a_location_is_a_target_or_a_fault(location: str, status: int) -> None:
    sent = Outgoing("POST", Target.parse("https://a.example/b/c"), (("authorization", "x"),), b"body", 1)
    try:
        hop = next_hop(sent, status, location)
    except Fault as fault:
        assert fault.reason is Reason.EGRESS_FAILED
    else:
        assert hop is not None
        assert Target.parse(hop.target.url) == hop.target
        assert bool(hop.headers) == (hop.target.origin == sent.target.origin)


@given(st.sampled_from(["", "gzip", "deflate", "br", "gzip,gzip"]), st.lists(st.binary(max_size=40), max_size=5))
def test_a_body_is_bytes_or_a_fault(encoding: str, chunks: list[bytes]) -> None:
    body = Body(encoding, 64)
    try:
        for chunk in chunks:
            body.feed(chunk)
        assert len(body.end()) <= 64
    except Fault as fault:
        assert fault.reason is Reason.EGRESS_FAILED


@given(st.binary(max_size=200), st.integers(1, 50), st.sampled_from([("gzip", 31), ("deflate", 15), ("deflate", -15)]))
def test_what_was_compressed_comes_back_however_it_is_cut(data: bytes, size: int, form: tuple[str, int]) -> None:
    packed = zlib.compress(data, wbits=form[1])
    body = Body(form[0], 1_000)
    for start in range(0, len(packed), size):
        body.feed(packed[start : start + size])
    assert body.end() == data


class TestSettings:
    @pytest.mark.parametrize(
        "text", ["a.example,*.b.example", " a.example  *.b.example ", '["a.example", "*.b.example"]', "A.example,\n*.b.example,"]
    )
    @pytest.mark.parametrize("name", ["EXT_RUNNER_EGRESS_ALLOWLIST", "EXT_EGRESS_ALLOWLIST"])
    def test_the_list_is_text_or_json(self, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
        monkeypatch.setenv(name, text)
        assert EgressSettings().egress_allowlist == ("a.example", "*.b.example")

    def test_nothing_is_said_by_default(self) -> None:
        assert EgressSettings().egress_allowlist == EgressSettings().egress_networks == ()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("EXT_RUNNER_EGRESS_ALLOWLIST", ["*.com"]),
            ("EXT_RUNNER_EGRESS_ALLOWLIST", "ftp://x"),
            ("EXT_RUNNER_EGRESS_ALLOWLIST", "["),
            ("egress_networks", ["10.0.0.0/33"]),
            ("egress_networks", "localhost"),
            ("egress_nameservers", ["ns.example"]),
            ("egress_nameservers", ["127.0.0.1:0"]),
            ("egress_nameservers", ["127.0.0.1:x"]),
            ("egress_response_bytes", 11 << 20),
        ],
    )
    def test_bad_ones_are_refused(self, name: str, value: object) -> None:
        with pytest.raises(ValidationError):
            EgressSettings(**{name: value})

    @pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:5353"])
    def test_nameservers(self, text: str) -> None:
        assert EgressSettings(egress_nameservers=text).egress_nameservers == (text,)

    def test_roots_that_cannot_be_read_are_named(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        bad = tmp_path_factory.mktemp("roots") / "roots.pem"
        for content in (None, "no certificate"):
            if content:
                bad.write_text(content)
            with pytest.raises(Fault) as caught:
                tls_context(bad)
            assert caught.value.violations[0].field == "egress_ca_file"


class TestKept:
    async def test_the_least_recently_used_goes_first_and_none_that_is_used(self) -> None:
        closed: list[int] = []
        numbers = iter(range(10))

        async def close(value: int) -> None:
            closed.append(value)

        kept: Kept[str, int] = Kept(lambda: next(numbers), close, 2)
        for key in ("a", "b", "a", "c"):
            async with kept.use(key):
                pass
        assert closed == [1]
        async with kept.use("a") as first, kept.use("c") as second, kept.use("d") as third:
            assert (first, second, third) == (0, 2, 3)
            assert kept.count == 3
            assert closed == [1]
        assert kept.count == 2
        await kept.close()
        assert sorted(closed) == [0, 1, 2, 3]

    async def test_who_comes_while_another_is_closed_finds_an_open_one(self) -> None:
        closed: list[int] = []
        numbers = iter(range(100))

        async def close(value: int) -> None:
            await asyncio.sleep(0)
            closed.append(value)

        kept: Kept[int, int] = Kept(lambda: next(numbers), close, 2)

        async def user(key: int) -> None:
            async with kept.use(key) as value:
                for _ in range(key % 3):
                    await asyncio.sleep(0)
                    assert value not in closed

        await asyncio.gather(*[user(number % 7) for number in range(60)])
        assert kept.count == 2


async def test_a_runner_whose_list_is_empty_says_what_an_open_one_says() -> None:
    async with listening() as server, fetcher(settings()) as client:
        url = f"http://127.0.0.1:{server.port}"
        await refused(client.fetch(url, manifest=[url]))
        await refused(client.fetch("nothing", manifest=[url]), Reason.EGRESS_INVALID)
        await refused(client.fetch(url, "POST", body=bytes((8 << 20) + 1), manifest=[url]), Reason.PAYLOAD_TOO_LARGE)
        await server.untouched()


async def test_a_frame_of_another_function_is_an_empty_request() -> None:
    """From an executor that was taken over."""
    async with listening() as server, fetcher(settings("*", networks=["127.0.0.0/8"])) as client:
        url = f"http://127.0.0.1:{server.port}"
        await client.fetch(url, manifest=[url])
        assert client.last is not None
        await refused(client.service.answer(client.last, HostCall()), Reason.EGRESS_INVALID)


async def test_after_the_calls_time_nothing_is_begun() -> None:
    async with listening() as server, fetcher(settings("*", networks=["127.0.0.0/8"]), Vault()) as client:
        url = f"http://127.0.0.1:{server.port}"
        await refused(client.fetch(url, manifest=[url], seconds=0), Reason.DEADLINE_EXCEEDED)
        await asyncio.sleep(0)
        await server.untouched()
