"""What a guest prints: lines for its log, and its last words for ours."""

import codecs
from collections.abc import Callable
from typing import Final

TAIL: Final = 2048  # bytes of stderr that are kept to explain a failure
_PARTIAL: Final = 8 * 1024  # a line that never ends is cut here


class Output:
    """One stream of a guest. `write` is called on the thread that runs it; lines go to `emit` as they end."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit = emit
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._tail = b""

    def write(self, data: bytes) -> int:
        """Take what the guest printed; all of it is accepted, so that a guest cannot hang on a full pipe."""
        self._tail = (self._tail + data[-TAIL:])[-TAIL:]
        *lines, rest = (self._line + self._decoder.decode(data)).split("\n")
        while len(rest) > _PARTIAL:
            lines.append(rest[:_PARTIAL])
            rest = rest[_PARTIAL:]
        self._line = rest
        for line in lines:
            if line.strip():
                self._emit(line)
        return len(data)

    def finish(self) -> None:
        """Emit a last line that did not end."""
        if self._line.strip():
            self._emit(self._line)
        self._line = ""

    @property
    def tail(self) -> str:
        """The end of the stream."""
        return self._tail.decode("utf-8", "replace").strip()
