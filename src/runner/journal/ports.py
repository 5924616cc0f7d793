"""What the journal's parts need of one another. None of these methods blocks or raises."""

from typing import Protocol

from runner.journal.event import Event, Execution


class Ear(Protocol):
    """Hears what happens in calls."""

    def heard(self, event: Event) -> None:
        """A line, or the end of a call."""
        ...

    def ended(self, execution: Execution) -> None:
        """The record of a call that is over."""
        ...
