"""What every implementation of the limits' ports does; each attacked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gateway.limits.memory import MemoryBuckets, MemoryDays, MemoryPlaces
from gateway.limits.model import NOTHING, Place, Rate, Spent, Want
from gateway.limits.ports import Buckets, Days, Places


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """One implementation, with its clock."""

    buckets: Callable[[Clock], Buckets]
    places: Callable[[], Places]
    days: Callable[[], Days]
    clock: Clock = field(default_factory=Clock)


@pytest.fixture(params=["memory"])
def world(request: pytest.FixtureRequest) -> World:
    return {"memory": World(lambda clock: MemoryBuckets(clock), MemoryPlaces, MemoryDays)}[request.param]


RATE = Rate(burst=3, per_second=2)


def wants(*keys: str, rate: Rate = RATE) -> list[Want]:
    return [Want(f"limit-{place}", key, rate) for place, key in enumerate(keys)]


async def taken(buckets: Buckets, *keys: str) -> bool:
    return not any(level.wait for level in await buckets.take(wants(*keys)))


async def test_a_bucket_gives_its_burst_and_then_its_rate(world: World) -> None:
    buckets = world.buckets(world.clock)
    assert [await taken(buckets, "a") for _ in range(4)] == [True, True, True, False]
    (level,) = await buckets.take(wants("a"))
    assert (level.wait, level.remaining, level.reset) == (0.5, 0.0, 2)
    world.clock.now += 0.5
    assert [await taken(buckets, "a") for _ in range(2)] == [True, False]
    world.clock.now += 1_000_000
    assert [await taken(buckets, "a") for _ in range(4)] == [True, True, True, False]


async def test_a_refusal_takes_from_no_bucket(world: World) -> None:
    buckets = world.buckets(world.clock)
    for _ in range(3):
        assert await taken(buckets, "empty", "x")
    for _ in range(50):
        assert not await taken(buckets, "empty", "full")
    assert [await taken(buckets, "other", "full") for _ in range(4)] == [True, True, True, False]


async def test_keys_and_kinds_are_apart(world: World) -> None:
    buckets = world.buckets(world.clock)
    for _ in range(3):
        assert await taken(buckets, "a", "a")
    assert not await taken(buckets, "a")
    assert await taken(buckets, "b")
    assert not any(level.wait for level in await buckets.take([Want("another", "a", RATE)]))


async def test_a_clock_that_goes_back_gives_nothing(world: World) -> None:
    buckets = world.buckets(world.clock)
    for _ in range(3):
        await taken(buckets, "a")
    world.clock.now -= 100
    assert not await taken(buckets, "a")


async def test_a_hundred_at_once_take_what_there_is(world: World) -> None:
    buckets = world.buckets(world.clock)
    assert sum(await asyncio.gather(*(taken(buckets, "a") for _ in range(100)))) == 3


async def test_places_are_taken_and_given_back(world: World) -> None:
    places = world.places()
    tenant, one, two = Place("tenant", "t", 3), Place("extension", "t\none", 2), Place("extension", "t\ntwo", 2)
    assert [await places.enter([tenant, one]) for _ in range(3)] == [None, None, one]
    assert await places.enter([tenant, two]) is None
    assert await places.enter([tenant, two]) == tenant  # the refused one took nothing of `two`
    await places.leave([tenant, one])
    assert await places.enter([tenant, two]) is None
    for _ in range(10):
        await places.leave([Place("tenant", "stranger", 1)])  # never below nothing
    assert await places.enter([Place("tenant", "stranger", 1)]) is None
    assert await places.enter([Place("tenant", "stranger", 1)]) is not None


async def test_days_are_summed_apart(world: World) -> None:
    days = world.days()
    assert await days.add("a", "2026-03-01", Spent(1, 2, 3)) == Spent(1, 2, 3)
    assert await days.add("a", "2026-03-01", Spent(1, 2, 3)) == Spent(2, 4, 6)
    assert await days.add("b", "2026-03-01", NOTHING) == NOTHING
    assert await days.at_least("a", "2026-03-01", Spent(1, 9, 0)) == Spent(2, 9, 6)
    assert await days.add("a", "2026-03-02", Spent(1)) == Spent(1)
    await days.add("a", "2026-03-01", Spent(50))  # what began before midnight and is told after it
    assert await days.add("a", "2026-03-02", NOTHING) == Spent(1)


async def test_memory_does_not_grow_with_made_up_keys() -> None:
    clock = Clock()
    buckets, days, places = MemoryBuckets(clock, most=100), MemoryDays(most=100), MemoryPlaces()
    for _ in range(3):
        await buckets.take([Want("tenant", "live", RATE)])
    for number in range(5_000):
        await buckets.take([Want("principal", f"made-up-{number}", RATE)])
        await days.add(f"made-up-{number}", "2026-03-01", Spent(1))
        await places.enter([Place("tenant", f"made-up-{number}", 1)])
        await places.leave([Place("tenant", f"made-up-{number}", 1)])
    assert (len(buckets), len(days), len(places)) == (101, 100, 0)
    # A flood of one kind refills no bucket of another.
    (level,) = await buckets.take([Want("tenant", "live", RATE)])
    assert level.wait
