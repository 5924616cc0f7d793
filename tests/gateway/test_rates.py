"""How much callers may ask: each limit attacked through a real socket, and what a refusal tells."""

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.limits.memory import MemoryBuckets
from gateway.limits.model import Limited, Rate
from gateway.limits.peers import Peers
from gen.alga.registry.v1 import execution_pb2, install_pb2
from gen.alga.runner.v1 import execute_service_pb2
from kernel.errors import Fault, Reason
from kernel.watch import ChangeKind
from tests.gateway.conftest import ADMIN_A, EXTENSION, KEY_A, KEY_B, Stack, Start, eventually
from tests.gateway.fakes import Installed, says

SLOW = 1 / 3_600  # a second's worth never comes back while a test runs


def only(name: str, burst: int) -> dict[str, float]:
    """Settings with one rate."""
    rates = dict.fromkeys(("rate_per_tenant", "rate_per_extension", "rate_per_principal"), 0.0)
    return {**rates, f"rate_per_{name}": SLOW, f"burst_per_{name}": burst}


async def statuses(stack: Stack, count: int, key: str = KEY_A, extension: str = EXTENSION) -> list[int]:
    return [(await stack.ask("GET", f"/api/ext/{extension}/items", ("x-api-key", key))).status for _ in range(count)]


async def test_a_principal_has_a_rate_and_others_of_its_tenant_their_own(start: Start) -> None:
    async with start(**only("principal", 2)) as stack:
        assert await statuses(stack, 4) == [200, 200, 429, 429]
        assert await statuses(stack, 1, ADMIN_A) == [200]
        assert len(stack.runner.calls) == 3


async def test_an_extension_has_a_rate_and_others_of_the_tenant_their_own(start: Start) -> None:
    async with start(**only("extension", 2)) as stack:
        stack.registry.install(Installed("tenant-a", "com.acme.other"))
        stack.registry.install(Installed("tenant-b", EXTENSION))
        assert await statuses(stack, 2) == [200, 200]
        assert await statuses(stack, 1, ADMIN_A) == [429]
        # By whichever name it is called.
        assert await statuses(stack, 1, extension=EXTENSION.upper()) == [429]
        assert await statuses(stack, 1, extension="com.acme.other") == [200]
        assert await statuses(stack, 1, KEY_B) == [200]


async def test_a_tenant_has_a_rate_over_all_its_extensions_and_keys(start: Start) -> None:
    async with start(**only("tenant", 2)) as stack:
        stack.registry.install(Installed("tenant-a", "com.acme.other"))
        stack.registry.install(Installed("tenant-b", EXTENSION))
        assert await statuses(stack, 1) == [200]
        assert await statuses(stack, 2, ADMIN_A, "com.acme.other") == [200, 429]
        assert await statuses(stack, 1, KEY_B) == [200]


async def test_a_refusal_tells_when_to_come_back(start: Start) -> None:
    async with start(rate_per_principal=0.5, burst_per_principal=1) as stack:
        got = await stack.call("GET", "/items")
        assert got["ratelimit-policy"] == '"tenant";q=2000;w=5, "extension";q=1000;w=5, "principal";q=1;w=2'
        assert got["ratelimit"] == '"principal";r=0;t=2'
        got = await stack.call("GET", "/items")
        assert (got.status, got.code, got.json["error"]) == (429, "rate_limited", "rate_limited")
        assert (got["retry-after"], got["ratelimit"]) == ("2", '"principal";r=0;t=2')
        assert got.json["violations"] == [
            {"field": "principal", "rule": "must be at most 0.5 calls a second of one key or person, 1 after a pause"}
        ]


@pytest.mark.parametrize(
    "fields",
    [
        [("x-forwarded-for", "203.0.113.9")],
        [("x-request-id", "another")],
        [("x-alga-tenant", "tenant-a")],
        [("x-idempotency-key", "another")],
        [("origin", "https://app.example.com")],
    ],
)
async def test_nothing_that_a_client_sends_gets_around_a_rate(start: Start, fields: list[tuple[str, str]]) -> None:
    async with start(**only("principal", 1)) as stack:
        assert (await stack.call("GET", "/items")).status == 200
        assert (await stack.call("GET", "/items", *fields)).status == 429
        assert (await stack.call("POST", "/items?__method=GET", *fields, body=b"")).status == 429
        proxied = await stack.ask("GET", f"/api/ext-proxy/{EXTENSION}/items", ("x-api-key", KEY_A), *fields)
        assert proxied.status == 429


async def test_a_refused_body_is_not_read(start: Start) -> None:
    async with start(**only("principal", 1)) as stack:
        assert (await stack.call("GET", "/items")).status == 200
        got = await stack.call("POST", "/items", ("expect", "100-continue"), body=None)
        assert got.status == 429


@pytest.mark.parametrize("name", ["tenant", "extension"])
async def test_calls_at_once_are_bounded_and_places_come_back(start: Start, name: str) -> None:
    async with start(**{f"running_per_{name}": 1}) as stack:
        stack.registry.install(Installed("tenant-b", EXTENSION))
        release = asyncio.Event()

        async def wait(request: object) -> execute_service_pb2.ExecuteResponse:
            await release.wait()
            return says()

        stack.runner.behave = wait
        first = asyncio.create_task(stack.call("GET", "/items"))
        await asyncio.wait_for(stack.runner.entered.wait(), 10)
        got = await stack.call("POST", "/items", ("x-idempotency-key", "k"), body=b"x")
        assert (got.status, got.code, got["retry-after"], got.json["violations"][0]["field"]) == (429, "rate_limited", "1", name)
        other = asyncio.create_task(stack.call("GET", "/items", key=KEY_B))
        await eventually(lambda: len(stack.runner.calls) == 2)
        release.set()
        assert ((await first).status, (await other).status) == (200, 200)
        assert (await stack.call("POST", "/items", ("x-idempotency-key", "k"), body=b"x")).status == 200


async def test_a_client_that_goes_away_gives_its_place_back(start: Start) -> None:
    async with start(running_per_extension=1) as stack:

        async def never(request: object) -> execute_service_pb2.ExecuteResponse:
            await asyncio.Event().wait()
            return says()

        stack.runner.behave = never
        call = asyncio.create_task(stack.call("GET", "/items"))
        await asyncio.wait_for(stack.runner.entered.wait(), 10)
        call.cancel()
        await asyncio.wait_for(stack.runner.cancelled.wait(), 10)
        stack.runner.answers()
        assert (await stack.call("GET", "/items")).status == 200


async def test_calls_of_a_day_are_bounded(start: Start) -> None:
    async with start(calls_per_day=2) as stack:
        assert await statuses(stack, 4) == [200, 200, 429, 429]
        got = await stack.call("GET", "/items")
        assert (got.code, got.json["error"]) == ("quota_exceeded", "rate_limited")
        assert 0 < int(got["retry-after"]) <= 86_400
        assert got["ratelimit-policy"] == '"calls";q=2;w=86400'
        assert got.json["violations"][0]["rule"].startswith("must be at most 2 calls a day for one install")
        stack.registry.install(Installed("tenant-b", EXTENSION))
        assert await statuses(stack, 1, KEY_B) == [200]


@pytest.mark.parametrize(
    ("limit", "usage"),
    [
        ({"cpu_seconds_per_day": 1}, execute_service_pb2.Usage(handler_us=1_500_000, host_wait_us=500_000)),
        ({"egress_bytes_per_day": 100}, execute_service_pb2.Usage(egress_bytes=100)),
    ],
)
async def test_what_a_call_used_counts_for_the_next(start: Start, limit: dict[str, int], usage: execute_service_pb2.Usage) -> None:
    async with start(**limit) as stack:

        async def behave(request: object) -> execute_service_pb2.ExecuteResponse:
            answer = says()
            answer.usage.CopyFrom(usage)
            return answer

        stack.runner.behave = behave
        assert await statuses(stack, 2) == [200, 429]


def limited(stack: Stack, **limits: int) -> None:
    """As the tenant says of its install."""
    stack.registry.install(Installed("tenant-a", EXTENSION, callers=install_pb2.CallerLimits(**limits)))
    stack.registry.install(Installed("tenant-b", EXTENSION))


@pytest.mark.parametrize("rate", [0, 200])
async def test_a_tenant_lowers_the_rate_of_its_install(start: Start, rate: int) -> None:
    async with start(rate_per_extension=rate) as stack:
        limited(stack, calls_per_minute=2)
        assert await statuses(stack, 2) == [200, 200]
        got = await stack.call("GET", "/items", key=ADMIN_A)
        assert (got.status, got.code, got.json["violations"][0]["field"]) == (429, "rate_limited", "extension")
        assert '"extension";q=2;w=60' in got["ratelimit-policy"]
        assert int(got["retry-after"]) > 1
        assert await statuses(stack, 3, KEY_B) == [200] * 3


async def test_a_tenant_lowers_the_calls_at_once_of_its_install(stack: Stack) -> None:
    limited(stack, calls_at_once=1)
    release = asyncio.Event()

    async def wait(request: object) -> execute_service_pb2.ExecuteResponse:
        await release.wait()
        return says()

    stack.runner.behave = wait
    first = asyncio.create_task(stack.call("GET", "/items"))
    await asyncio.wait_for(stack.runner.entered.wait(), 10)
    assert await statuses(stack, 1, ADMIN_A) == [429]
    other = asyncio.create_task(stack.call("GET", "/items", key=KEY_B))
    await eventually(lambda: len(stack.runner.calls) == 2)
    release.set()
    assert ((await first).status, (await other).status) == (200, 200)


@pytest.mark.parametrize("of_setting", [0, 1_000_000])
@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("calls_per_day", execute_service_pb2.Usage()),
        ("cpu_seconds_per_day", execute_service_pb2.Usage(handler_us=1_000_000)),
        ("egress_bytes_per_day", execute_service_pb2.Usage(egress_bytes=1)),
    ],
)
async def test_a_tenant_lowers_the_quotas_of_its_install(
    start: Start, of_setting: int, name: str, usage: execute_service_pb2.Usage
) -> None:
    none = {"calls_per_day": 0, "cpu_seconds_per_day": 0, "egress_bytes_per_day": 0}
    async with start(**{**none, name: of_setting}) as stack:
        limited(stack, **{name: 1})

        async def behave(request: object) -> execute_service_pb2.ExecuteResponse:
            answer = says()
            answer.usage.CopyFrom(usage)
            return answer

        stack.runner.behave = behave
        assert await statuses(stack, 2) == [200, 429]
        assert (await stack.call("GET", "/items")).code == "quota_exceeded"
        assert await statuses(stack, 2, KEY_B) == [200, 200]


async def test_a_tenant_cannot_raise_what_the_settings_say(start: Start) -> None:
    async with start(rate_per_extension=SLOW, burst_per_extension=3, calls_per_day=2) as stack:
        limited(stack, calls_per_minute=10**15 - 1, calls_at_once=10**15 - 1, calls_per_day=10**15 - 1)
        assert await statuses(stack, 2) == [200, 200]
        assert (await stack.call("GET", "/items")).code == "quota_exceeded"
        assert (await stack.call("GET", "/items")).code == "rate_limited"


async def test_what_a_tenant_says_holds_as_soon_as_it_is_told(stack: Stack) -> None:
    await stack.watched()
    (installed,) = stack.registry.installs.values()
    installed.callers = install_pb2.CallerLimits(calls_per_day=1)
    stack.registry.change(installed, ChangeKind.LIMITS_CHANGED)
    async with asyncio.timeout(10):
        while (await stack.call("GET", "/items")).status != 429:
            pass


async def test_a_call_that_its_guest_ends_badly_counts_too(start: Start) -> None:
    async with start(calls_per_day=1) as stack:
        stack.runner.faults = [Fault(Reason.GUEST_TRAPPED)]
        assert await statuses(stack, 2) == [502, 429]


async def test_what_the_registry_metered_before_counts(start: Start) -> None:
    async with start(calls_per_day=10) as stack:
        stack.registry.install(Installed("tenant-a", f"id-{EXTENSION}"))  # the fake's log knows installs by one name
        stack.registry.days = [execution_pb2.DayUsage(day=datetime.now(UTC).date().isoformat(), executions=9)]
        assert await statuses(stack, 2) == [200, 429]


async def test_what_was_used_yesterday_does_not_count(start: Start) -> None:
    async with start(calls_per_day=10) as stack:
        stack.registry.install(Installed("tenant-a", f"id-{EXTENSION}"))
        stack.registry.days = [execution_pb2.DayUsage(day="2026-01-01", executions=1_000)]
        assert await statuses(stack, 2) == [200, 200]


async def test_strangers_are_limited_by_address_before_they_cost_a_question(start: Start) -> None:
    async with start(rate_per_peer=SLOW * 10, burst_per_peer=30, peers_exempt=()) as stack:
        for number in range(20):
            got = await stack.call("GET", "/items", ("x-forwarded-for", f"203.0.113.{number}"), key=f"alga_made-up-{number}")
            assert got.status in {401, 429}
        assert (got.status, got.code) == (429, "rate_limited")
        assert stack.registry.verifies <= 3
        assert int(got["retry-after"]) > 1
        assert (await stack.ask("GET", "/livez")).status == 200


async def test_good_callers_are_not_counted_by_address(start: Start) -> None:
    async with start(rate_per_peer=SLOW, burst_per_peer=10, peers_exempt=()) as stack:
        assert await statuses(stack, 30) == [200] * 30


def test_whose_address_it_is() -> None:
    peers = Peers(Rate(10, 1), ("10.0.0.0/8", "::1/128"), MemoryBuckets())
    assert peers.key(("203.0.113.5", 1)) == "203.0.113.5"
    assert peers.key(("10.1.2.3", 1)) == peers.key(("::1", 1, 0, 0)) == peers.key("") == peers.key(None) == ""
    assert peers.key(("2001:db8:1:2:3::4", 1, 0, 0)) == peers.key(("2001:db8:1:2:ffff::9", 1, 0, 0)) == "2001:db8:1:2::/64"
    assert peers.key(("2001:db8:1:3::4", 1, 0, 0)) == "2001:db8:1:3::/64"
    assert peers.key(("::ffff:203.0.113.5", 1, 0, 0)) == "203.0.113.5"


def test_an_address_owes_no_more_than_its_burst() -> None:
    now = [0.0]
    peers = Peers(Rate(10, 1), (), MemoryBuckets(lambda: now[0]))
    for _ in range(100):
        peers.count("a", 401, public=False)
    with pytest.raises(Limited):
        peers.check("a")
    now[0] += 12
    peers.check("a")
