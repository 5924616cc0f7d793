"""What firing needs of the registry. All of it raises UNAVAILABLE when the registry does not answer."""

from typing import Protocol

from gateway.schedules.model import Occurrence, Outcome


class Board(Protocol):
    """Where what is due is found, taken and ended."""

    async def due(self, seconds: float) -> bool:
        """Whether something is due, as soon as it is, or after that many seconds. May be cancelled at any time."""

    async def claim(self, most: int) -> list[Occurrence]:
        """Take at most that many. What is taken and not completed is lost: not to be cancelled."""

    async def complete(self, occurrence_id: str, outcome: Outcome) -> None:
        """Tell how one ended. One that the registry does not know any more is no failure."""
