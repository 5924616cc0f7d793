"""Bundles on their way to a runner: each thing that can be wrong with one is refused with its reason, and nothing of it runs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel import archive
from kernel.digest import Digest
from kernel.errors import Reason
from kernel.signing import SigningKey
from runner.bundles import refusing
from runner.bundles.source import MAX_ARCHIVE_BYTES
from tests.guests import component
from tests.guests.bundles import bundle_files
from tests.runner_service.conftest import Platform, make_settings, publish, started
from tests.runner_service.registry import Registry
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")
OTHER = Digest.of(b"another bundle")
YEAR = timedelta(days=365)


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def serve(registry: Registry, content_hash: Digest, **parts: object) -> None:
    registry.bundles[content_hash] = replace(registry.bundles[content_hash], **parts)


def _archive_byte(registry: Registry, content_hash: Digest) -> None:
    serve(registry, content_hash, archive=flip(registry.bundles[content_hash].archive, -10))


def _archive_of_another(registry: Registry, content_hash: Digest) -> None:
    other = bundle_files("trap", component("trap"))
    serve(registry, content_hash, archive=archive.pack(other))


def _archive_short(registry: Registry, content_hash: Digest) -> None:
    served = registry.bundles[content_hash]
    serve(registry, content_hash, archive=served.archive[:-1], promised=len(served.archive))


def _archive_long(registry: Registry, content_hash: Digest) -> None:
    served = registry.bundles[content_hash]
    serve(registry, content_hash, archive=served.archive + b"\0", promised=len(served.archive))


def _archive_too_large(registry: Registry, content_hash: Digest) -> None:
    serve(registry, content_hash, promised=MAX_ARCHIVE_BYTES + 1)


def _attestation_byte(registry: Registry, content_hash: Digest) -> None:
    signed = registry.bundles[content_hash].attestation
    serve(registry, content_hash, attestation=replace(signed, payload=flip(signed.payload, 20)))


def _attestation_by_stranger(registry: Registry, content_hash: Digest) -> None:
    registry.attest(content_hash, SigningKey.generate())


def _attestation_by_grant_key(registry: Registry, content_hash: Digest) -> None:
    registry.attest(content_hash, registry.grant_key)


def _attestation_of_another(registry: Registry, content_hash: Digest) -> None:
    registry.attest(content_hash, content_hash=OTHER)


def _grant_as_attestation(registry: Registry, content_hash: Digest) -> None:
    serve(registry, content_hash, attestation=registry.grant(content_hash, registry.attestation_key))


def _envelope_byte(registry: Registry, content_hash: Digest) -> None:
    serve(registry, content_hash, envelope=flip(registry.bundles[content_hash].envelope, 40))


def _envelope_missing(registry: Registry, content_hash: Digest) -> None:
    serve(registry, content_hash, envelope=b"")
    registry.attest(content_hash, envelope_digest=Digest.of(b""))


def _envelope_by_stranger(registry: Registry, content_hash: Digest) -> None:
    registry.envelop(content_hash, SigningKey.generate())


def _envelope_of_another_archive(registry: Registry, content_hash: Digest) -> None:
    registry.envelop(content_hash, archive=OTHER)


def _envelope_of_another_tar(registry: Registry, content_hash: Digest) -> None:
    registry.envelop(content_hash, tar=OTHER)


def _envelope_of_another_version(registry: Registry, content_hash: Digest) -> None:
    registry.envelop(content_hash, version="9.9.9")


def _envelope_had_expired(registry: Registry, content_hash: Digest) -> None:
    now = datetime.now(UTC)
    registry.envelop(content_hash, signed_at=now - 2 * YEAR, expires_at=now - YEAR)


def _tar_of_another(registry: Registry, content_hash: Digest) -> None:
    registry.attest(content_hash, tar_digest=OTHER)
    registry.envelop(content_hash, tar=OTHER)


def _manifest_of_another_name(registry: Registry, content_hash: Digest) -> None:
    registry.attest(content_hash, name="com.example.other")
    registry.envelop(content_hash, name="com.example.other")


DEFECTS: list[tuple[Callable[[Registry, Digest], None], Reason]] = [
    (_archive_byte, Reason.BUNDLE_INTEGRITY),
    (_archive_of_another, Reason.BUNDLE_INTEGRITY),
    (_archive_short, Reason.BUNDLE_INTEGRITY),
    (_archive_long, Reason.BUNDLE_INTEGRITY),
    (_archive_too_large, Reason.BUNDLE_INTEGRITY),
    (_attestation_byte, Reason.ATTESTATION_INVALID),
    (_attestation_by_stranger, Reason.ATTESTATION_INVALID),
    (_attestation_by_grant_key, Reason.ATTESTATION_INVALID),
    (_attestation_of_another, Reason.ATTESTATION_INVALID),
    (_grant_as_attestation, Reason.ATTESTATION_INVALID),
    (_envelope_byte, Reason.BUNDLE_INTEGRITY),
    (_envelope_missing, Reason.ENVELOPE_MISSING),
    (_envelope_by_stranger, Reason.SIGNER_UNTRUSTED),
    (_envelope_of_another_archive, Reason.STATEMENT_MISMATCH),
    (_envelope_of_another_tar, Reason.STATEMENT_MISMATCH),
    (_envelope_of_another_version, Reason.STATEMENT_MISMATCH),
    (_envelope_had_expired, Reason.ENVELOPE_EXPIRED),
    (_tar_of_another, Reason.BUNDLE_INTEGRITY),
    (_manifest_of_another_name, Reason.STATEMENT_MISMATCH),
]


@pytest.mark.parametrize(("spoil", "reason"), DEFECTS, ids=lambda value: getattr(value, "__name__", "").strip("_"))
async def test_defect_is_refused_and_leaves_nothing(
    platform: Platform, spoil: Callable[..., None], reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, cache = platform.registry, platform.runner.settings.cache_dir
    content_hash = platform.publish("hello")
    right = registry.bundles[content_hash]
    spoil(registry, content_hash)
    assert (await failure(platform.runner.execute(registry.grant(content_hash)))).reason is reason
    assert (await failure(platform.runner.asset(registry.asset_grant(content_hash)))).reason is reason
    assert not list(cache.rglob(f"*{content_hash.hex}*"))
    assert not list((cache / "incoming").iterdir())
    assert registry.reads[content_hash] == 1
    # The right bundle works soon after the registry has it.
    monkeypatch.setattr(refusing, "REFUSE_SECONDS", 0.0)
    registry.bundles[content_hash] = right
    assert (await platform.runner.execute(registry.grant(content_hash))).status == 200


async def test_statement_that_ended_after_the_attestation_goes_on_running(platform: Platform) -> None:
    registry = platform.registry
    content_hash = platform.publish("hello")
    then = datetime.now(UTC) - YEAR
    registry.attest(content_hash, attested_at=then)
    registry.envelop(content_hash, signed_at=then, expires_at=then + timedelta(days=1))
    assert (await platform.runner.execute(registry.grant(content_hash))).status == 200


async def test_granted_bundle_that_the_registry_lost_is_not_the_callers_fault(platform: Platform) -> None:
    content_hash = platform.publish("hello")
    del platform.registry.bundles[content_hash]
    assert (await failure(platform.runner.execute(platform.registry.grant(content_hash)))).reason is Reason.BUNDLE_INTEGRITY


@pytest.mark.parametrize("part", ["bundle.tar.zst", "envelope.json", "attestation.json"])
async def test_disk_keeps_bundles_over_restarts_and_is_not_believed(own_root: Path, part: str) -> None:
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    settings = make_settings(registry, own_root)
    try:
        content_hash = publish(registry, "hello")
        async with started(settings) as runner:
            assert (await runner.execute(registry.grant(content_hash))).status == 200
        async with started(settings) as runner:
            assert (await runner.execute(registry.grant(content_hash))).status == 200
        assert registry.reads[content_hash] == 1
        stored = settings.cache_dir / "bundles" / content_hash.hex / part
        for damage in (flip(stored.read_bytes(), 30), b"", None):
            if damage is None:
                stored.unlink()
            else:
                stored.write_bytes(damage)
            reads = registry.reads[content_hash]
            async with started(settings) as runner:
                assert (await runner.execute(registry.grant(content_hash))).status == 200
            assert registry.reads[content_hash] == reads + 1
        # The copy is bad and so is the source: fetched once, refused.
        stored.write_bytes(b"")
        _archive_byte(registry, content_hash)
        reads = registry.reads[content_hash]
        async with started(settings) as runner:
            assert (await failure(runner.execute(registry.grant(content_hash)))).reason is Reason.BUNDLE_INTEGRITY
        assert registry.reads[content_hash] == reads + 1
    finally:
        await server.stop(0)


async def test_unpacked_files_do_not_outlive_the_process(own_root: Path) -> None:
    registry = Registry()
    settings = make_settings(registry, own_root)
    planted = settings.cache_dir / "trees" / "planted"
    planted.mkdir(parents=True)
    async with started(settings, heard=False):
        assert not planted.exists()
