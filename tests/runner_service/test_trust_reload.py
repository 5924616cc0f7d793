"""Whom a running runner trusts changes with its files, and that takes effect on what it has loaded already."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kernel import reload
from kernel.digest import Digest
from kernel.errors import Reason
from kernel.signing import SigningKey
from runner.bundles import refusing
from tests.files import replace_file
from tests.registry.stack import eventually
from tests.runner_service.conftest import Runner, make_settings, publish, started
from tests.runner_service.registry import Registry
from tests.runner_service.test_execute import failure
from tests.unit.kernel.certificates import Authority, chain

Changed = Callable[[str, bytes], Awaitable[None]]


@pytest.fixture
def changed(own_root: Path, caplog: pytest.LogCaptureFixture) -> Changed:
    """Replace a file, and wait until the runner told what it makes of it."""
    caplog.set_level(logging.INFO, logger="kernel.reload")

    async def change(name: str, text: bytes) -> None:
        before = len(caplog.records)
        replace_file(own_root / name, text)
        await eventually(lambda: any(record.name == "kernel.reload" for record in caplog.records[before:]))

    return change


@pytest_asyncio.fixture
async def own_registry(own_root: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Registry]:
    monkeypatch.setattr(reload, "SETTLE_SECONDS", 0)
    monkeypatch.setattr(refusing, "REFUSE_SECONDS", 0.0)
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    yield registry
    await server.stop(0)


async def runs(runner: Runner, registry: Registry, content_hash: Digest) -> bool:
    return (await runner.execute(registry.grant(content_hash))).status == 200


async def refusals(runner: Runner, registry: Registry, content_hash: Digest) -> set[Reason]:
    """Why a call, an asset and making it ready are refused."""
    calls: list[Any] = [
        runner.execute(registry.grant(content_hash)),
        runner.asset(registry.asset_grant(content_hash)),
        runner.warm(content_hash),
    ]
    return {(await failure(call)).reason for call in calls}


async def test_a_publisher_who_is_trusted_no_more_stops_at_the_next_call(
    own_root: Path, own_registry: Registry, changed: Changed, caplog: pytest.LogCaptureFixture
) -> None:
    registry, right = own_registry, own_registry.publisher_key.public.pem
    async with started(make_settings(registry, own_root, trust_reload_seconds=0.01)) as runner:
        content_hash = publish(registry, "hello")
        assert await runs(runner, registry, content_hash)

        await changed("trust.pem", b"no PEM -----")
        assert caplog.records[-1].levelno == logging.ERROR
        assert await runs(runner, registry, content_hash)

        await changed("trust.pem", SigningKey.generate().public.pem)
        assert await refusals(runner, registry, content_hash) == {Reason.SIGNER_UNTRUSTED}
        await eventually(lambda: not list((own_root / "cache" / "trees").iterdir()))

        await changed("trust.pem", right)
        assert await runs(runner, registry, content_hash)
        assert registry.reads[content_hash] == 1  # what lay on the disk was good all the time


async def test_a_root_that_is_taken_away_stops_what_is_signed_below_it(
    own_root: Path, own_registry: Registry, changed: Changed
) -> None:
    registry, right = own_registry, own_registry.publisher_key.public.pem
    root, leaf = chain()
    async with started(make_settings(registry, own_root, trust_reload_seconds=0.01)) as runner:
        content_hash = publish(registry, "hello")
        registry.envelop(content_hash, leaf.signing_key, leaf.chain)
        await changed("trust.pem", right + root.pem)
        assert await runs(runner, registry, content_hash)
        await changed("trust.pem", right)
        assert await refusals(runner, registry, content_hash) == {Reason.SIGNER_UNTRUSTED}


async def test_an_attestation_key_is_changed_without_a_break(own_root: Path, own_registry: Registry, changed: Changed) -> None:
    registry, old = own_registry, own_registry.attestation_key
    async with started(make_settings(registry, own_root, trust_reload_seconds=0.01)) as runner:
        content_hash = publish(registry, "hello")
        assert await runs(runner, registry, content_hash)
        new = SigningKey.generate()
        await changed("attestation.pem", old.public.pem + new.public.pem)
        assert await runs(runner, registry, content_hash)

        # The registry attests again, then the old key goes: the new attestation is fetched.
        registry.attest(content_hash, new)
        await changed("attestation.pem", new.public.pem)
        assert await runs(runner, registry, content_hash)
        assert registry.reads[content_hash] == 2

        # A registry that did not attest again is not believed.
        await changed("attestation.pem", old.public.pem)
        assert await refusals(runner, registry, content_hash) == {Reason.ATTESTATION_INVALID}


async def test_a_grant_key_that_is_taken_away_ends_grants_that_were_seen(
    own_root: Path, own_registry: Registry, changed: Changed
) -> None:
    registry, old = own_registry, own_registry.grant_key
    async with started(make_settings(registry, own_root, trust_reload_seconds=0.01)) as runner:
        content_hash = publish(registry, "hello")
        seen, asset = registry.grant(content_hash), registry.asset_grant(content_hash)
        assert (await runner.execute(seen)).status == 200
        registry.grant_key = SigningKey.generate()
        await changed("grant.pem", old.public.pem + registry.grant_key.public.pem)
        assert (await runner.execute(seen)).status == 200
        assert await runs(runner, registry, content_hash)
        await changed("grant.pem", registry.grant_key.public.pem)
        assert {(await failure(call)).reason for call in (runner.execute(seen), runner.asset(asset))} == {Reason.GRANT_INVALID}
        assert await runs(runner, registry, content_hash)


async def test_a_link_that_is_turned_is_followed(own_root: Path, own_registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    # As Kubernetes mounts secrets: trust.pem -> ..data/trust.pem, ..data -> a folder per state.
    caplog.set_level(logging.INFO, logger="kernel.reload")
    states = {"..1": own_registry.publisher_key, "..2": SigningKey.generate()}
    for name, key in states.items():
        (own_root / name).mkdir()
        (own_root / name / "trust.pem").write_bytes(key.public.pem)
    (own_root / "..data").symlink_to("..1")
    (own_root / "mounted.pem").symlink_to("..data/trust.pem")
    settings = make_settings(
        own_registry, own_root, EXT_RUNNER_TRUST_BUNDLE=str(own_root / "mounted.pem"), trust_reload_seconds=0.01
    )
    async with started(settings) as runner:
        content_hash = publish(own_registry, "hello")
        assert await runs(runner, own_registry, content_hash)
        (own_root / "..tmp").symlink_to("..2")
        (own_root / "..tmp").rename(own_root / "..data")
        await eventually(lambda: "took what a changed file says" in caplog.text)
        assert await refusals(runner, own_registry, content_hash) == {Reason.SIGNER_UNTRUSTED}


async def test_a_certificate_is_judged_as_of_the_attested_time(own_root: Path, own_registry: Registry) -> None:
    now, day = datetime.now(UTC).replace(microsecond=0), timedelta(days=1)
    root = Authority.root(start=now - 90 * day)
    leaf = root.leaf(start=now - 80 * day, end=now - 60 * day)
    settings = make_settings(own_registry, own_root, EXT_RUNNER_TRUST_BUNDLE=root.pem.decode())
    async with started(settings) as runner:
        for age, reason in ((70, None), (85, Reason.SIGNER_EXPIRED), (50, Reason.SIGNER_EXPIRED)):
            content_hash = publish(own_registry, "hello")
            own_registry.attest(content_hash, attested_at=now - age * day)
            own_registry.envelop(content_hash, leaf.signing_key, leaf.chain)
            if reason is None:
                assert await runs(runner, own_registry, content_hash)
            else:
                assert await refusals(runner, own_registry, content_hash) == {reason}
