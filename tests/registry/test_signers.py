"""The policy table: whose signatures count for a publisher, at which moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kernel.errors import Fault, Reason
from kernel.trust import Signer
from registry import signers
from registry.model import Publisher, PublisherKey

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PLAIN = PublisherKey("plain", "pem", NOW)
ROOT = PublisherKey("root", "pem", NOW, authority=True)
NOTE = PublisherKey("leaf", "", NOW, revoked_at=NOW)
ALONE, BELOW = Signer("plain"), Signer("leaf", ("middle", "root"))
UNTRUSTED, EXPIRED, REVOKED = Reason.SIGNER_UNTRUSTED, Reason.SIGNER_EXPIRED, Reason.SIGNER_REVOKED


def verdict(keys: tuple[PublisherKey, ...], *of: Signer, attested: bool = False, at: datetime = NOW) -> Reason | tuple[Signer, ...]:
    try:
        return signers.check(Publisher("p", "acme", NOW, keys), of, at, attested=attested)
    except Fault as fault:
        assert set(fault.facts["key_ids"].split(", ")) == {signer.key_id for signer in of}
        return fault.reason


@pytest.mark.parametrize("attested", [False, True])
@pytest.mark.parametrize(
    ("keys", "signer", "expected"),
    [
        ((PLAIN,), ALONE, None),
        ((ROOT,), BELOW, None),
        ((replace(ROOT, key_id="middle"),), BELOW, None),
        ((replace(PLAIN, key_id="leaf"),), BELOW, None),
        ((PLAIN, ROOT), BELOW, None),
        ((), ALONE, UNTRUSTED),
        ((ROOT,), ALONE, UNTRUSTED),
        ((PLAIN,), BELOW, UNTRUSTED),
        # An authority signs no bundle itself, and a plain key vouches for none below it.
        ((replace(ROOT, key_id="plain"),), ALONE, UNTRUSTED),
        ((replace(PLAIN, key_id="root"),), BELOW, UNTRUSTED),
        ((replace(PLAIN, key_id="middle"),), BELOW, UNTRUSTED),
        ((replace(ROOT, key_id="leaf"),), BELOW, UNTRUSTED),
        # Each bound belongs to the time between them.
        ((replace(PLAIN, not_before=NOW, not_after=NOW),), ALONE, None),
        ((replace(PLAIN, not_before=NOW + DAY),), ALONE, EXPIRED),
        ((replace(PLAIN, not_after=NOW - DAY),), ALONE, EXPIRED),
        ((replace(ROOT, not_after=NOW - DAY),), BELOW, EXPIRED),
        # A key that was retired counts no more, whoever else vouches for it.
        ((ROOT, replace(PLAIN, key_id="leaf", not_after=NOW - DAY)), BELOW, EXPIRED),
        ((ROOT, replace(ROOT, key_id="middle", not_after=NOW - DAY)), BELOW, EXPIRED),
        # Without a time since when it is compromised, a revoked key stops all that it ever signed.
        ((replace(PLAIN, revoked_at=NOW + DAY),), ALONE, REVOKED),
        ((replace(PLAIN, revoked_at=NOW - DAY, not_after=NOW - DAY),), ALONE, REVOKED),
        ((replace(ROOT, revoked_at=NOW),), BELOW, REVOKED),
        ((ROOT, NOTE), BELOW, REVOKED),
        ((ROOT, replace(NOTE, key_id="middle")), BELOW, REVOKED),
        ((replace(NOTE, key_id="plain"),), ALONE, REVOKED),
        ((ROOT, replace(NOTE, key_id="stranger")), BELOW, None),
        # At the time itself it is compromised.
        ((replace(PLAIN, revoked_at=NOW, compromised_since=NOW),), ALONE, REVOKED),
        ((replace(PLAIN, revoked_at=NOW, compromised_since=NOW - DAY),), ALONE, REVOKED),
        # A note about a key vouches for nothing.
        ((replace(NOTE, key_id="plain", revoked_at=None),), ALONE, UNTRUSTED),
    ],
)
def test_one_signer(keys: tuple[PublisherKey, ...], signer: Signer, expected: Reason | None, attested: bool) -> None:
    assert verdict(keys, signer, attested=attested) == (expected or (signer,))


@pytest.mark.parametrize(
    ("keys", "signer"),
    [
        ((replace(PLAIN, revoked_at=NOW, compromised_since=NOW + DAY),), ALONE),
        ((replace(ROOT, revoked_at=NOW, compromised_since=NOW + DAY),), BELOW),
        ((ROOT, replace(NOTE, compromised_since=NOW + DAY)), BELOW),
    ],
)
def test_what_was_attested_before_a_key_was_compromised_goes_on(keys: tuple[PublisherKey, ...], signer: Signer) -> None:
    assert verdict(keys, signer, attested=True) == (signer,)
    assert not signers.revoked(Publisher("p", "acme", NOW, keys), [signer], NOW)
    # A new signature by a revoked key counts at no time.
    assert verdict(keys, signer, attested=False) is REVOKED


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((PLAIN, ROOT), (ALONE, BELOW)),
        ((PLAIN, replace(ROOT, revoked_at=NOW)), (ALONE,)),
        ((replace(PLAIN, not_after=NOW - DAY), ROOT), (BELOW,)),
        ((replace(PLAIN, not_after=NOW - DAY), replace(ROOT, revoked_at=NOW)), REVOKED),
        ((replace(PLAIN, not_after=NOW - DAY),), EXPIRED),
        ((), UNTRUSTED),
    ],
)
def test_one_of_several_signers_is_enough(keys: tuple[PublisherKey, ...], expected: object) -> None:
    assert verdict(keys, ALONE, BELOW) == expected
    assert verdict(keys, BELOW, ALONE) == (expected if isinstance(expected, Reason) else tuple(reversed(expected)))  # type: ignore[call-overload]


def test_a_publisher_that_does_not_exist_has_no_signers() -> None:
    with pytest.raises(Fault) as caught:
        signers.check(None, [ALONE], NOW, attested=False)
    assert caught.value.reason is UNTRUSTED


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((PLAIN, replace(ROOT, revoked_at=NOW)), False),
        ((replace(PLAIN, revoked_at=NOW), replace(ROOT, revoked_at=NOW)), True),
        # What does not count for another reason than a revocation is not revoked.
        ((replace(PLAIN, not_after=NOW - DAY), replace(ROOT, revoked_at=NOW)), True),
        ((replace(PLAIN, not_after=NOW - DAY),), False),
        ((), False),
    ],
)
def test_what_a_revocation_stops(keys: tuple[PublisherKey, ...], expected: bool) -> None:
    assert signers.revoked(Publisher("p", "acme", NOW, keys), [ALONE, BELOW], NOW) is expected
