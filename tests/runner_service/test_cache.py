"""The bundle cache by itself: sharing, eviction, and what cancelled callers leave."""

import asyncio
from pathlib import Path

import pytest

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey, TrustedKeys
from kernel.trust import TrustBundle
from runner.bundles.cache import BundleCache
from runner.bundles.granted import using
from runner.bundles.model import Bundle, Proof, Trust
from runner.bundles.store import BundleStore
from tests.runner_service.registry import Registry

MANIFEST = b'{"name":"com.example.x","publisher":"example","version":"1.0.0","runtime":"wasm-js@1"}'


class Source:
    """Bundles of a registry without the wire."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()

    async def fetch(self, content_hash: Digest, archive: Path) -> Proof:
        self.registry.reads[content_hash] += 1
        self.begun.set()
        await self.gate.wait()
        served = self.registry.bundles.get(content_hash)
        if served is None:
            raise Fault(Reason.NOT_FOUND)
        await asyncio.to_thread(archive.write_bytes, served.archive)
        return Proof(served.envelope, served.attestation)

    async def fetch_variants(self, content_hash: Digest, variants: Path) -> None:
        """There are none."""


class Setup:
    def __init__(self, root: Path, max_bytes: int) -> None:
        self.registry = Registry()
        self.source = Source(self.registry)
        self.root = root
        keys = {self.registry.attestation_key.public.key_id: self.registry.attestation_key.public}
        self.trust = Trust(keys, self.registry.trust)
        self.cache = BundleCache(self.source, BundleStore(root), lambda: self.trust, max_bytes=max_bytes)

    def publish(self, size: int = 100_000) -> Digest:
        number = len(self.registry.bundles)
        files = {"manifest.json": MANIFEST, "ui/index.html": b"x" * size, "ui/number.txt": str(number).encode()}
        return self.registry.publish(files, "com.example.x")

    def bytes_on_disk(self) -> int:
        return sum(path.stat().st_size for path in self.root.rglob("*") if path.is_file())

    def on_disk(self, content_hash: Digest) -> bool:
        return bool(list(self.root.rglob(f"{content_hash.hex}*")))


async def test_oldest_idle_bundles_go_and_those_in_use_stay(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=250_000)
    await setup.cache.open()
    hashes = [setup.publish() for _ in range(4)]
    async with using(setup.cache, hashes[0]) as held:
        for content_hash in hashes[1:]:
            async with using(setup.cache, content_hash) as bundle:
                assert (bundle.tree / "ui/index.html").exists()
        assert (held.tree / "ui/index.html").exists()
        assert setup.cache.bytes_used <= 250_000
        assert setup.registry.reads[hashes[0]] == 1
    await setup.cache.close()
    assert [setup.on_disk(content_hash) for content_hash in hashes] == [True, False, False, True]
    async with using(setup.cache, hashes[1]):
        assert setup.registry.reads[hashes[1]] == 2
    await setup.cache.close()


async def test_bundle_larger_than_the_cache_works_while_it_is_used(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=1)
    await setup.cache.open()
    content_hash = setup.publish()
    async with using(setup.cache, content_hash) as bundle:
        assert (bundle.tree / "ui/index.html").exists()
    await setup.cache.close()
    assert setup.cache.bytes_used == 0
    assert not setup.on_disk(content_hash)


async def test_start_counts_and_evicts_what_is_stored(tmp_path: Path) -> None:
    first = Setup(tmp_path, max_bytes=1 << 30)
    await first.cache.open()
    hashes = [first.publish() for _ in range(3)]
    for content_hash in hashes:
        async with using(first.cache, content_hash):
            pass
    await first.cache.close()
    again = Setup(tmp_path, max_bytes=0)
    await again.cache.open()
    await again.cache.close()
    assert again.cache.bytes_used == 0
    assert not any(again.on_disk(content_hash) for content_hash in hashes)


async def test_callers_share_a_load_that_survives_their_leaving(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=1 << 30)
    await setup.cache.open()
    content_hash = setup.publish()
    setup.source.gate.clear()

    async def call() -> str:
        async with using(setup.cache, content_hash) as bundle:
            return bundle.name

    calls = [asyncio.create_task(call()) for _ in range(16)]
    await setup.source.begun.wait()
    for cancelled in calls[:15]:
        cancelled.cancel()
    setup.source.gate.set()
    assert await calls[15] == "com.example.x"
    assert setup.registry.reads[content_hash] == 1
    await setup.cache.close()


async def test_unknown_hashes_leave_no_trace_and_are_asked_for_again(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=1 << 30)
    await setup.cache.open()
    unknown = Digest.of(b"unknown")
    for _ in range(2):
        with pytest.raises(Fault, match="NOT_FOUND"):
            async with using(setup.cache, unknown):
                pass
    assert setup.registry.reads[unknown] == 2
    assert not list((tmp_path / "incoming").iterdir())
    await setup.cache.close()
    assert setup.cache.bytes_used == 0


def trust_in(setup: Setup, *publishers: SigningKey) -> Trust:
    return Trust(setup.trust.attestation_keys, TrustBundle.of(key.public for key in publishers))


async def used(setup: Setup, content_hash: Digest) -> Bundle:
    async with using(setup.cache, content_hash) as bundle:
        return bundle


async def test_trust_that_changes_checks_again_and_unpacks_nothing(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=1 << 30)
    await setup.cache.open()
    content_hash = setup.publish()
    first = await used(setup, content_hash)
    setup.trust = trust_in(setup, setup.registry.publisher_key, SigningKey.generate())
    assert await used(setup, content_hash) is first
    setup.trust = trust_in(setup, SigningKey.generate())
    for _ in range(2):
        with pytest.raises(Fault, match="SIGNER_UNTRUSTED"):
            await used(setup, content_hash)
    setup.trust = trust_in(setup, setup.registry.publisher_key)
    assert (await used(setup, content_hash)).tree != first.tree
    assert setup.registry.reads[content_hash] == 1
    await setup.cache.close()
    assert not first.tree.exists()
    assert setup.cache.bytes_used == setup.bytes_on_disk()


async def test_files_that_are_being_read_stay_until_their_reader_is_done(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=1 << 30)
    await setup.cache.open()
    content_hash = setup.publish()
    async with using(setup.cache, content_hash) as bundle:
        setup.trust = trust_in(setup, SigningKey.generate())
        with pytest.raises(Fault, match="SIGNER_UNTRUSTED"):
            await used(setup, content_hash)
        assert (bundle.tree / "ui/index.html").exists()
    await setup.cache.close()
    assert not bundle.tree.exists()


async def test_trust_that_changes_during_a_load_is_asked_before_the_bundle_is_used(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=1 << 30)
    await setup.cache.open()
    content_hash = setup.publish()
    trusts = iter([setup.trust])  # what the load asks first
    later = trust_in(setup, SigningKey.generate())
    setup.cache = BundleCache(setup.source, BundleStore(tmp_path), lambda: next(trusts, later), max_bytes=1 << 30)
    await setup.cache.open()
    with pytest.raises(Fault, match="SIGNER_UNTRUSTED"):
        await used(setup, content_hash)
    await setup.cache.close()


async def test_an_attestation_of_a_key_that_is_gone_is_fetched_anew(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=1 << 30)
    await setup.cache.open()
    content_hash = setup.publish()
    await used(setup, content_hash)
    new = SigningKey.generate()
    setup.registry.attest(content_hash, new)
    setup.trust = Trust(TrustedKeys.of([new.public]), setup.trust.publishers)
    await used(setup, content_hash)
    assert setup.registry.reads[content_hash] == 2
    setup.trust = Trust(TrustedKeys.of([setup.registry.attestation_key.public]), setup.trust.publishers)
    with pytest.raises(Fault, match="ATTESTATION_INVALID"):
        await used(setup, content_hash)
    await setup.cache.close()
    assert not setup.on_disk(content_hash)
    assert setup.cache.bytes_used == 0


async def test_calls_in_the_very_moment_of_a_loads_end_are_served(tmp_path: Path) -> None:
    setup = Setup(tmp_path, max_bytes=1 << 30)
    await setup.cache.open()
    content_hash = setup.publish()
    calls: list[asyncio.Task[None]] = []

    async def call() -> None:
        async with using(setup.cache, content_hash):
            pass

    async def keep_calling() -> None:
        while not any(task.done() for task in calls):
            calls.append(asyncio.create_task(call()))
            await asyncio.sleep(0)

    await asyncio.gather(*[keep_calling() for _ in range(8)])
    await asyncio.gather(*calls)
    assert setup.registry.reads[content_hash] == 1
    await setup.cache.close()
