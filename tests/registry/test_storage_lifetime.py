"""Entries that end: who says when, and that they are missing at once, whether or not they were removed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from kernel.errors import Reason
from registry import app
from registry.bell import Bell
from registry.catalog.migrate import PREFIX
from registry.catalog.session import SqlCatalog
from registry.lifetime import LEAST_SECONDS, MOST_SECONDS
from registry.storage_sweep import StorageSweep
from tests.registry.bundles import NAME
from tests.registry.calls import configure, refused
from tests.registry.stack import started
from tests.registry.test_storage import Guest, installed

MINUTE = 60


class Clock:
    """The registry's time."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(app, "utc_now", clock)
    return clock


@pytest.fixture
async def guest(clock: Clock) -> AsyncIterator[Guest]:
    """A guest of an install that has room for three keys of a namespace, and for 200 bytes."""
    async with started(storage_max_keys=3, storage_max_namespaces=2, storage_max_bytes=200) as stack:
        yield await installed(stack)


async def after(seconds: int, guest: Guest, clock: Clock) -> Guest:
    """The same guest, later."""
    clock.ahead += timedelta(seconds=seconds)
    return Guest(guest.stack, (await guest.stack.clients["gateway"].resolve("a", NAME)).grant)


async def test_an_entry_is_missing_when_its_time_is_over(guest: Guest, clock: Clock) -> None:
    await guest.put(b"1", ttl_seconds=MINUTE)
    await guest.put(b"2", ttl_seconds=MINUTE)
    entry = await guest.get()
    left = entry.expires_at.ToDatetime(UTC) - clock()
    assert timedelta(seconds=50) < left <= timedelta(seconds=MINUTE)
    guest = await after(MINUTE, guest, clock)
    assert (await refused(guest.get())).reason is Reason.STORAGE_KEY_MISSING
    assert (await refused(guest.delete())).reason is Reason.STORAGE_KEY_MISSING
    assert list((await guest.entries()).entries) == []
    # It is no conflict: whoever wants no such entry may write, and begins at the first revision.
    assert (await refused(guest.put(if_revision=2))).reason is Reason.STORAGE_CONFLICT
    assert await guest.put(b"3", if_revision=0) == 1


async def test_each_write_says_anew_how_long(guest: Guest, clock: Clock) -> None:
    await guest.put(b"1", ttl_seconds=MINUTE)
    guest = await after(40, guest, clock)
    await guest.put(b"2", ttl_seconds=MINUTE)
    guest = await after(40, guest, clock)
    assert (await guest.get()).value == b"2"
    await guest.put(b"3")
    guest = await after(MOST_SECONDS, guest, clock)
    assert ((await guest.get()).value, (await guest.get()).HasField("expires_at")) == (b"3", False)


async def test_a_tenant_says_how_long_entries_of_a_namespace_stay(guest: Guest, clock: Clock) -> None:
    await guest.put(b"before", "old")
    await configure(guest.stack.clients["admin-a"], {"storage.ttl.n": str(MINUTE)})
    await guest.put(b"", "new")
    await guest.put(b"", "longer", ttl_seconds=2 * MINUTE)
    await guest.put(b"", "other", "m")
    guest = await after(MINUTE, guest, clock)
    assert [entry.key for entry in (await guest.entries()).entries] == ["longer", "old"]
    assert (await guest.get("other", "m")).revision == 1
    guest = await after(MINUTE, guest, clock)
    assert [entry.key for entry in (await guest.entries()).entries] == ["old"]


@pytest.mark.parametrize("seconds", [1, LEAST_SECONDS - 1, MOST_SECONDS + 1, 2**32 - 1])
async def test_a_time_has_limits(guest: Guest, seconds: int) -> None:
    fault = await refused(guest.put(ttl_seconds=seconds))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "ttl_seconds")
    assert (await refused(guest.get())).reason is Reason.STORAGE_KEY_MISSING


@pytest.mark.parametrize("text", ["", "59", "2592001", "-60", "1e3", "60.0", " 60", "٦٠٠", "9" * 4000])
async def test_a_configured_time_is_checked_when_it_is_set(guest: Guest, text: str) -> None:
    fault = await refused(configure(guest.stack.clients["admin-a"], {"storage.ttl.n": text}))
    assert (fault.reason, [one.field for one in fault.violations]) == (Reason.INVALID_ARGUMENT, ["configuration[storage.ttl.n]"])
    assert "60 to 2592000" in fault.violations[0].rule


async def test_what_is_over_uses_no_quota(guest: Guest, clock: Clock) -> None:
    for key in "123":
        await guest.put(bytes(50), key, ttl_seconds=MINUTE)
    assert (await refused(guest.put(b"", "4"))).facts["quota"] == "keys"
    assert (await refused(guest.put(bytes(50), "k", "m"))).facts["quota"] == "bytes"
    await guest.put(b"", "k", "m", ttl_seconds=MINUTE)
    assert (await refused(guest.put(b"", "k", "o"))).facts["quota"] == "namespaces"
    guest = await after(MINUTE, guest, clock)
    await guest.put(bytes(190), "4")
    await guest.put(b"", "k", "o")
    assert [entry.key for entry in (await guest.entries()).entries] == ["4"]


async def test_what_is_over_is_removed_by_and_by(guest: Guest, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in "12":
        await guest.put(b"", key, ttl_seconds=MINUTE)
    await guest.put(b"", "3")
    catalog = SqlCatalog.open(f"{PREFIX}{guest.stack.data / 'registry.db'}", Bell())
    monkeypatch.setattr("registry.storage_sweep.BATCH", 1)
    try:
        sweep = StorageSweep(catalog, clock)
        assert await sweep.sweep() == 0
        clock.ahead += timedelta(seconds=MINUTE)
        assert await sweep.sweep() == 2
        assert await sweep.sweep() == 0
        async with catalog.read() as tables:
            (row,) = await tables.records.installs(("", ""), 9)
            (usage,) = await tables.records.usage("a", row.id)
        assert usage.told == usage.counted == (1, 1)
    finally:
        await catalog.close()
