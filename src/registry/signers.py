"""Whose signatures count for a publisher: a policy over its keys, and nothing else.

A signer counts when 1 one of the publisher's keys vouches for it: its own, or an authority's above it; and 2 of all the publisher's
keys among its own and those above it, each one was valid at that moment, and 3 none is revoked, or not since then. For what the
registry signed for a publisher 1 is not asked: the publisher showed an API key, and can note the registry's key as revoked.
"""

from collections.abc import Sequence
from datetime import datetime

from kernel.errors import Fault, Reason
from kernel.trust import Signer
from registry.model import Publisher, PublisherKey


def check(
    publisher: Publisher | None, signers: Sequence[Signer], moment: datetime, *, attested: bool, by_registry: bool = False
) -> tuple[Signer, ...]:
    """The signers that count, at least one.

    `moment` is now for a new signature, and a revoked key makes none that counts; for an `attested` one it is the time when the
    registry attested it; `by_registry`: the registry signed for the publisher. Raises SIGNER_REVOKED, SIGNER_EXPIRED or
    SIGNER_UNTRUSTED: the first of them that is any signer's.
    """
    verdicts = {signer: _verdict(publisher, signer, moment, attested, by_registry) for signer in signers}
    counting = tuple(signer for signer, reason in verdicts.items() if reason is None)
    if not counting:
        worst = (Reason.SIGNER_REVOKED, Reason.SIGNER_EXPIRED, Reason.SIGNER_UNTRUSTED)
        reason = next((reason for reason in worst if reason in verdicts.values()), Reason.SIGNER_UNTRUSTED)
        key_ids = ", ".join(sorted({signer.key_id for signer in signers}))
        name = publisher.name if publisher else "nobody"
        raise Fault(reason, log=f"for {name} at {moment.isoformat()}: {key_ids}", facts={"key_ids": key_ids})
    return counting


def revoked(publisher: Publisher, signers: Sequence[Signer], attested_at: datetime) -> bool:
    """Whether none of the signers of what was attested then counts, at least one because it is revoked."""
    verdicts = {_verdict(publisher, signer, attested_at, attested=True) for signer in signers}
    return None not in verdicts and Reason.SIGNER_REVOKED in verdicts


def _verdict(
    publisher: Publisher | None, signer: Signer, moment: datetime, attested: bool, by_registry: bool = False
) -> Reason | None:
    known = [key for key_id in (signer.key_id, *signer.authorities) if publisher and (key := publisher.key(key_id))]
    if any(_revoked(key, moment, attested) for key in known):
        return Reason.SIGNER_REVOKED
    # A note of revocation has no PEM; an authority's own signature over a bundle is none of its certificates'.
    if by_registry:
        return None if publisher else Reason.SIGNER_UNTRUSTED
    if not any(key.public_key_pem and key.authority == (key.key_id != signer.key_id) for key in known):
        return Reason.SIGNER_UNTRUSTED
    if not all(_valid(key, moment) for key in known):
        return Reason.SIGNER_EXPIRED
    return None


def _revoked(key: PublisherKey, moment: datetime, attested: bool) -> bool:
    if key.revoked_at is None:
        return False
    return not (attested and key.compromised_since is not None and moment < key.compromised_since)


def _valid(key: PublisherKey, moment: datetime) -> bool:
    return (key.not_before is None or key.not_before <= moment) and (key.not_after is None or moment <= key.not_after)
