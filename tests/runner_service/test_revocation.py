"""The change log at the runner: what is revoked stops at once, what is installed is made ready, and a restart forgets nothing."""

import asyncio
from pathlib import Path

import pytest

from gen.alga.registry.v1 import install_pb2
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.watch import Change, ChangeKind, Freshness
from runner.compile.seal import Seal
from runner.revocation import MAX_PENDING, ChangeFollower
from runner.standing import LiveStanding
from tests.runner_service.conftest import Platform, make_settings, publish, started
from tests.runner_service.registry import Registry
from tests.runner_service.test_execute import failure

loop = pytest.mark.asyncio(loop_scope="session")


async def eventually(reason: Reason, call) -> None:
    """Until the change has travelled: the stream has no receipt that a test could wait for."""
    async with asyncio.timeout(10):
        while True:
            try:
                await call()
            except Fault as fault:
                assert fault.reason is reason
                return


@loop
async def test_revoked_bundle_stops_for_every_grant(platform: Platform) -> None:
    content_hash = platform.publish("hello")
    grant, asset = platform.registry.grant(content_hash), platform.registry.asset_grant(content_hash)
    assert (await platform.runner.execute(grant)).status == 200
    assert (await platform.runner.asset(asset)).body
    platform.registry.revoke(content_hash)
    await eventually(Reason.VERSION_REVOKED, lambda: platform.runner.execute(grant))
    assert (await failure(platform.runner.asset(asset))).reason is Reason.VERSION_REVOKED
    assert (await failure(platform.runner.warm(content_hash))).reason is Reason.VERSION_REVOKED


async def test_runner_that_starts_later_knows_what_is_revoked(own_root: Path) -> None:
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    content_hash = publish(registry, "hello")
    registry.revoked.add(content_hash)
    try:
        async with started(make_settings(registry, own_root)) as runner:
            await registry.watched.wait()
            await eventually(Reason.VERSION_REVOKED, lambda: runner.execute(registry.grant(content_hash)))
    finally:
        await server.stop(0)


@loop
@pytest.mark.parametrize("kind", ["INSTALLED", "UPDATED", "ENABLED"])
async def test_installed_bundle_is_made_ready(platform: Platform, kind: str) -> None:
    content_hash = platform.publish("hello")
    platform.registry.change(getattr(install_pb2, f"CHANGE_KIND_{kind}"), content_hash)
    async with asyncio.timeout(20):
        await platform.registry.read_of(content_hash)
    # It has begun; this waits for the same work.
    await platform.runner.warm(content_hash)
    assert platform.registry.reads[content_hash] == 1


def change(kind: ChangeKind, content_hash: Digest) -> Change:
    return Change(1, kind, "", "", "", content_hash)


async def test_warming_is_bounded_and_skips_what_was_revoked_meanwhile() -> None:
    standing, warmed = LiveStanding(Freshness()), []
    hashes = [Digest.of(str(number).encode()) for number in range(MAX_PENDING + 10)]
    done = asyncio.Event()

    async def warm(content_hash: Digest) -> None:
        warmed.append(content_hash)
        if content_hash == hashes[1]:
            raise Fault(Reason.BUNDLE_INTEGRITY)
        if content_hash == hashes[2]:
            raise RuntimeError("a defect")
        if content_hash == hashes[MAX_PENDING - 1]:
            done.set()

    follower = ChangeFollower(standing, warm)
    for content_hash in (*hashes, hashes[5]):
        follower.on_change(change(ChangeKind.INSTALLED, content_hash))
    follower.on_change(change(ChangeKind.VERSION_REVOKED, hashes[0]))
    follower.on_change(change(ChangeKind.DISABLED, hashes[0]))
    task = asyncio.create_task(follower.warm_pending())
    await done.wait()
    task.cancel()
    assert warmed == hashes[1:MAX_PENDING]


async def test_what_was_called_before_is_made_ready_once_unless_it_was_revoked() -> None:
    warmed: asyncio.Queue[Digest] = asyncio.Queue()
    first, revoked, last = (Digest.of(text) for text in (b"1", b"2", b"3"))
    follower = ChangeFollower(LiveStanding(Freshness()), warmed.put, earlier=[first, revoked, last])
    task = asyncio.create_task(follower.warm_pending())
    await asyncio.sleep(0)
    assert warmed.empty()  # what is revoked is not known yet
    follower.on_snapshot(1, frozenset({revoked}))
    async with asyncio.timeout(5):
        assert [await warmed.get(), await warmed.get()] == [first, last]
        follower.on_snapshot(2, frozenset())
        follower.on_change(change(ChangeKind.INSTALLED, revoked))
        assert await warmed.get() == revoked
    assert warmed.empty()
    task.cancel()


async def test_a_runner_that_starts_again_verifies_what_it_called_before(own_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    content_hash, verified = publish(registry, "hello"), asyncio.Event()
    settings, loop = make_settings(registry, own_root), asyncio.get_running_loop()
    try:
        async with started(settings) as runner:
            assert (await runner.execute(registry.grant(content_hash))).status == 200
        holds = Seal.holds

        def seen(seal: Seal, artifact: Path, name: str) -> bool:
            held = holds(seal, artifact, name)
            if held and name.startswith(content_hash.hex):
                loop.call_soon_threadsafe(verified.set)
            return held

        monkeypatch.setattr(Seal, "holds", seen)
        async with asyncio.timeout(20), started(settings):
            await verified.wait()  # and nobody called anything
        assert registry.reads[content_hash] == 1
    finally:
        await server.stop(0)


async def test_health_follows_what_is_heard() -> None:
    async def warm(_: Digest) -> None: ...

    follower, told = ChangeFollower(LiveStanding(Freshness()), warm), asyncio.Queue[bool]()
    task = asyncio.create_task(follower.tell(told.put))
    async with asyncio.timeout(5):
        assert await told.get() is False
        follower.on_snapshot(1, frozenset())
        assert await told.get() is True
        follower.on_snapshot(2, frozenset())  # after a broken stream: nothing turned
        follower.on_lost()
        assert await told.get() is False
        follower.on_snapshot(3, frozenset())
        follower.on_lost()
        follower.on_snapshot(4, frozenset())
        assert await told.get() is True
    assert told.empty()
    task.cancel()
