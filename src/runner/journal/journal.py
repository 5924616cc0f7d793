"""The journal of all calls of a runner: who follows hears of them at once, the registry keeps them when they are over."""

from kernel.grants import ExecutionGrant
from runner.journal.entry import Entry
from runner.journal.event import Event, Execution
from runner.journal.hub import Hub
from runner.journal.outbox import Outbox
from runner.values import Call


class Journal:
    """Makes the entry of each call; `max_event_bytes` is the most of one line that is kept and told."""

    def __init__(self, hub: Hub, outbox: Outbox, max_event_bytes: int) -> None:
        self._hub = hub
        self._outbox = outbox
        self._max_event_bytes = max_event_bytes

    def begin(self, grant: ExecutionGrant, call: Call) -> Entry:
        """A call whose grant is verified."""
        return Entry(self, grant, call, self._max_event_bytes)

    def heard(self, event: Event) -> None:
        """See `Ear`."""
        self._hub.publish(event)

    def ended(self, execution: Execution) -> None:
        """See `Ear`."""
        self._outbox.put(execution)
