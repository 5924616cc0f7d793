"""Wakes the watchers of this process when the change log grew, and ends them when it stops."""

import asyncio


class Bell:
    """Rung after each commit that wrote changes. What changed is in the log: a ring that nobody waits for is not lost."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.closed = False

    def ring(self) -> None:
        """Wake everybody who waits."""
        self._rung.set()
        self._rung = asyncio.Event()

    def close(self) -> None:
        """The process drains: watches end."""
        self.closed = True
        self.ring()

    def rung(self) -> asyncio.Event:
        """Set by the next ring. Ask before reading the log, or a change between reading and waiting is missed."""
        return self._rung
