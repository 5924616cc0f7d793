"""What idempotency needs of the registry. All of it raises UNAVAILABLE when the registry does not answer."""

from typing import Protocol

from gateway.idempotency.model import Claim, Kept


class Keys(Protocol):
    """Knows which keys were used for what. What is asked twice changes nothing the second time."""

    async def claim(self, claim: Claim) -> Kept | None:
        """The first call's answer, as soon as there is one; None = the key is the caller's.

        Raises IDEMPOTENCY_CONFLICT, IDEMPOTENCY_IN_PROGRESS, OUTCOME_UNKNOWN, REPLAY_UNAVAILABLE, QUOTA_EXCEEDED,
        EXTENSION_NOT_AVAILABLE.
        """

    async def complete(self, claim: Claim, kept: Kept | None) -> None:
        """The call was answered, or, with None, nobody knows what became of it. A claim that is forgotten is no failure."""

    async def release(self, claim: Claim) -> None:
        """Nothing ran. A claim that is forgotten is no failure."""
