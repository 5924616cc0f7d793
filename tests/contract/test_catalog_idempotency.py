"""The `IdempotencyKeys` port: keys of calls, their answers, and what they count."""

from dataclasses import replace

import pytest

from registry.idempotency.model import Answer, KeyState, KeyUsage, Place, Record
from registry.ports import Catalog, Tables
from tests.contract.samples import install, later, publish

ANSWER = Answer(201, (("content-type", "text/plain"), ("x-ext-a", "ü")), b"\x00\xff" * 5)
SIZE = len("content-typetext/plainx-ext-a") + 2 + 10


def place(key: str = "k", tenant: str = "a", principal: str = "p", install_id: str = "same") -> Place:
    return Place.of(tenant, install_id, "POST /items", principal, key)


def record(of: Place, ends: int = 100) -> Record:
    return Record(of, b"h" * 32, "claim", later(30), later(ends))


async def installed(tables: Tables) -> None:
    made = await publish(tables)
    for tenant in ("a", "b"):
        await tables.installs.add(install(made, tenant, id="same"))


def test_no_two_scopes_are_the_same() -> None:
    parts = [("e", "p", "k"), ("e", "pk", ""), ("ep", "", "k"), ("e1:p", "", "k"), ("e", "p1:k", ""), ("", "ep", "k")]
    assert len({Place.of("a", "i", *one).scope for one in parts}) == len(parts)


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (KeyState.RUNNING, None),
        (KeyState.UNKNOWN, None),
        (KeyState.ANSWERED, ANSWER),
        (KeyState.ANSWERED, Answer(204)),
        (KeyState.ANSWERED, Answer(200, (), b"")),
        (KeyState.ANSWERED, ANSWER.cut()),
    ],
)
async def test_a_key_is_found_as_it_was_written(catalog: Catalog, state: KeyState, answer: Answer | None) -> None:
    made = record(place())
    async with catalog.write() as tables:
        await installed(tables)
        await tables.idempotency.add(made)
    ended = replace(made, state=state, answer=answer)
    async with catalog.write() as tables:
        assert await tables.idempotency.find(place()) == made
        await tables.idempotency.save(ended)
    async with catalog.read() as tables:
        assert await tables.idempotency.find(place()) == ended
        for other in (place("l"), place(tenant="b"), place(principal="q"), place(install_id="another")):
            assert await tables.idempotency.find(other) is None


async def test_what_is_there_is_counted_for_tenant_and_principal(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await installed(tables)
        for one in (place(), place("l"), place(principal="q"), place(tenant="b")):
            await tables.idempotency.add(record(one))
        for one in (place(), place(principal="q")):
            await tables.idempotency.save(replace(record(one), state=KeyState.ANSWERED, answer=ANSWER))
    async with catalog.write() as tables:
        assert await tables.idempotency.usage(place()) == (KeyUsage(3, 2 * SIZE), KeyUsage(2, SIZE))
        assert await tables.idempotency.usage(place(principal="q")) == (KeyUsage(3, 2 * SIZE), KeyUsage(1, SIZE))
        assert await tables.idempotency.usage(place(principal="r")) == (KeyUsage(3, 2 * SIZE), KeyUsage())
        # An answer that is written again counts once, one that is cut counts nothing.
        await tables.idempotency.save(replace(record(place()), state=KeyState.ANSWERED, answer=ANSWER))
        await tables.idempotency.save(replace(record(place(principal="q")), state=KeyState.ANSWERED, answer=ANSWER.cut()))
        assert await tables.idempotency.usage(place()) == (KeyUsage(3, SIZE), KeyUsage(2, SIZE))
        for one in (place(), place(), place("l"), place("never")):
            await tables.idempotency.remove(one)
        assert await tables.idempotency.usage(place()) == (KeyUsage(1, 0), KeyUsage())
        assert await tables.idempotency.usage(place(tenant="b")) == (KeyUsage(1, 0), KeyUsage(1, 0))


async def test_what_is_over_goes_the_oldest_first_and_counts_no_more(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await installed(tables)
        for key, ends in (("a", 30), ("b", 10), ("c", 20), ("d", 40)):
            await tables.idempotency.add(record(place(key), ends))
        await tables.idempotency.add(record(place("a", "b"), 5))
        await tables.idempotency.save(replace(record(place("b"), 10), state=KeyState.ANSWERED, answer=ANSWER))
    async with catalog.write() as tables:
        assert await tables.idempotency.expire(later(4), 10) == 0
        assert await tables.idempotency.expire(later(30), 1, "a") == 1
        assert await tables.idempotency.find(place("b")) is None
        assert await tables.idempotency.usage(place()) == (KeyUsage(3, 0), KeyUsage(3, 0))
        assert await tables.idempotency.expire(later(30), 10) == 3
        assert await tables.idempotency.usage(place()) == (KeyUsage(1, 0), KeyUsage(1, 0))
        assert await tables.idempotency.usage(place(tenant="b")) == (KeyUsage(), KeyUsage())
        assert await tables.idempotency.find(place("d")) is not None


async def test_clearing_touches_one_install(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await installed(tables)
        for one in (place(), place("l", principal="q"), place(tenant="b")):
            await tables.idempotency.add(record(one))
        await tables.idempotency.save(replace(record(place()), state=KeyState.ANSWERED, answer=ANSWER))
        await tables.idempotency.clear("a", "same")
        await tables.installs.remove("a", "same")
    async with catalog.read() as tables:
        assert await tables.idempotency.find(place()) is None
        assert await tables.idempotency.usage(place()) == (KeyUsage(), KeyUsage())
        assert await tables.idempotency.usage(place(tenant="b")) == (KeyUsage(1, 0), KeyUsage(1, 0))


async def test_what_is_undone_was_never_there(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await installed(tables)
    try:
        async with catalog.write() as tables:
            await tables.idempotency.add(record(place()))
            raise KeyError
    except KeyError:
        pass
    async with catalog.read() as tables:
        assert await tables.idempotency.find(place()) is None
        assert await tables.idempotency.usage(place()) == (KeyUsage(), KeyUsage())
