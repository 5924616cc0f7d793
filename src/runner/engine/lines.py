"""How much of a log one call may fill. Executors keep to it, and their runner holds the same against those that do not."""

from typing import Final

# Of one call, logged and printed together, where nothing else is said.
DEFAULT_LINES: Final = 200
DEFAULT_BYTES: Final = 64 * 1024
MAX_LINE: Final = 8 * 1024  # bytes of one line
_CUT: Final = "... (cut)"


class Lines:
    """Takes a call's lines: at most `most` of at most `size` bytes of UTF-8 together. 0 = the default.

    Both sides of a lane count the same lines in the same way, so a runner knows what its executor may still send.
    """

    def __init__(self, most: int = 0, size: int = 0) -> None:
        self._most = most or DEFAULT_LINES
        self._size = size or DEFAULT_BYTES
        self._truncated = False
        self.cut = False  # whether the last line that was taken is not whole, or says that the rest is dropped
        self.lines = 0
        self.bytes = 0

    def take(self, text: str) -> str | None:
        """What is to be passed on: the line, cut where it is too long; once a note that the rest is dropped; then None."""
        if self._truncated:
            return None
        left = self._size - self.bytes
        if self.lines >= self._most or left <= 0:
            self._truncated = self.cut = True
            return f"truncated: a call may log {self._most} lines of {self._size} bytes together"
        line = cut(text, min(MAX_LINE, left))
        self.cut = line is not text
        self.lines += 1
        self.bytes += len(line.encode())
        return line


def cut(text: str, limit: int) -> str:
    """The text in at most `limit` bytes of UTF-8, cut between characters and marked as cut where there is room for that."""
    data = text[: limit + 1].encode("utf-8", "replace")  # a character is a byte at least
    if len(data) <= limit:
        return text
    mark = _CUT if limit > len(_CUT) else ""
    return data[: limit - len(mark)].decode("utf-8", "ignore") + mark
