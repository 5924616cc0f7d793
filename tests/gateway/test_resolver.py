"""How long the registry's answers are kept: never longer than they hold."""

import asyncio
from itertools import count

import pytest

from gateway import cache
from gateway.endpoints import EndpointTable
from gateway.model import AssetRoute, Grant, InstallRoute, Site
from gateway.resolver import Resolver
from kernel.digest import Digest
from kernel.watch import STALE_SECONDS, Change, ChangeKind, Freshness
from tests.gateway.conftest import EXTENSION, Stack, eventually
from tests.gateway.fakes import Installed

HASH, OTHER = Digest.of(b"1"), Digest.of(b"2")
GRANT = Grant(b"", b"", "")


class Directory:
    """A `Directory` in memory, and the clock of the gateway that asks it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.freshness = Freshness(lambda: self.now, seconds=1000)
        self.asked = self.assets = self.located = 0
        self.revision = 10
        self.gate: asyncio.Event | None = None

    async def resolve(self, tenant_id: str, reference: str) -> InstallRoute:
        self.asked += 1
        ends, revision = self.now + 30, self.revision
        if self.gate is not None:
            await self.gate.wait()
        table = EndpointTable((), has_handler=True)
        return InstallRoute(GRANT, ends, revision, tenant_id, "install", reference, HASH, table, 0, 0, weight=1_000)

    async def resolve_assets(self, reference: str, content_hash: Digest, tenant_id: str) -> AssetRoute:
        self.assets += 1
        return AssetRoute(GRANT, self.now + 30, self.revision, reference, content_hash)

    async def locate(self, install_id: str) -> Site:
        self.located += 1
        return Site(self.revision, "t", install_id, HASH)


def change(kind: ChangeKind, revision: int, tenant: str = "t", extension: str = "e", content_hash: Digest = HASH) -> Change:
    if kind is ChangeKind.VERSION_REVOKED:
        return Change(revision, kind, "", "", extension, content_hash)
    return Change(revision, kind, tenant, "install", extension, content_hash)


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def resolver(directory: Directory) -> Resolver:
    made = Resolver(directory, directory.freshness, lambda: directory.now)
    directory.freshness.heard()
    made.on_snapshot(10, frozenset())
    return made


async def test_an_answer_is_kept_while_its_grant_lasts_for_the_call(directory: Directory, resolver: Resolver) -> None:
    await resolver.install(("t", "e"), 10)
    directory.now += 19
    await resolver.install(("t", "e"), 10)
    assert directory.asked == 1
    directory.now += 0.1  # 10.9 s left: one less than the call and a second
    await resolver.install(("t", "e"), 10)
    assert directory.asked == 2


async def test_a_call_longer_than_a_grant_gets_a_fresh_one_each_time(directory: Directory, resolver: Resolver) -> None:
    for expected in (1, 2):
        await resolver.install(("t", "e"), 60)
        assert directory.asked == expected


@pytest.mark.parametrize("kind", list(ChangeKind))
async def test_a_change_drops_what_it_is_about_and_nothing_else(directory: Directory, resolver: Resolver, kind: ChangeKind) -> None:
    for key in (("t", "e"), ("t", "other"), ("u", "e")):
        await resolver.install(key, 1)
    hit = change(kind, 11, content_hash=OTHER if kind is ChangeKind.VERSION_REVOKED else HASH)
    resolver.on_change(hit)
    directory.revision = 11
    for key in (("t", "e"), ("t", "other"), ("u", "e")):
        await resolver.install(key, 1)
    assert directory.asked == (3 if kind is ChangeKind.VERSION_REVOKED else 4)


async def test_a_revoked_hash_drops_every_install_of_it(directory: Directory, resolver: Resolver) -> None:
    for key in (("t", "e"), ("u", "e")):
        await resolver.install(key, 1)
    await resolver.assets(("e", HASH, ""))
    await resolver.assets(("e", OTHER, ""))
    resolver.on_change(change(ChangeKind.VERSION_REVOKED, 11))
    directory.revision = 11
    for key in (("t", "e"), ("u", "e")):
        await resolver.install(key, 1)
    await resolver.assets(("e", HASH, ""))
    await resolver.assets(("e", OTHER, ""))
    assert (directory.asked, directory.assets) == (4, 3)


@pytest.mark.parametrize("kind", list(ChangeKind))
async def test_where_an_install_belongs_is_kept_until_it_changes(
    directory: Directory, resolver: Resolver, kind: ChangeKind
) -> None:
    for _ in range(2):
        directory.now += 100  # no grant that ends
        for install in ("e", "other"):
            await resolver.site(install)
    assert directory.located == 2
    resolver.on_change(change(kind, 11))
    directory.revision = 11
    for install in ("e", "other"):
        await resolver.site(install)
    assert directory.located == (4 if kind is ChangeKind.VERSION_REVOKED else 3)
    resolver.on_lost()
    await resolver.site("e")
    assert directory.located == (5 if kind is ChangeKind.VERSION_REVOKED else 4)


async def test_any_tenants_change_drops_the_extensions_assets(directory: Directory, resolver: Resolver) -> None:
    await resolver.assets(("e", HASH, ""))
    resolver.on_change(change(ChangeKind.DISABLED, 11, tenant="whoever"))
    directory.revision = 11
    await resolver.assets(("e", HASH, ""))
    assert directory.assets == 2


async def test_nothing_is_kept_before_a_snapshot_and_after_a_loss(directory: Directory, resolver: Resolver) -> None:
    await resolver.install(("t", "e"), 1)
    await resolver.assets(("e", HASH, ""))
    directory.freshness.lost()
    resolver.on_lost()
    for _ in range(2):
        await resolver.install(("t", "e"), 1)
        await resolver.assets(("e", HASH, ""))
    assert (directory.asked, directory.assets) == (3, 3)
    directory.freshness.heard()
    resolver.on_snapshot(10, frozenset())
    for _ in range(2):
        await resolver.install(("t", "e"), 1)
    assert directory.asked == 4
    new = Resolver(directory, Freshness(lambda: directory.now), lambda: directory.now)
    for _ in range(2):
        await new.install(("t", "e"), 1)
    assert directory.asked == 6


async def test_nothing_kept_is_used_after_the_silence_even_when_nobody_said_that_it_began(directory: Directory) -> None:
    """A busy event loop may run the watch late; the time alone decides."""
    directory.freshness = Freshness(lambda: directory.now)
    resolver = Resolver(directory, directory.freshness, lambda: directory.now)
    directory.freshness.heard()
    resolver.on_snapshot(10, frozenset())
    for _ in range(2):
        await resolver.install(("t", "e"), 1)
        await resolver.assets(("e", HASH, ""))
        directory.now += STALE_SECONDS - 0.1
    assert (directory.asked, directory.assets) == (1, 1)
    directory.now = 100 + STALE_SECONDS
    for expected in (2, 3):
        await resolver.install(("t", "e"), 1)
        await resolver.assets(("e", HASH, ""))
        assert (directory.asked, directory.assets) == (expected, expected)
    resolver.on_lost()
    directory.freshness.heard()
    resolver.on_snapshot(10, frozenset())
    for _ in range(2):
        await resolver.install(("t", "e"), 1)
    assert directory.asked == 4


async def test_an_answer_that_came_before_its_change_was_heard_stays(directory: Directory, resolver: Resolver) -> None:
    directory.revision = 11
    await resolver.install(("t", "e"), 1)
    await resolver.assets(("e", HASH, ""))
    resolver.on_change(change(ChangeKind.GRANTS_CHANGED, 11))
    await resolver.install(("t", "e"), 1)
    await resolver.assets(("e", HASH, ""))
    assert (directory.asked, directory.assets) == (1, 1)
    resolver.on_change(change(ChangeKind.CONFIGURED, 12))
    directory.revision = 12
    await resolver.install(("t", "e"), 1)
    assert directory.asked == 2


async def test_many_callers_whose_answer_was_overtaken_ask_once_more_together(directory: Directory, resolver: Resolver) -> None:
    directory.gate = asyncio.Event()
    tasks = [asyncio.create_task(resolver.install(("t", "e"), 1)) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    resolver.on_change(change(ChangeKind.UPDATED, 11))
    directory.revision = 11
    directory.gate.set()
    assert {route.revision for route in await asyncio.gather(*tasks)} == {11}
    assert directory.asked == 2


async def test_an_answer_that_a_change_overtook_is_asked_for_again(directory: Directory, resolver: Resolver) -> None:
    directory.gate = asyncio.Event()
    task = asyncio.create_task(resolver.install(("t", "e"), 1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert directory.asked == 1
    resolver.on_change(change(ChangeKind.DISABLED, 11))
    directory.revision = 11
    directory.gate.set()
    assert (await task).revision == 11
    await resolver.install(("t", "e"), 1)
    assert directory.asked == 2


async def test_an_answer_that_stays_behind_a_change_is_used_once_and_not_kept(directory: Directory, resolver: Resolver) -> None:
    resolver.on_change(change(ChangeKind.UPDATED, 11))
    for expected in (2, 4):
        await resolver.install(("t", "e"), 1)
        assert directory.asked == expected
    await resolver.install(("t", "other"), 1)
    assert directory.asked == 5


async def test_a_forgotten_answer_is_dropped_unless_a_newer_one_stands_there(directory: Directory, resolver: Resolver) -> None:
    old = await resolver.install(("t", "e"), 1)
    resolver.forget_install(("t", "e"), old)
    new = await resolver.install(("t", "e"), 1)
    resolver.forget_install(("t", "e"), old)
    assert await resolver.install(("t", "e"), 1) is new


async def test_memory_is_bounded(directory: Directory, resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRIES", 5)
    monkeypatch.setattr(cache, "MAX_REVISIONS", 5)
    for number in range(20):
        await resolver.install(("t", f"e{number}"), 1)
        await resolver.install(("t", "e0"), 1)
    installs = resolver._installs
    assert len(installs) == 5
    assert sum(len(keys) for keys in installs._keys.values()) == 10
    assert directory.asked == 20  # the one that was in use stayed
    revisions = count(11)
    for number in range(20):
        resolver.on_change(change(ChangeKind.UPDATED, next(revisions), extension=f"x{number}"))
    assert len(installs._revisions) == 5
    await resolver.install(("t", "x0"), 1)  # its change is forgotten, so the answer counts as outdated
    await resolver.install(("t", "x0"), 1)
    assert directory.asked == 24


async def test_large_answers_do_not_fill_the_memory(
    directory: Directory, resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_WEIGHT", 4_500)
    for number in range(20):
        await resolver.install(("t", f"e{number}"), 1)
    installs = resolver._installs
    assert (len(installs), installs._weight) == (4, 4_000)
    resolver.on_change(change(ChangeKind.UPDATED, 11, extension="e19"))
    assert installs._weight == 3_000
    resolver.on_lost()
    assert installs._weight == 0
    directory.freshness.heard()
    monkeypatch.setattr(cache, "MAX_WEIGHT", 999)  # what is larger than all may be is answered and not kept
    await resolver.install(("t", "e"), 1)
    assert (len(installs), installs._weight) == (0, 0)


async def test_over_the_wire_a_disabled_install_stops_and_a_lost_watch_keeps_nothing(stack: Stack) -> None:
    await stack.watched()
    resolves = stack.registry.resolves
    assert (await stack.call("GET", "/items")).status == 200
    assert stack.registry.resolves == resolves
    (installed,) = stack.registry.installs.values()
    stack.registry.installs.clear()
    stack.registry.change(installed, ChangeKind.UNINSTALLED)

    async def gone() -> bool:
        return (await stack.call("GET", "/items")).status == 404

    async with asyncio.timeout(10):
        while not await gone():
            pass
    stack.registry.install(Installed("tenant-a", EXTENSION))
    await stack.watched()
    stack.registry.drop_watchers()
    await eventually(lambda: not stack.registry.watchers)
    async with asyncio.timeout(10):
        before = stack.registry.resolves
        while stack.registry.resolves < before + 1:
            await stack.call("GET", "/items")
