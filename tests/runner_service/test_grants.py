"""Grants at the runner's door: each way to forge one is refused, by Execute and by GetAsset alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gen.alga.registry.v1 import trust_pb2
from kernel import admission as admissions
from kernel.admission import MAX_GRANT_BYTES, REMEMBERED, Admission
from kernel.errors import Reason
from kernel.grants import ATTESTATION_TYPE, EXECUTION_TYPE, MAX_GRANT_AGE
from kernel.signing import Signed, SigningKey, TrustedKeys
from tests.runner_service.conftest import Platform
from tests.runner_service.registry import Registry
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")
FORGERIES = ("altered", "foreign key", "renamed key", "unsigned", "empty", "endless", "early", "huge", "garbage", "other type")


def forge(registry: Registry, right: Signed, how: str) -> Signed:
    """A grant like `right`, but wrong in one way."""
    key = registry.grant_key
    match how:
        case "altered":
            message = trust_pb2.ExecutionGrant.FromString(right.payload)
            message.tenant_id = "victim"
            return replace(right, payload=message.SerializeToString())
        case "foreign key":
            return Signed.make(EXECUTION_TYPE, right.payload, SigningKey.generate())
        case "renamed key":
            return replace(Signed.make(EXECUTION_TYPE, right.payload, SigningKey.generate()), key_id=key.public.key_id)
        case "unsigned":
            return replace(right, signature=b"")
        case "empty":
            return Signed(b"", b"", "")
        case "endless" | "early":
            message = trust_pb2.ExecutionGrant.FromString(right.payload)
            shift = MAX_GRANT_AGE + timedelta(seconds=1)
            message.expires_at.FromDatetime(datetime.now(UTC) + 2 * shift)
            message.issued_at.FromDatetime(datetime.now(UTC) + (shift if how == "early" else timedelta()))
            return Signed.make(EXECUTION_TYPE, message.SerializeToString(), key)
        case "huge":
            return replace(right, payload=right.payload + bytes(MAX_GRANT_BYTES))
        case "garbage":
            return Signed.make(EXECUTION_TYPE, b"\xff" * 20, key)
        case _:
            return Signed.make(ATTESTATION_TYPE, right.payload, key)


@pytest.mark.parametrize("how", FORGERIES)
async def test_forged_execution_grant_is_refused(platform: Platform, how: str) -> None:
    right = platform.registry.grant(platform.publish("hello"))
    fault = await failure(platform.runner.execute(forge(platform.registry, right, how)))
    assert fault.reason is Reason.GRANT_INVALID


async def test_expired_grant_is_refused_also_after_it_was_good(platform: Platform) -> None:
    content_hash = platform.publish("hello")
    assert (await failure(platform.runner.execute(platform.registry.grant(content_hash, age=31)))).reason is Reason.GRANT_EXPIRED
    old = platform.registry.asset_grant(content_hash, age=31)
    assert (await failure(platform.runner.asset(old))).reason is Reason.GRANT_EXPIRED


async def test_grants_of_one_kind_do_not_open_the_other_door(platform: Platform) -> None:
    content_hash = platform.publish("hello")
    execution, asset = platform.registry.grant(content_hash), platform.registry.asset_grant(content_hash)
    attestation = platform.registry.bundles[content_hash].attestation
    for wrong in (asset, attestation):
        assert (await failure(platform.runner.execute(wrong))).reason is Reason.GRANT_INVALID
    for wrong in (execution, attestation):
        assert (await failure(platform.runner.asset(wrong))).reason is Reason.GRANT_INVALID


async def test_attestation_key_signs_no_grants(platform: Platform) -> None:
    content_hash = platform.publish("hello")
    wrong = platform.registry.grant(content_hash, platform.registry.attestation_key)
    assert (await failure(platform.runner.execute(wrong))).reason is Reason.GRANT_INVALID
    wrong = platform.registry.asset_grant(content_hash, platform.registry.attestation_key)
    assert (await failure(platform.runner.asset(wrong))).reason is Reason.GRANT_INVALID


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


async def test_remembered_signature_does_not_outlive_its_grant() -> None:
    registry, clock = Registry(), Clock()
    keys = TrustedKeys.of([registry.grant_key.public])
    admission = Admission(lambda: keys, clock)
    content_hash = registry.publish({"manifest.json": b"{}"}, "com.example.x")
    signed = registry.grant(content_hash, seconds=10)
    grant = admission.execution(signed)
    assert admission.execution(signed) is grant
    clock.now = grant.expires_at
    with pytest.raises(Exception, match="GRANT_EXPIRED"):
        admission.execution(signed)


async def test_remembered_signatures_are_bounded() -> None:
    registry = Registry()
    keys = TrustedKeys.of([registry.grant_key.public])
    admission = Admission(lambda: keys, lambda: datetime.now(UTC))  # signing so many takes a slow machine seconds
    content_hash = registry.publish({"manifest.json": b"{}"}, "com.example.x")
    first = registry.grant(content_hash)
    kept = admission.execution(first)
    for number in range(REMEMBERED):
        admission.execution(registry.grant(content_hash, install_id=f"i{number}"))
    assert admission.execution(first) is not kept


async def test_remembered_grants_are_bounded_by_what_they_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admissions, "REMEMBERED_BYTES", 100_000)
    registry = Registry()
    keys = TrustedKeys.of([registry.grant_key.public])
    admission = Admission(lambda: keys, Clock())
    content_hash = registry.publish({"manifest.json": b"{}"}, "com.example.x")
    full = {f"{number}": "v" * 4_000 for number in range(4)}
    grants = [registry.grant(content_hash, install_id=f"i{number}", configuration=full) for number in range(12)]
    kept = [admission.execution(grant) for grant in grants]
    again = [admission.execution(grant) for grant in reversed(grants)]
    assert [a is b for a, b in zip(again, reversed(kept), strict=True)] == [True] * 6 + [False] * 6


async def test_a_remembered_grant_is_forgotten_when_the_keys_change() -> None:
    registry = Registry()
    keys = TrustedKeys.of([registry.grant_key.public])
    admission = Admission(lambda: keys, Clock())
    signed = registry.grant(registry.publish({"manifest.json": b"{}"}, "com.example.x"))
    kept = admission.execution(signed)
    keys = TrustedKeys.of([SigningKey.generate().public])
    with pytest.raises(Exception, match="GRANT_INVALID"):
        admission.execution(signed)
    keys = TrustedKeys.of([registry.grant_key.public])
    assert admission.execution(signed) == kept
