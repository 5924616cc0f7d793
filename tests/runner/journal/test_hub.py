"""Events on their way to readers: rings for each tenant, bounded queues, and what is told of what is missing."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason
from runner.journal.hub import MAX_QUEUE, MAX_QUEUE_BYTES, Begun, Dropped, Filter, Hub
from runner.journal.ring import MAX_BYTES, MAX_TENANT_BYTES, Numbered, Ring, weight
from runner.journal.tail import MAX_LAST, Tail, Wanted
from tests.runner.journal.values import event

OPERATOR, GATEWAY = Principal(Role.OPERATOR), Principal(Role.GATEWAY)


def hub(most: int = 100, places: int = 10, tenant_places: int = 5) -> Hub:
    return Hub(most, places=places, tenant_places=tenant_places)


async def follow(made: Hub, principal: Principal = OPERATOR, last: int = 0, after: str = "", **wanted: str) -> AsyncGenerator:
    """A stream that has begun."""
    stream = Tail(made).events(principal, Wanted(Filter(**wanted), last, after))
    assert await anext(stream) == Begun()
    return stream


async def texts(stream: AsyncGenerator, count: int) -> list[str | int]:
    """What the next messages say: texts of events, numbers of dropped ones."""
    found: list[str | int] = []
    async with asyncio.timeout(10):
        for _ in range(count):
            told = await anext(stream)
            found.append(told.count if isinstance(told, Dropped) else told.event.message)
    return found


async def begun(stream: AsyncGenerator) -> "asyncio.Task[Numbered | Dropped]":
    """A reader that waits for its first message."""
    task = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    return task


async def test_the_latest_then_what_comes() -> None:
    made = hub()
    for number in range(5):
        made.publish(event(str(number)))
    stream = await follow(made, last=2)
    assert await texts(stream, 2) == ["3", "4"]
    made.publish(event("5"))
    assert await texts(stream, 1) == ["5"]
    await stream.aclose()


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        ({"tenant_id": "a"}, {"tenant": "b"}),
        ({"extension_id": "e"}, {"extension_id": "x"}),
        ({"install_id": "i"}, {"install_id": "x"}),
        ({"request_id": "r"}, {"request_id": "x"}),
        ({"level": "info"}, {"level": "debug"}),
    ],
)
async def test_every_filter_holds_for_what_was_and_for_what_comes(wanted: dict[str, str], other: dict[str, str]) -> None:
    made = hub()
    for message in ("was", "comes"):
        made.publish(event("no", **other))
        made.publish(event(message))
        if message == "was":
            stream = await follow(made, last=10, **wanted)
            assert await texts(stream, 1) == ["was"]
    assert await texts(stream, 1) == ["comes"]
    await stream.aclose()


async def test_one_tenants_flood_pushes_out_nothing_of_anothers() -> None:
    made = hub(most=10)
    made.publish(event("mine"))
    for _ in range(1000):
        made.publish(event("flood", tenant="b"))
    stream = await follow(made, GATEWAY, last=MAX_LAST, tenant_id="a")
    assert await texts(stream, 1) == ["mine"]
    await stream.aclose()


def test_the_ring_is_bounded_in_events_and_bytes() -> None:
    ring = Ring(10)
    for number in range(100):
        ring.append(event(str(number)))
    assert [one.event.message for one in ring.events("a", 0)] == [str(number) for number in range(90, 100)]
    assert (ring.complete("a", 90), ring.complete("a", 89)) == (True, False)
    large = event("x" * (MAX_TENANT_BYTES // 2))
    for _ in range(10):
        ring.append(large)
    kept = list(ring.events("a", 0))
    assert sum(weight(one.event) for one in kept) <= MAX_TENANT_BYTES
    for tenant in range(200):
        ring.append(event("x" * (MAX_TENANT_BYTES // 2), tenant=str(tenant)))
    assert ring._bytes == sum(weight(one.event) for one in ring.events("", 0)) <= MAX_BYTES
    assert list(ring.events("0", 0)) == []
    assert (ring.complete("0", 0), ring.complete("199", ring.last - 1)) == (False, True)


def test_events_of_all_tenants_come_in_order() -> None:
    ring = Ring(10)
    for number in range(9):
        ring.append(event(str(number), tenant="abc"[number % 3]))
    assert [one.event.message for one in ring.events("", 4)] == [str(number) for number in range(4, 9)]


async def test_a_slow_reader_misses_the_oldest_and_is_told_how_many() -> None:
    made = hub()
    stream = await follow(made)
    first = await begun(stream)
    for number in range(MAX_QUEUE + 7):
        made.publish(event(str(number)))  # returns at once, whoever reads
    told = await first
    assert told == Dropped(7)
    assert await texts(stream, 2) == ["7", "8"]
    for number in range(3):
        made.publish(event(f"later {number}"))
    assert await texts(stream, 2) == [1, "10"]
    await stream.aclose()


async def test_what_waits_for_a_reader_is_bounded_in_bytes() -> None:
    made = hub()
    stream = await follow(made)
    first = await begun(stream)
    for _ in range(200):
        made.publish(event("x" * 8192))
    (follower,) = made._followers
    assert follower._bytes <= MAX_QUEUE_BYTES
    told = await first
    assert isinstance(told, Dropped)
    assert told.count + len(follower._waiting) == 200
    await stream.aclose()


async def test_a_reader_goes_on_where_it_was() -> None:
    made = hub(most=5)
    for number in range(5):
        made.publish(event(str(number)))
    stream = await follow(made, last=1)
    told = await anext(stream)
    cursor = Tail(made).cursor(told)
    await stream.aclose()
    made.publish(event("5"))
    stream = await follow(made, after=cursor, last=3)
    assert await texts(stream, 1) == ["5"]
    await stream.aclose()
    for number in range(6, 20):
        made.publish(event(str(number)))
    # A reader of several runners names a place in each.
    stream = await follow(made, after=f"00000000-7.{Tail(made).cursor(told)}.ffffffff-1")
    assert await texts(stream, 6) == [0, *map(str, range(15, 20))]  # it is not known how many are missing
    await stream.aclose()


@pytest.mark.parametrize("after", ["", "x", "00000000-1", "ffffffff-0", "-", "00000000-99999999999999999999"])
async def test_an_id_that_this_runner_did_not_make_is_passed_over(after: str) -> None:
    made = hub()
    made.epoch = "12345678"
    made.publish(event("one"))
    stream = await follow(made, after=after, last=1)
    assert await texts(stream, 1) == ["one"]
    await stream.aclose()
    stream = await follow(made, after="12345678-2", last=1)  # of the future
    assert await texts(stream, 1) == ["one"]
    await stream.aclose()


async def test_readers_are_bounded_in_all_and_for_each_tenant() -> None:
    made = hub(places=3, tenant_places=2)
    made.publish(event("one"))
    made.publish(event("one", tenant="b"))
    streams = [await follow(made, last=1, tenant_id="a") for _ in range(2)]
    for stream in streams:
        await anext(stream)
    with pytest.raises(Fault) as caught:
        await follow(made, tenant_id="a")
    assert (caught.value.reason, caught.value.facts) == (Reason.OVERLOADED, {"limit_tails_per_tenant": "2"})
    streams.append(await follow(made, last=1, tenant_id="b"))
    await anext(streams[-1])
    with pytest.raises(Fault) as caught:
        await follow(made)
    assert (caught.value.reason, caught.value.facts) == (Reason.OVERLOADED, {"limit_tails": "3"})
    for stream in streams:
        await stream.aclose()
    assert not made._followers


async def test_all_end_when_the_runner_stops() -> None:
    made = hub()
    stream = await follow(made)
    waiting = await begun(stream)
    made.close()
    with pytest.raises(StopAsyncIteration):
        await waiting
    with pytest.raises(Fault) as caught:
        await follow(made)
    assert caught.value.reason is Reason.UNAVAILABLE


@pytest.mark.parametrize(
    ("principal", "wanted", "field"),
    [
        (GATEWAY, Wanted(Filter()), "tenant_id"),
        (OPERATOR, Wanted(Filter(tenant_id="a b")), "tenant_id"),
        (OPERATOR, Wanted(Filter(level="loud")), "level"),
        (OPERATOR, Wanted(Filter(request_id="x" * 129)), "request_id"),
        (OPERATOR, Wanted(Filter(install_id="\n")), "install_id"),
        (OPERATOR, Wanted(Filter(extension_id="\x00")), "extension_id"),
        (OPERATOR, Wanted(Filter(), last=MAX_LAST + 1), "last"),
        (OPERATOR, Wanted(Filter(), after="x" * 2_049), "after"),
    ],
)
async def test_what_is_wanted_is_checked(principal: Principal, wanted: Wanted, field: str) -> None:
    with pytest.raises(Fault) as caught:
        await anext(Tail(hub()).events(principal, wanted))
    assert (caught.value.reason, caught.value.violations[0].field) == (Reason.INVALID_ARGUMENT, field)
