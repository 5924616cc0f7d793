"""What becomes known of one call: its lines as they come, and its end. Nothing here waits for anybody."""

import asyncio
import secrets
import time
from collections import Counter
from typing import Final

from kernel.errors import Blame, Fault, Reason
from kernel.grants import ExecutionGrant
from runner.caller import Spent
from runner.engine.lines import cut
from runner.journal.event import Ended, Event, Execution, Stream, Subject
from runner.journal.ports import Ear
from runner.values import Call, Usage

MAX_RECORD_BYTES: Final = 64 << 10  # of the lines that are kept with an execution
LINE_BYTES: Final = 32  # what a line costs of them beside its text: empty lines are not free
MAX_PATH_BYTES: Final = 512
MAX_FAILURES: Final = 64  # kinds of failed host calls that are told apart
# The gateway asks again with a new grant, and that is the execution; these ran nothing.
_NOT_BEGUN: Final = frozenset({Reason.GRANT_EXPIRED, Reason.GRANT_STALE})


class Entry:
    """The journal of one call. Neither headers nor bodies nor the URL's query come near it: secrets travel in them."""

    def __init__(self, ear: Ear, grant: ExecutionGrant, call: Call, max_event_bytes: int) -> None:
        self._ear = ear
        self._call = call
        self._max_event_bytes = max_event_bytes
        self._started_at, self._began = time.time(), time.monotonic()
        self._subject = Subject(
            tenant_id=grant.tenant_id,
            extension_id=grant.extension_id,
            install_id=grant.install_id,
            version_id=grant.version_id,
            content_hash=str(grant.content_hash),
            request_id=call.request_id,
        )
        self._lines: list[Event] = []
        self._size = 0
        self._lines_truncated = False
        self._failures: Counter[tuple[str, Reason]] = Counter()
        # Set when they are known: of a call that was lost with its executor only what its host calls spent is.
        self.begun = False  # the guest may have been handed the call
        self.usage: Usage | None = None
        self.spent = Spent()

    def line(self, level: str, stream: Stream, text: str, *, truncated: bool) -> None:
        """The guest logged or printed a line."""
        message = cut(text, self._max_event_bytes)
        event = Event(time.time(), level, stream, self._subject, message, truncated or message is not text)
        size = len(message.encode()) + LINE_BYTES
        if self._lines_truncated or self._size + size > MAX_RECORD_BYTES:
            self._lines_truncated = True  # what is kept is the beginning, without holes
        else:
            self._size += size
            self._lines.append(event)
        self._ear.heard(event)

    def host_failed(self, interface: str, reason: Reason) -> None:
        """A host call of the guest failed."""
        if (interface, reason) in self._failures or len(self._failures) < MAX_FAILURES:
            self._failures[interface, reason] += 1

    def answered(self, status: int) -> None:
        """The call is over, with an answer."""
        self._end_later(status, None)

    def failed(self, error: BaseException) -> None:
        """The call is over, without an answer."""
        reason = reason_of(error)
        if reason not in _NOT_BEGUN:
            self._end_later(0, reason)

    def _end_later(self, status: int, reason: Reason | None) -> None:
        """When the event loop has sent what the caller is about to hear: the record takes some 30 us."""
        duration_us = int((time.monotonic() - self._began) * 1e6)
        asyncio.get_running_loop().call_soon(self._end, status, reason, duration_us)

    def _end(self, status: int, reason: Reason | None, duration_us: int) -> None:
        usage = self.usage or Usage(egress_bytes=self.spent.egress_bytes, storage_bytes=self.spent.storage_bytes)
        ended = Ended(secrets.token_hex(16), status, reason, duration_us, usage)
        path = cut(self._call.http.url.partition("?")[0], MAX_PATH_BYTES)
        told = f"{self._call.http.method} {path} {reason.name if reason else status} in {duration_us / 1000:.1f} ms"
        message = cut(told, self._max_event_bytes)
        event = Event(time.time(), _level(ended), Stream.EXECUTION, self._subject, message, message is not told, ended)
        self._ear.heard(event)
        execution = Execution(
            subject=self._subject,
            trigger=self._call.trigger,
            method=self._call.http.method,
            path=path,
            started_at=self._started_at,
            ended=ended,
            host_failures=self._failures,
            lines=tuple(self._lines),
            lines_truncated=self._lines_truncated,
            size=self._size,
        )
        self._ear.ended(execution)


def reason_of(error: BaseException) -> Reason:
    """Why something failed."""
    match error:
        case Fault():
            return error.reason
        case asyncio.CancelledError():
            return Reason.CANCELLED
    return Reason.INTERNAL


def _level(ended: Ended) -> str:
    match ended.blame:
        case None:
            return "info"
        case Blame.CALLER:
            return "warn"
    return "error"
