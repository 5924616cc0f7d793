"""Bundles that turned out bad are not fetched again by each call, and not refused for long."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.bundles import refusing
from runner.bundles.granted import using
from runner.bundles.model import Bundle
from runner.bundles.refusing import Refusing
from tests.runner_service.test_cache import Setup


@contextmanager
def another_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    """The event loop's time with some seconds more."""
    loop = asyncio.get_running_loop()
    with monkeypatch.context() as patch:
        patch.setattr(refusing, "_now", lambda: loop.time() + seconds)
        yield


async def use(bundles: Refusing, content_hash: Digest) -> Bundle:
    async with using(bundles, content_hash) as bundle:
        return bundle


async def reason(bundles: Refusing, content_hash: Digest) -> Reason:
    with pytest.raises(Fault) as caught:
        await use(bundles, content_hash)
    return caught.value.reason


@pytest.fixture
async def setup(tmp_path: Path) -> Setup:
    made = Setup(tmp_path, max_bytes=1 << 30)
    await made.cache.open()
    return made


async def test_a_bad_bundle_is_fetched_once_for_many_calls(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = setup.publish(), setup.publish()
    served = setup.registry.bundles[bad]
    setup.registry.bundles[bad] = replace(served, envelope=served.envelope + b" ")
    bundles = Refusing(setup.cache)
    for _ in range(3):
        assert await reason(bundles, bad) is Reason.BUNDLE_INTEGRITY
    assert setup.registry.reads[bad] == 1
    assert (await use(bundles, good)).content_hash == good
    setup.registry.bundles[bad] = served
    with another_time(monkeypatch, refusing.REFUSE_SECONDS - 1):
        assert await reason(bundles, bad) is Reason.BUNDLE_INTEGRITY
    with another_time(monkeypatch, refusing.REFUSE_SECONDS):
        assert (await use(bundles, bad)).content_hash == bad
    assert (await use(bundles, bad)).content_hash == bad
    assert setup.registry.reads[bad] == 2


async def test_what_says_nothing_about_a_bundle_is_asked_again(setup: Setup) -> None:
    bundles = Refusing(setup.cache)
    unknown = Digest.of(b"unknown")
    for _ in range(2):
        assert await reason(bundles, unknown) is Reason.NOT_FOUND
    assert setup.registry.reads[unknown] == 2


async def test_a_call_that_fails_with_a_good_bundle_refuses_nothing(setup: Setup) -> None:
    good = setup.publish()
    bundles = Refusing(setup.cache)
    with pytest.raises(Fault):
        async with using(bundles, good):
            raise Fault(Reason.GUEST_TRAPPED)
    assert (await use(bundles, good)).content_hash == good


async def test_what_is_remembered_is_bounded_and_the_oldest_goes(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusing, "MAX_REFUSED", 2)
    bundles = Refusing(setup.cache)
    bad = [setup.publish() for _ in range(3)]
    for content_hash in bad:
        setup.registry.attest(content_hash, name="com.example.other")
        await reason(bundles, content_hash)
    assert len(bundles._refused) == 2
    assert await reason(bundles, bad[2]) is Reason.STATEMENT_MISMATCH
    assert await reason(bundles, bad[0]) is Reason.STATEMENT_MISMATCH
    assert [setup.registry.reads[content_hash] for content_hash in bad] == [2, 1, 1]
