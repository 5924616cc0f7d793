"""How a guest fails: the reasons that belong to guests, and the one exception that carries them.

They are a copy of a part of `kernel.errors.Reason`, because that module imports gRPC, which an executor has no use for; a
test compares them.
"""

from enum import IntEnum
from typing import Final

MAX_LOG_TEXT: Final = 4096  # characters of engine text and stderr that go into a log


class GuestReason(IntEnum):
    """Why a guest did not answer: values of `alga.common.v1.ErrorReason`."""

    PAYLOAD_TOO_LARGE = 6
    TRAPPED = 80
    TIMED_OUT = 81
    MEMORY_EXCEEDED = 82
    RESPONSE_INVALID = 83
    RESPONSE_TOO_LARGE = 84
    NOT_RUNNABLE = 85


class GuestFailed(Exception):  # noqa: N818 - named like the reasons
    """A guest that did not answer. `log` is internal text: the engine's words and the end of the guest's stderr."""

    def __init__(self, reason: GuestReason, log: str) -> None:
        super().__init__(reason, log)
        self.reason = reason
        self.log = log[:MAX_LOG_TEXT]
