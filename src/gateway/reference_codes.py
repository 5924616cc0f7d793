"""The reference system's codes: what the `error` member of a problem says, for clients that were written for it.

It has few; each of our own reasons that it has no word for says its own code there as well.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from kernel.errors import TABLE, Fault, Reason

_R: Final = Reason
_CODES: Final[Mapping[Reason, str]] = {
    **dict.fromkeys((_R.EXTENSION_DISABLED, _R.EXTENSION_REVOKED), "extension_not_available"),
    _R.METHOD_NOT_ALLOWED: "endpoint_not_found",
    **dict.fromkeys((_R.RATE_LIMITED, _R.QUOTA_EXCEEDED), "rate_limited"),
    **dict.fromkeys((_R.UNAVAILABLE, _R.OVERLOADED), "access_policy_unavailable"),
    **dict.fromkeys((_R.EXECUTOR_LOST, _R.DEADLINE_EXCEEDED, _R.GUEST_TIMED_OUT), "bad_gateway"),
}


def reference_code(reason: Reason) -> str:
    """The code; every 502 is a bad gateway there."""
    return "bad_gateway" if TABLE[reason].http == HTTPStatus.BAD_GATEWAY else _CODES.get(reason, Fault.row_code(reason))
