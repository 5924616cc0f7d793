"""What holds of a grant after it was signed: changes of its install and version, a registry that is not heard, running calls."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.alga.registry.v1 import install_pb2
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.signing import SigningKey, TrustedKeys
from kernel.watch import Change, ChangeKind, Freshness
from runner import standing as limits
from runner.standing import LiveStanding
from tests.runner_service.conftest import Platform, make_settings, publish, started, turned
from tests.runner_service.registry import Registry
from tests.runner_service.test_execute import failure
from tests.runner_service.test_revocation import eventually

loop = pytest.mark.asyncio(loop_scope="session")
HASH = Digest.of(b"bundle")
HARMLESS = (ChangeKind.CONFIGURED, ChangeKind.LIMITS_CHANGED)
OF_INSTALLS = [kind for kind in ChangeKind if kind not in (ChangeKind.VERSION_REVOKED, *HARMLESS)]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class TestStanding:
    """The rules, with a clock of our own."""

    clock: Clock
    freshness: Freshness
    standing: LiveStanding

    @pytest.fixture(autouse=True)
    def _begin(self) -> None:
        self.clock = Clock()
        self.freshness = Freshness(self.clock, 6)
        self.standing = LiveStanding(self.freshness)
        self.freshness.heard()
        self.standing.restart(10, frozenset())

    def reason(self, revision: int, install: str = "i", tenant: str = "t", content_hash: Digest = HASH) -> Reason | None:
        key = SigningKey.generate()
        registry = Registry(grant_key=key)
        signed = registry.grant(content_hash, tenant_id=tenant, install_id=install, registry_revision=revision)
        told = ExecutionGrant.verify(signed, TrustedKeys.of([key.public]), registry.now())
        try:
            self.standing.check_grant(told)
        except Fault as fault:
            return fault.reason
        return None

    def change(self, revision: int, kind: ChangeKind = ChangeKind.UPDATED, install: str = "i", tenant: str = "t") -> None:
        if kind is ChangeKind.VERSION_REVOKED:
            self.standing.change(Change(revision, kind, "", "", "e", HASH))
        else:
            self.standing.change(Change(revision, kind, tenant, install, "e", HASH))

    def test_a_grant_of_the_snapshots_revision_is_good_and_an_older_one_is_not(self) -> None:
        assert [self.reason(revision) for revision in (9, 10, 11)] == [Reason.GRANT_STALE, None, None]

    @pytest.mark.parametrize("kind", OF_INSTALLS)
    def test_a_change_makes_older_grants_of_its_install_stale_and_no_others(self, kind: ChangeKind) -> None:
        self.change(12, kind)
        assert [self.reason(revision) for revision in (10, 11, 12, 13)] == [Reason.GRANT_STALE, Reason.GRANT_STALE, None, None]
        assert self.reason(10, install="other") is None
        assert self.reason(10, tenant="other") is None
        self.change(13, kind, install="other")
        assert self.reason(12) is None

    @pytest.mark.parametrize("kind", HARMLESS)
    def test_a_new_configuration_and_new_limits_take_nothing_from_running_calls(self, kind: ChangeKind) -> None:
        self.change(12, kind)
        assert self.reason(10) is None

    def test_a_revoked_bundle_does_not_run_under_any_grant(self) -> None:
        self.change(12, ChangeKind.VERSION_REVOKED)
        assert [self.reason(revision) for revision in (10, 12, 99)] == [Reason.VERSION_REVOKED] * 3
        assert self.reason(10, content_hash=Digest.of(b"another")) is None

    def test_silence_ends_everything_until_the_next_snapshot(self) -> None:
        self.clock.now += 6
        assert self.reason(99) is Reason.UNAVAILABLE
        with pytest.raises(Fault, match="UNAVAILABLE"):
            self.standing.check_bundle(HASH)
        self.freshness.heard()
        self.standing.restart(10, frozenset())
        assert self.reason(10) is None

    def test_nothing_holds_before_the_first_snapshot(self) -> None:
        self.standing = LiveStanding(Freshness())
        assert self.reason(99) is Reason.UNAVAILABLE

    def test_a_snapshot_that_missed_nothing_changes_nothing(self) -> None:
        self.change(12)
        self.standing.restart(12, frozenset())
        assert (self.reason(11), self.reason(12), self.reason(10, install="other")) == (Reason.GRANT_STALE, None, None)

    def test_a_snapshot_that_may_have_missed_changes_makes_all_older_grants_stale(self) -> None:
        self.change(12)
        self.standing.restart(15, frozenset({HASH}))
        assert (self.reason(14, content_hash=Digest.of(b"x")), self.reason(15)) == (Reason.GRANT_STALE, Reason.VERSION_REVOKED)

    def test_a_registry_that_was_set_back_is_believed(self) -> None:
        self.change(12, ChangeKind.VERSION_REVOKED)
        self.standing.restart(5, frozenset())
        assert (self.reason(4), self.reason(5)) == (Reason.GRANT_STALE, None)

    def test_memory_is_bounded_and_what_is_forgotten_counts_as_changed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "MAX_CHANGED", 5)
        for revision in range(11, 21):
            self.change(revision, install=f"i{revision}")
        assert len(self.standing._changed) == 5
        assert (self.reason(14, install="unchanged"), self.reason(15, install="unchanged")) == (Reason.GRANT_STALE, None)
        assert (self.reason(17, install="i18"), self.reason(18, install="i18")) == (Reason.GRANT_STALE, None)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(OF_INSTALLS)), max_size=30),
    st.integers(0, 30),
    st.sampled_from("abc"),
    st.integers(0, 30),
)
def test_no_grant_from_before_a_change_of_its_install_passes(
    changes: list[tuple[str, ChangeKind]], missed_from: int, install: str, made_at: int
) -> None:
    """Whatever part of the log a broken stream swallowed."""
    freshness = Freshness()
    freshness.heard()
    standing = LiveStanding(freshness)
    standing.restart(0, frozenset())
    for revision, (changed, kind) in enumerate(changes, 1):
        if revision <= missed_from:
            standing.change(Change(revision, kind, "t1", changed, "e", HASH))
    standing.restart(len(changes), frozenset())
    registry = Registry()
    signed = registry.grant(HASH, install_id=install, registry_revision=made_at)
    grant = ExecutionGrant.verify(signed, TrustedKeys.of([registry.grant_key.public]), registry.now())
    if any(changed == install for changed, _ in changes[made_at:]):
        with pytest.raises(Fault, match="GRANT_STALE"):
            standing.check_grant(grant)


@loop
@pytest.mark.parametrize("kind", OF_INSTALLS)
async def test_grant_from_before_a_change_is_refused_and_a_new_one_runs(platform: Platform, kind: ChangeKind) -> None:
    content_hash, install = platform.publish("hello"), f"i-{kind}"
    old = platform.registry.grant(content_hash, install_id=install)
    other = platform.registry.grant(content_hash, install_id="untouched")
    assert (await platform.runner.execute(old)).status == 200
    platform.registry.change(install_pb2.ChangeKind.Value(f"CHANGE_KIND_{kind.name}"), content_hash, install)
    new = platform.registry.grant(content_hash, install_id=install)
    await eventually(Reason.GRANT_STALE, lambda: platform.runner.execute(old))
    assert (await platform.runner.execute(new)).status == 200
    assert (await platform.runner.execute(other)).status == 200


@loop
@pytest.mark.parametrize("how", ["grants changed", "revoked"])
async def test_running_call_loses_its_rights(platform: Platform, how: str) -> None:
    """The guest asks storage twice; between the two its grant stops to hold. The second question does not leave the runner."""
    registry = platform.registry
    content_hash = platform.publish("storage_twice")
    await platform.runner.warm(content_hash)
    registry.storing.clear()
    registry.hold = asyncio.Event()
    grant, stored = registry.grant(content_hash, install_id=f"loses-{how}"), registry.storage_calls
    try:
        call = asyncio.create_task(platform.runner.execute(grant))
        await registry.storing.wait()
        if how == "revoked":
            registry.revoke(content_hash)
        else:
            registry.change(install_pb2.CHANGE_KIND_GRANTS_CHANGED, content_hash, f"loses-{how}")
        refused = Reason.VERSION_REVOKED if how == "revoked" else Reason.GRANT_STALE
        await eventually(refused, lambda: platform.runner.execute(grant, timeout_ms=1))
    finally:
        registry.hold.set()
        registry.hold = None
    assert (await call).status == 403
    assert registry.storage_calls == stored + 1


@loop
async def test_call_that_is_left_alone_keeps_its_rights(platform: Platform) -> None:
    registry = platform.registry
    grant, stored = registry.grant(platform.publish("storage_twice"), install_id="left-alone"), registry.storage_calls
    assert (await platform.runner.execute(grant)).status == 404
    assert registry.storage_calls == stored + 2


async def test_runner_that_cannot_hear_the_registry_runs_nothing_until_it_can(
    own_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.app.Freshness", partial(Freshness, seconds=1))
    registry = Registry(heartbeat_seconds=0.1)
    server = await registry.serve(f"unix:{own_root}/registry")
    content_hash = publish(registry, "hello")
    try:
        async with started(make_settings(registry, own_root)) as runner:
            grant, asset = registry.grant(content_hash), registry.asset_grant(content_hash)
            assert (await runner.execute(grant)).status == 200
            registry.silent.set()
            await turned(runner, serving=False)
            assert (await failure(runner.execute(grant))).reason is Reason.UNAVAILABLE
            assert (await failure(runner.asset(asset))).reason is Reason.UNAVAILABLE
            assert (await failure(runner.warm(content_hash))).reason is Reason.UNAVAILABLE
            registry.silent.clear()
            await turned(runner, serving=True)
            assert (await runner.execute(grant)).status == 200
            assert (await runner.asset(asset)).body
    finally:
        await server.stop(0)
