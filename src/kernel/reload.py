"""Files of trusted keys that are read again while the process runs: `Live` holds what such a file says now.

What changed holds 5 s later at the latest: a poll finds it, and the next one, soon after, that it is not being written any more.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from kernel import files
from kernel.errors import Fault

RELOAD_SECONDS: Final = 2.0
MAX_RELOAD_SECONDS: Final = 4.0  # the bound above is stated to operators
SETTLE_SECONDS: Final = 0.2  # a file that is written in place is whole when it stays the same for so long
_log = logging.getLogger(__name__)

T = TypeVar("T")


class Live(Generic[T]):
    """The value of a setting that is a path, as the file is now, or that is PEM text itself, which never changes.

    Contents are compared, since a file that is replaced within one tick of the clock can have the same time and size; and the path
    is followed anew each time, so a symbolic link may be turned to another file.
    """

    def __init__(
        self,
        source: Path | str,
        setting: str,
        parse: Callable[[bytes, str], T],
        *,
        seconds: float = RELOAD_SECONDS,
        read: Callable[[Path | str, str], bytes] = files.pem,
    ) -> None:
        """Read at once; again every `seconds` while `follow` runs. Raises INVALID_ARGUMENT that names the setting.

        `parse` gets the bytes and the setting's name, and raises Fault.
        """
        self._source, self._setting, self._parse, self._seconds, self._read = source, setting, parse, seconds, read
        self._judged = read(source, setting)
        self._value = parse(self._judged, setting)
        self._pending: bytes | None = None
        self._readable = True

    def get(self) -> T:
        """The value; the same object until the file changes."""
        return self._value

    async def follow(self) -> None:
        """Read again, until cancelled; ends at once for text that is no path."""
        while not files.is_pem(self._source):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(SETTLE_SECONDS if await self.poll() else self._seconds)

    async def poll(self) -> bool:
        """Read once; answers whether to look again soon. What is no good keeps the value, and is told once."""
        try:
            content = await asyncio.to_thread(self._read, self._source, self._setting)
        except Fault as fault:
            if self._readable:
                self._tell(fault)
            self._readable = False
            return False
        self._readable = True
        if content == self._judged:
            self._pending = None
            return False
        if content != self._pending:
            self._pending = content
            return True
        self._judged, self._pending = content, None
        try:
            self._value = await asyncio.to_thread(self._parse, content, self._setting)
        except Fault as fault:
            self._tell(fault)
        else:
            _log.info("took what a changed file says", extra={"setting": self._setting})
        return False

    def _tell(self, fault: Fault) -> None:
        extra = {"setting": self._setting, "why": str(fault)}
        _log.error("a changed file is no good; what it said before goes on", extra=extra)
