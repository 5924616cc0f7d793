"""Grants and attestations: what is signed comes back; what is altered, foreign, expired or of another kind does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import MAX_GRANT_AGE, AssetGrant, Attestation, ExecutionGrant, Limits
from kernel.signing import Signed, SigningKey, TrustedKeys

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY, OTHER = SigningKey.generate(), SigningKey.generate()
KEYS = TrustedKeys.of([KEY.public])
GRANT = ExecutionGrant(
    "tenant-a", "install", "extension", "version", Digest.of(b"x"), frozenset({"cap:storage.kv", "cap:log.emit"}),
    Limits(1000, 1 << 20, 2, 3, 4, 5, 6, 7), 7, NOW, NOW + MAX_GRANT_AGE, {"k": "v"}, 9, Limits(8, 7, 6, 5, 4, 3, 2, 1),
)  # fmt: skip
ASSETS = AssetGrant(Digest.of(b"x"), NOW, NOW + MAX_GRANT_AGE)
ATTESTATION = Attestation(Digest.of(b"x"), Digest.of(b"y"), Digest.of(b"z"), "com.acme.a", "1.0.0", "acme", NOW)

DOCUMENTS: list[tuple[Any, Callable[[Signed], Any], Reason]] = [
    (GRANT, lambda signed: ExecutionGrant.verify(signed, KEYS, NOW), Reason.GRANT_INVALID),
    (ASSETS, lambda signed: AssetGrant.verify(signed, KEYS, NOW), Reason.GRANT_INVALID),
    (ATTESTATION, lambda signed: Attestation.verify(signed, KEYS), Reason.ATTESTATION_INVALID),
]
every_document = pytest.mark.parametrize(("document", "verify", "reason"), DOCUMENTS, ids=["execution", "asset", "attestation"])


def reason_of(action: Callable[[], Any]) -> Reason:
    with pytest.raises(Fault) as caught:
        action()
    return caught.value.reason


@every_document
def test_round_trip(document: Any, verify: Callable[[Signed], Any], reason: Reason) -> None:
    assert verify(document.sign(KEY)) == document


@every_document
def test_defects(document: Any, verify: Callable[[Signed], Any], reason: Reason) -> None:
    good = document.sign(KEY)
    flipped = bytes([good.payload[0] ^ 1]) + good.payload[1:]
    bad = [
        document.sign(OTHER),
        replace(document.sign(OTHER), key_id=KEY.public.key_id),
        replace(good, payload=flipped),
        replace(good, payload=good.payload + b"\x08"),
        replace(good, signature=good.signature[:-1]),
        replace(good, signature=b""),
        replace(good, key_id=""),
        *(stranger.sign(KEY) for stranger, _, _ in DOCUMENTS if stranger is not document),
    ]
    for signed in bad:
        assert reason_of(lambda signed=signed: verify(signed)) is reason


@pytest.mark.parametrize("grant", [GRANT, ASSETS])
def test_lifetime(grant: Any) -> None:
    def at(moment: datetime, **times: datetime) -> Reason:
        return reason_of(lambda: type(grant).verify(replace(grant, **times).sign(KEY), KEYS, moment))

    assert at(NOW + MAX_GRANT_AGE) is Reason.GRANT_EXPIRED
    assert at(NOW - timedelta(minutes=1)) is Reason.GRANT_INVALID
    assert at(NOW, expires_at=NOW + timedelta(minutes=5)) is Reason.GRANT_INVALID
    assert at(NOW, issued_at=NOW - timedelta(hours=2), expires_at=NOW + timedelta(seconds=1)) is Reason.GRANT_INVALID
    first = datetime(1, 1, 1, tzinfo=UTC)  # no time is before it
    assert at(NOW, issued_at=first, expires_at=first + timedelta(seconds=1)) is Reason.GRANT_EXPIRED


@every_document
@given(garbage=st.binary(max_size=200))
def test_signed_garbage_is_refused(document: Any, verify: Callable[[Signed], Any], reason: Reason, garbage: bytes) -> None:
    kinds = {"ExecutionGrant": "execution-grant", "AssetGrant": "asset-grant", "Attestation": "publish-attestation"}
    signed = Signed.make(f"application/vnd.alga.{kinds[type(document).__name__]}.v1", garbage, KEY)
    assert reason_of(lambda: verify(signed)) in {reason, Reason.GRANT_EXPIRED}
