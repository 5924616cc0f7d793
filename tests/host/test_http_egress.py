"""What does not leave: for each way out that was ever used against such a host, a listener inside sees no connection.

The listener stands in a forbidden network, loopback. Where an allow-list is what must hold, the operator's setting lets loopback
pass; where the rule of addresses must hold, the lists name the place.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from kernel.errors import Reason
from kernel.grants import Credential
from runner.backends.http.addresses import Addresses
from runner.backends.http.connecting import Forbidden, Resolver, connector
from tests.host.egress import (
    HANG_UP,
    OK,
    Client,
    Listener,
    Names,
    always,
    fetcher,
    lines,
    listening,
    naming,
    redirect,
    refused,
    settings,
)

LOOPBACK = ("127.0.0.0/8",)
DENIED, INVALID, FAILED = Reason.EGRESS_DENIED, Reason.EGRESS_INVALID, Reason.EGRESS_FAILED


@dataclass(frozen=True)
class Site:
    """A trap on 127.0.0.1, a server outside as far as the rules know (127.0.0.2), and a DNS server."""

    trap: Listener
    outside: Listener
    names: Names

    def fill(self, text: str) -> str:
        return text.replace("TRAP", str(self.trap.port)).replace("OUT", str(self.outside.port))


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with listening() as trap, listening(hosts=("127.0.0.2",)) as outside, naming() as names:
        yield Site(trap, outside, names)


async def denied(
    site: Site,
    url: str,
    *,
    platform: Sequence[str] = ("*",),
    manifest: Sequence[str],
    tenant: Sequence[str] | None = None,
    networks: Sequence[str] = (),
    reason: Reason = DENIED,
    **more: object,
) -> None:
    """The fetch is refused, and the trap was not touched."""
    told = settings(*map(site.fill, platform), networks=networks, egress_nameservers=(site.names.address,))
    manifest = [site.fill(entry) for entry in manifest]
    tenant = None if tenant is None else [site.fill(entry) for entry in tenant]
    async with fetcher(told) as client:
        await refused(client.fetch(site.fill(url), manifest=manifest, tenant=tenant, **more), reason)  # type: ignore[arg-type]
    await site.trap.untouched()


HERE = "http://127.0.0.1:TRAP"


class TestTheTrap:
    """What is refused below would have been connected to: with lists that name it and the operator's network, it is."""

    async def test_it_is_touched_when_all_lists_name_it(self, site: Site) -> None:
        here = site.fill(HERE)
        for platform in (here, "*"):
            async with fetcher(settings(platform, networks=LOOPBACK)) as client:
                assert (await client.fetch(here, manifest=[here], tenant=[here])).body == b"ok"
        await site.trap.saw(2)

    async def test_by_name_too(self, site: Site) -> None:
        site.names.say("inside.test", ["127.0.0.1"])
        url = site.fill("http://inside.test:TRAP")
        told = settings("*", networks=LOOPBACK, egress_nameservers=(site.names.address,))
        async with fetcher(told) as client:
            assert (await client.fetch(url, manifest=[url])).status == 200
        await site.trap.saw(1)


class TestNobodyNamesIt:
    """Each list alone refuses: the operator's, the manifest's, the tenant's."""

    @pytest.mark.parametrize(
        ("platform", "manifest", "tenant"),
        [
            ((), (HERE,), None),
            ((), (), None),
            ((HERE,), (), None),
            (("*",), (), None),
            ((HERE,), (), (HERE,)),
            ((HERE,), (HERE,), ()),
            (("*",), (HERE,), ()),
            (("other.example",), (HERE,), None),
            ((HERE,), ("other.example",), None),
            ((HERE,), (HERE,), ("other.example",)),
            ((HERE,), ("*",), None),
            ((HERE,), ("not a destination",), None),
        ],
    )
    async def test_refused(
        self, site: Site, platform: Sequence[str], manifest: Sequence[str], tenant: Sequence[str] | None
    ) -> None:
        await denied(site, HERE, platform=platform, manifest=manifest, tenant=tenant, networks=LOOPBACK)


class TestAnotherHost:
    """A host that looks like the named one is another one."""

    @pytest.mark.parametrize(
        ("entry", "host"),
        [
            ("api.test", "api.test.evil.test"),
            ("api.test", "evil-api.test"),
            ("api.test", "xapi.test"),
            ("api.test", "sub.api.test"),
            ("api.test", "api-test"),
            ("api.test", "test"),
            ("*.api.test", "api.test"),
            ("*.api.test", "xapi.test"),
            ("*.api.test", "a.api.test.evil.test"),
            ("127.0.0.2", "127.0.0.1"),
            ("127.0.0.10", "127.0.0.1"),
        ],
    )
    async def test_refused(self, site: Site, entry: str, host: str) -> None:
        site.names.say(host, ["127.0.0.1"])
        await denied(site, f"http://{host}:TRAP/", manifest=[f"http://{entry}:TRAP"], networks=LOOPBACK)
        assert not site.names.asked, "a name was looked up that no list has"


class TestAnotherSchemeOrPort:
    @pytest.mark.parametrize(
        ("entry", "url"),
        [
            ("127.0.0.1:TRAP", "http://127.0.0.1:TRAP/"),
            ("https://127.0.0.1:TRAP", "http://127.0.0.1:TRAP/"),
            ("http://127.0.0.1", "http://127.0.0.1:TRAP/"),
            ("127.0.0.1", "http://127.0.0.1:TRAP/"),
            ("127.0.0.1", "https://127.0.0.1:TRAP/"),
            ("http://127.0.0.1:TRAP", "https://127.0.0.1:TRAP/"),
            ("http://127.0.0.1:OUT", "http://127.0.0.1:TRAP/"),
        ],
    )
    async def test_refused(self, site: Site, entry: str, url: str) -> None:
        await denied(site, url, manifest=[entry], networks=LOOPBACK)


class TestAnotherPath:
    @pytest.mark.parametrize(
        ("path", "reason"),
        [
            ("", DENIED),
            ("/", DENIED),
            ("/v10", DENIED),
            ("/v1x/y", DENIED),
            ("/V1/", DENIED),
            ("//v1/", DENIED),
            ("/x/v1/", DENIED),
            ("/?/v1/", DENIED),
            ("/%76%31%30", DENIED),
            ("/v1/../admin", INVALID),
            ("/v1/./x", INVALID),
            ("/v1/..", INVALID),
            ("/v1/%2e%2e/admin", INVALID),
            ("/v1/%2E./admin", INVALID),
            ("/v1/.%2e/admin", INVALID),
            ("/v1/..%2fadmin", INVALID),
            ("/v1/%2f..%2fadmin", INVALID),
            ("/v1/..%5cadmin", INVALID),
            ("/v1/..\\admin", INVALID),
            ("/v1/..;/admin", INVALID),
            ("/v1/.;x=y/admin", INVALID),
            ("/v1/%252e%252e/admin", INVALID),
            ("/v1/%25%32%65/admin", INVALID),
            ("/v1/..%00/admin", INVALID),
        ],
    )
    async def test_refused(self, site: Site, path: str, reason: Reason) -> None:
        await denied(site, HERE + path, manifest=[f"{HERE}/v1"], networks=LOOPBACK, reason=reason)

    @pytest.mark.parametrize(
        ("path", "sent"), [("/v1", "/v1"), ("/%76%31/%7ea?q=%2e%2e%2f", "/v1/~a?q=%2e%2e%2f"), ("/v1/%c3%bc//", "/v1/%C3%BC//")]
    )
    async def test_what_is_below_the_prefix_is_sent_as_it_was_checked(self, site: Site, path: str, sent: str) -> None:
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            await client.fetch(site.fill(HERE + path), manifest=[site.fill(f"{HERE}/v1")])
        assert site.trap.requests[0].startswith(f"GET {sent} HTTP/1.1\r\n".encode())


class TestAmbiguousUrl:
    """What two parsers could read in two ways is no URL."""

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "/",
            "//127.0.0.1:TRAP/",
            "127.0.0.1:TRAP/",
            "http:/127.0.0.1:TRAP/",
            "http:127.0.0.1:TRAP/",
            "http:///127.0.0.1:TRAP/",
            "http:\\\\127.0.0.1:TRAP/",
            "http://127.0.0.1:TRAP\\@evil.test/",
            "http://api.test\\@127.0.0.1:TRAP/",
            "http://api.test@127.0.0.1:TRAP/",
            "http://api.test:80@127.0.0.1:TRAP/",
            "http://:@127.0.0.1:TRAP/",
            "http://@127.0.0.1:TRAP/",
            "http://api.test%40127.0.0.1:TRAP/",
            "http://127.0.0.1:TRAP#@api.test/",
            "http://127.0.0.1:TRAP/#x",
            "http://127.0.0.1:TRAP:80/",
            "http://127.0.0.1:/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:0TRAP/",
            "http://127.0.0.1:+TRAP/",
            "http://127.0.0.1: TRAP/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:TRAP /",
            " http://127.0.0.1:TRAP/",
            "http://127.0.0.1:TRAP/\n",
            "http://127.0.0.1\n:TRAP/",
            "http://127.0.0.1:TRAP/\r\nx-injected: 1",
            "ht\ttp://127.0.0.1:TRAP/",
            "http://127.0.0.1.:TRAP/",
            "http://127.0.0.1..:TRAP/",
            "http://%31%32%37.0.0.1:TRAP/",
            "http://\uff11\uff12\uff17.0.0.1:TRAP/",
            "http://127\u30020\u30020\u30021:TRAP/",
            "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3:TRAP/",
            "http://l\u00f6calhost:TRAP/",
            "http://local_host:TRAP/",
            "http://-localhost:TRAP/",
            "http://*:TRAP/",
            "http://[::1:TRAP/",
            "http://::1:TRAP/",
            "http://[127.0.0.1]:TRAP/",
            "http://[::1%25lo]:TRAP/",
            "http://[::ffff:127.0.0.1%1]:TRAP/",
            "ftp://127.0.0.1:TRAP/",
            "file:///etc/passwd",
            "gopher://127.0.0.1:TRAP/_x",
            "unix:///run/x",
            "ws://127.0.0.1:TRAP/",
            "http+unix://%2frun%2fx/",
            "javascript:alert(1)",
            "http://127.0.0.1:TRAP/a b",
            "http://127.0.0.1:TRAP/%",
            "http://127.0.0.1:TRAP/%zz",
            "http://127.0.0.1:TRAP/?a=%1",
            "http://127.0.0.1:TRAP/?a=b c",
            "http://127.0.0.1:TRAP/\x00",
            "http://127.0.0.1:TRAP/\u2028",
        ],
    )
    async def test_refused(self, site: Site, url: str) -> None:
        manifest = (HERE, "http://localhost:TRAP", "http://api.test")
        await denied(site, url, manifest=manifest, networks=LOOPBACK, reason=INVALID)


class TestSpellingsOfAnAddress:
    """What some libraries read as 127.0.0.1."""

    @pytest.mark.parametrize(
        "host",
        ["2130706433", "0x7f000001", "0x7F.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.000.000.001",
         "127.0.0.01", "0x7f.1", "127.0.0.0x1", "0127.0.0.1", "127.0.0.1.0", "256.0.0.1", "127.0.0.257", "4294967296", "1e3", "0"],
    )  # fmt: skip
    async def test_refused(self, site: Site, host: str) -> None:
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            fetching = client.fetch(site.fill(f"http://{host}:TRAP/"), manifest=[site.fill(HERE), "http://1e3"])
            await refused(fetching, DENIED if host == "1e3" else INVALID)
        await site.trap.untouched()


class TestAddressesInUrls:
    """An address that all lists name, in a network that is nobody's to reach."""

    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "169.254.169.254",
         "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
         "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
         "168.63.129.16"],
    )  # fmt: skip
    async def test_refused(self, site: Site, address: str) -> None:
        await denied(site, f"http://{address}:TRAP/", manifest=[f"http://{address}:TRAP"])

    @pytest.mark.parametrize(
        "address",
        ["::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1", "64:ff9b::7f00:1",
         "2002:7f00:1::", "fe80::1", "fd00:ec2::254"],
    )  # fmt: skip
    async def test_v6_can_be_named_by_no_list(self, site: Site, address: str) -> None:
        manifest = (HERE, "http://localhost:TRAP")
        await denied(site, f"http://[{address}]:TRAP/", manifest=manifest, networks=("::/0", "0.0.0.0/0"))


INSIDE = [
    ("A", "127.0.0.1"),
    ("A", "127.9.9.9"),
    ("A", "0.0.0.0"),
    ("A", "10.1.2.3"),
    ("A", "100.64.1.1"),
    ("A", "169.254.169.254"),
    ("A", "172.20.0.1"),
    ("A", "192.168.1.1"),
    ("A", "192.0.0.8"),
    ("A", "198.18.0.1"),
    ("A", "224.0.0.251"),
    ("A", "255.255.255.255"),
    ("AAAA", "::1"),
    ("AAAA", "::"),
    ("AAAA", "::ffff:127.0.0.1"),
    ("AAAA", "::127.0.0.1"),
    ("AAAA", "64:ff9b::127.0.0.1"),
    ("AAAA", "64:ff9b:1::127.0.0.1"),
    ("AAAA", "64:ff9b::8.8.8.8"),
    ("AAAA", "2002:7f00:1::1"),
    ("AAAA", "2002:a00:1::1"),
    ("AAAA", "2001:0:7f00:1::80ff:fffe"),
    ("AAAA", "2001:db8::1"),
    ("AAAA", "fc00::1"),
    ("AAAA", "fd00:ec2::254"),
    ("AAAA", "fe80::1"),
    ("AAAA", "fec0::1"),
    ("AAAA", "ff02::1"),
    ("AAAA", "100::1"),
    ("AAAA", "4000::1"),
    ("AAAA", "2600::5efe:7f00:1"),
]


class TestNamesThatLeadInside:
    """A name says nothing about where it leads."""

    @pytest.mark.parametrize(("kind", "address"), INSIDE)
    async def test_refused(self, site: Site, kind: str, address: str) -> None:
        site.names.say("inside.test", [address], kind=kind)
        await denied(site, "http://inside.test:TRAP/", manifest=["http://inside.test:TRAP"])
        assert site.names.asked

    @pytest.mark.parametrize("aliases", [["one.test"], ["one.test", "two.test"]])
    async def test_through_other_names(self, site: Site, aliases: list[str]) -> None:
        site.names.say("inside.test", ["127.0.0.1"])
        site.names.aliases |= dict(zip(["outside.test", *aliases], [*aliases, "inside.test"], strict=True))
        await denied(site, "http://outside.test:TRAP/", manifest=["http://outside.test:TRAP"])
        assert site.names.asked

    @pytest.mark.parametrize("name", ["localhost", "sub.localhost"])
    async def test_loopback_by_its_own_name(self, site: Site, name: str) -> None:
        async with fetcher(settings("*", egress_nameservers=(site.names.address,))) as client:
            url = site.fill(f"http://{name}:TRAP")
            fault = await refused(client.fetch(url, manifest=[url]))
            assert "address" in fault.log
        await site.trap.untouched()


class TestTheSocketItself:
    """The last gate holds without the others, for addresses in URLs too, which connectors ask no resolver for."""

    @pytest.mark.parametrize("address", ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "127.1"])
    async def test_no_socket_is_made(self, site: Site, address: str) -> None:
        resolver = Resolver(Addresses([ip_network("0.0.0.0/0")]), (site.names.address,), 5)
        own = connector(Addresses(), resolver, ssl.create_default_context(), idle_seconds=1, most=1)
        async with aiohttp.ClientSession(connector=own) as session:
            with pytest.raises(aiohttp.ClientError):
                await session.get(URL(site.fill(f"http://{address}:TRAP/"), encoded=True))
        await resolver.close()
        await site.trap.untouched()

    async def test_nor_for_what_a_resolver_lets_pass(self, site: Site) -> None:
        site.names.say("inside.test", ["127.0.0.1"])
        resolver = Resolver(Addresses([ip_network("0.0.0.0/0")]), (site.names.address,), 5)
        own = connector(Addresses(), resolver, ssl.create_default_context(), idle_seconds=1, most=1)
        async with aiohttp.ClientSession(connector=own) as session:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                await session.get(site.fill("http://inside.test:TRAP/"))
        assert isinstance(caught.value.os_error, Forbidden)
        await resolver.close()
        await site.trap.untouched()


class TestAnswersOfSeveralAddresses:
    """One forbidden address is enough: which one is taken would be chance."""

    @pytest.mark.parametrize(
        "answers",
        [
            {"A": ["127.0.0.2", "127.0.0.1"]},
            {"A": ["127.0.0.1", "127.0.0.2"]},
            {"A": ["127.0.0.2", "10.0.0.1", "127.0.0.3"]},
            {"A": ["127.0.0.2"], "AAAA": ["::1"]},
            {"A": ["127.0.0.2"], "AAAA": ["::ffff:127.0.0.2"]},
        ],
    )
    async def test_refused(self, site: Site, answers: dict[str, list[str]]) -> None:
        for kind, addresses in answers.items():
            site.names.say("several.test", addresses, kind=kind)
        networks = ("127.0.0.2/32", "127.0.0.3/32")
        await denied(site, "http://several.test:OUT/", manifest=["http://several.test:OUT"], networks=networks)
        await site.outside.untouched("127.0.0.2")


class TestRebinding:
    """A name that leads outside when it is checked and inside a moment later."""

    @pytest.fixture
    def url(self, site: Site) -> str:
        return site.fill("http://rebind.test:OUT")

    @pytest_asyncio.fixture
    async def client(self, site: Site) -> AsyncIterator[Client]:
        told = settings("*", networks=["127.0.0.2/32"], egress_nameservers=(site.names.address,))
        async with fetcher(told) as client:
            yield client

    async def test_there_is_no_second_lookup(self, site: Site, client: Client, url: str) -> None:
        site.names.say("rebind.test", ["127.0.0.2"], ["127.0.0.1"])
        async with listening(port=site.outside.port) as inside:
            assert (await client.fetch(url, manifest=[url])).body == b"ok"
            assert site.names.asked["rebind.test", "A"] == 1
            await inside.untouched()

    async def test_the_next_connection_is_checked_again(self, site: Site, client: Client, url: str) -> None:
        site.outside.serve = always(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        site.names.say("rebind.test", ["127.0.0.2"], ["127.0.0.1"])
        async with listening(port=site.outside.port) as inside:
            await client.fetch(url, manifest=[url])
            await refused(client.fetch(url, manifest=[url]))
            assert site.names.asked["rebind.test", "A"] == 2
            await inside.untouched()

    async def test_a_server_that_hangs_up_does_not_move_the_second_try(self, site: Site, client: Client, url: str) -> None:
        """Clients send again what is safe to repeat when a kept connection is gone."""
        site.names.say("rebind.test", ["127.0.0.2"], ["127.0.0.1"])
        answers = [OK, HANG_UP]
        site.outside.serve = lambda _request: answers.pop(0)
        async with listening(port=site.outside.port) as inside:
            await client.fetch(url, manifest=[url])
            await refused(client.fetch(url, manifest=[url]), DENIED)
            await inside.untouched()

    async def test_a_redirect_to_the_same_name_is_checked_again(self, site: Site, client: Client, url: str) -> None:
        site.names.say("rebind.test", ["127.0.0.2"], ["127.0.0.1"])
        site.outside.serve = always(redirect("/next", more="connection: close\r\n"))
        async with listening(port=site.outside.port) as inside:
            await refused(client.fetch(url, manifest=[url], headers={"x-alga-follow-redirects": "3"}))
            await inside.untouched()


class TestRedirectsInside:
    """A server outside sends the host inside: each hop is a request of its own to every rule."""

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize(
        ("location", "reason"),
        [
            ("http://127.0.0.1:TRAP/", DENIED),
            ("//127.0.0.1:TRAP/", DENIED),
            ("http://inside.test:TRAP/", DENIED),
            ("http://unlisted.test:TRAP/", DENIED),
            ("http://[::ffff:127.0.0.1]:TRAP/", DENIED),
            ("http://2130706433:TRAP/", FAILED),
            ("http://127.0.0.2:OUT@127.0.0.1:TRAP/", FAILED),
            ("\\\\127.0.0.1:TRAP/", FAILED),
            ("http://127.0.0.1:TRAP\t/", FAILED),
            ("file:///etc/passwd", FAILED),
            ("gopher://127.0.0.1:TRAP/", FAILED),
        ],
    )
    async def test_refused(self, site: Site, location: str, reason: Reason, status: int) -> None:
        site.names.say("inside.test", ["127.0.0.1"])
        site.outside.serve = always(redirect(site.fill(location), status))
        out = "http://127.0.0.2:OUT"
        manifest = (out, HERE, "http://inside.test:TRAP")
        headers = {"x-alga-follow-redirects": "5"}
        await denied(site, out, manifest=manifest, networks=["127.0.0.2/32"], headers=headers, reason=reason)
        assert len(site.outside.requests) == 1

    async def test_not_followed_unless_asked(self, site: Site) -> None:
        site.outside.serve = always(redirect(site.fill(HERE)))
        out = site.fill("http://127.0.0.2:OUT")
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            answer = await client.fetch(out, manifest=[out, site.fill(HERE)])
        assert answer.status == 302
        assert ("location", site.fill(HERE)) in [(header.name, header.value) for header in answer.headers]
        await site.trap.untouched()

    async def test_a_prefix_holds_for_redirects(self, site: Site) -> None:
        site.outside.serve = always(redirect("/admin"))
        out = "http://127.0.0.2:OUT/v1"
        await denied(site, out, manifest=[out], networks=LOOPBACK, headers={"x-alga-follow-redirects": "1"})
        assert len(site.outside.requests) == 1

    async def test_a_loop_ends(self, site: Site) -> None:
        site.outside.serve = always(redirect("/again"))
        out = site.fill("http://127.0.0.2:OUT")
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            answer = await client.fetch(out, manifest=[out], headers={"x-alga-follow-redirects": "5"})
        assert (answer.status, len(site.outside.requests)) == (302, 6)


class TestHeadersThatAreTheHosts:
    """Request smuggling, other hosts, what servers believe of proxies."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("host", "inside.test"),
            ("Host", "inside.test"),
            ("content-length", "0"),
            ("transfer-encoding", "chunked"),
            ("connection", "x-secret"),
            ("keep-alive", "1"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("upgrade", "websocket"),
            ("expect", "100-continue"),
            ("via", "1.1 x"),
            ("forwarded", "for=127.0.0.1"),
            ("x-forwarded-for", "127.0.0.1"),
            ("X-Forwarded-Host", "inside.test"),
            ("x-real-ip", "127.0.0.1"),
            ("proxy-authorization", "Basic eDp5"),
            ("proxy-connection", "keep-alive"),
            ("x-alga-tenant", "t2"),
            ("x-alga-extension", "e2"),
            ("x-alga-follow-redirects", "6"),
            ("x-alga-follow-redirects", "-1"),
            ("x-alga-follow-redirects", "01"),
            ("x-alga-follow-redirects", "\u0661"),
            (":authority", "inside.test"),
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("x\r\ny", "z"),
            ("x", "a\r\nhost: inside.test"),
            ("x", "a\nb"),
            ("x", "a\0b"),
            ("x", "\u00fc"),
            ("x" * 257, "y"),
        ],
    )
    async def test_refused(self, site: Site, name: str, value: str) -> None:
        await denied(site, HERE, manifest=[HERE], networks=LOOPBACK, headers=[(name, value)], reason=INVALID)

    async def test_what_is_sent_is_what_the_guest_wrote_and_no_more(self, site: Site) -> None:
        here = site.fill(HERE)
        headers = [("X-Own", " a\t"), ("cookie", "a=b; c=d"), ("authorization", "Basic x"), ("x-alga-follow-redirects", "1")]
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            await client.fetch(here, "POST", headers, b"body", manifest=[here])
        assert lines(site.trap.requests[0]) == {
            "host": here.removeprefix("http://"),
            "x-own": "a",
            "cookie": "a=b; c=d",
            "authorization": "Basic x",
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "user-agent": "alga-extension",
            "content-length": "4",
        }


class TestMethods:
    @pytest.mark.parametrize(
        "method", ["", "TRACE", "CONNECT", "TRACK", "PRI", "GET ", "GET / HTTP/1.1\r\n\r\nPOST", "G\u00cbT", "M-SEARCH"]
    )
    async def test_refused(self, site: Site, method: str) -> None:
        await denied(site, HERE, method=method, manifest=[HERE], networks=LOOPBACK, reason=INVALID)

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    async def test_no_body_where_none_belongs(self, site: Site, method: str) -> None:
        await denied(site, HERE, method=method, body=b"x", manifest=[HERE], networks=LOOPBACK, reason=INVALID)

    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "patch"])
    async def test_sent(self, site: Site, method: str) -> None:
        here = site.fill(HERE)
        site.trap.serve = always(b"HTTP/1.1 204 No Content\r\n\r\n")
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            assert (await client.fetch(here, method, manifest=[here])).status == 204
        assert site.trap.requests[0].startswith(method.upper().encode() + b" / ")


class TestTheMachinesOwnProxies:
    """A proxy would connect to wherever it likes."""

    @pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"])
    async def test_not_used(self, site: Site, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv(name, site.fill(HERE))
        out = site.fill("http://127.0.0.2:OUT")
        async with fetcher(settings("*", networks=["127.0.0.2/32"])) as client:
            assert (await client.fetch(out, manifest=[out])).status == 200
        await site.trap.untouched()
        await site.outside.saw(1, "127.0.0.2")

    async def test_no_password_file_is_read(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        netrc = tmp_path_factory.mktemp("home") / "netrc"
        netrc.write_text("machine 127.0.0.1 login operator password secret\n")
        monkeypatch.setenv("NETRC", str(netrc))
        here = site.fill(HERE)
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            await client.fetch(here, manifest=[here])
        assert "authorization" not in lines(site.trap.requests[0])


class TestCredentialsElsewhere:
    """What the host adds for one origin is for no other."""

    @pytest.mark.parametrize(
        "origin",
        ["https://127.0.0.1:TRAP", "http://127.0.0.1", "http://127.0.0.1:OUT", "http://127.0.0.2:TRAP", "http://127.0.0.1:TRAP/",
         "*.0.0.1", "127.0.0.1:TRAP"],
    )  # fmt: skip
    async def test_not_sent_to_another_origin(self, site: Site, origin: str) -> None:
        here = site.fill(HERE)
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            client.vault.values["key"] = "hush"
            await client.fetch(here, manifest=[here], credentials=[Credential(site.fill(origin), "authorization", "", "key")])
        assert b"hush" not in site.trap.requests[0]
        assert client.vault.revealed == []

    @pytest.mark.parametrize("back", [False, True])
    @pytest.mark.parametrize("status", [302, 307])
    async def test_dropped_across_origins_for_good(self, site: Site, status: int, back: bool) -> None:
        """Also when the other server sends the request back home, and for that server's own credentials."""
        here, out = site.fill(HERE), site.fill("http://127.0.0.2:OUT")
        site.trap.serve = lambda request: redirect(f"{out}/", status) if b" /go " in request else b"HTTP/1.1 204 x\r\n\r\n"
        site.outside.serve = always(redirect(f"{here}/home", status) if back else b"HTTP/1.1 204 x\r\n\r\n")
        credentials = [Credential(here, "x-key", "Token ", "key"), Credential(out, "x-key", "", "other")]
        own = {
            "authorization": "guest",
            "cookie": "guest=1",
            "x-api-key": "guest",
            "accept": "text/x",
            "x-alga-follow-redirects": "5",
        }
        async with fetcher(settings("*", networks=LOOPBACK)) as client:
            client.vault.values |= {"key": "hush", "other": "quiet"}
            await client.fetch(f"{here}/go", headers=own, manifest=[here, out], credentials=credentials)
        assert lines(site.trap.requests[0])["x-key"] == "Token hush"
        later = site.outside.requests + site.trap.requests[1:]
        assert len(later) == (2 if back else 1)
        for request in later:
            assert not {"authorization", "cookie", "x-api-key", "x-key"} & set(lines(request))
            assert lines(request)["accept"] == "text/x"
        assert client.vault.revealed == ["key"]


async def test_what_was_refused_waited_for_nobody(site: Site) -> None:
    """Refusals by list take no turn: a guest whose requests hang can still be told no."""
    released = asyncio.Event()

    async def hanging() -> AsyncIterator[bytes]:
        await released.wait()
        yield b"HTTP/1.1 204 x\r\n\r\n"

    site.trap.serve = lambda _request: hanging()
    here = site.fill(HERE)
    async with fetcher(settings("*", networks=LOOPBACK, egress_fetches_per_install=1)) as client:
        running = asyncio.create_task(client.fetch(here, manifest=[here]))
        await refused(client.fetch("http://other.test/", manifest=[here]))
        released.set()
        assert (await running).status == 204
