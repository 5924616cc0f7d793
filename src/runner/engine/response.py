"""The rules that a guest's answer must keep: what a stranger's code may put into an HTTP response."""

import re
from collections.abc import Sequence
from typing import Final

from runner.engine.failure import GuestFailed, GuestReason

MAX_HEADERS: Final = 128  # header floods
MAX_HEADER_BYTES: Final = 64 * 1024  # of all names and values together
_STATUS: Final = range(100, 600)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Response splitting (CR, LF), and what servers and proxies disagree about (NUL and other controls); tab is allowed.
_BAD_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_response(status: int, headers: Sequence[tuple[str, str]]) -> None:
    """Check an answer. Raises RESPONSE_INVALID with the broken rule."""
    if status not in _STATUS:
        raise _invalid(f"status {status} is not 100 to 599")
    if len(headers) > MAX_HEADERS:
        raise _invalid(f"{len(headers)} headers; at most {MAX_HEADERS} are allowed")
    if sum(len(name.encode()) + len(value.encode()) for name, value in headers) > MAX_HEADER_BYTES:
        raise _invalid(f"headers of more than {MAX_HEADER_BYTES} bytes")
    for name, value in headers:
        if not _NAME.fullmatch(name):
            raise _invalid(f"header name {name[:64]!r} is not a token")
        if _BAD_IN_VALUE.search(value):
            raise _invalid(f"the value of header {name[:64]!r} has a control character")


def _invalid(rule: str) -> GuestFailed:
    return GuestFailed(GuestReason.RESPONSE_INVALID, rule)
