"""How often somebody may do something: counted in this process, over a window that slides."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from kernel.errors import Fault, Reason

MAX_KEYS: Final = 10_000  # that are remembered; beyond it, those go whose window is over
_MINUTE: Final = timedelta(minutes=1)


class PerMinute:
    """At most `most` hits a minute for each key. `quota` names the limit to who exceeds it."""

    def __init__(self, quota: str, most: int, now: Callable[[], datetime]) -> None:
        self._quota, self._most, self._now = quota, most, now
        self._hits: dict[str, deque[datetime]] = {}

    def hit(self, key: str) -> None:
        """Count one, whether or not it will succeed. Raises QUOTA_EXCEEDED; what is refused is not counted."""
        now = self._now()
        if len(self._hits) >= MAX_KEYS:
            self._hits = {key: times for key, times in self._hits.items() if now - times[-1] < _MINUTE}
        times = self._hits.setdefault(key, deque(maxlen=self._most))
        if len(times) == self._most and now - times[0] < _MINUTE:
            raise Fault(Reason.QUOTA_EXCEEDED, facts={"quota": self._quota, "limit": self._most})
        times.append(now)
