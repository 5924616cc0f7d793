"""The hostile corpus: every way we know in which a guest can misbehave, and how each must end.

Guests that other tests use too lie in the folder above; here are those that only attack.
"""

from dataclasses import dataclass
from typing import Final

from kernel.errors import Reason

TRAPPED: Final = frozenset({Reason.GUEST_TRAPPED})
TIMED_OUT: Final = frozenset({Reason.GUEST_TIMED_OUT})
INVALID: Final = frozenset({Reason.GUEST_RESPONSE_INVALID})
NOT_RUNNABLE: Final = frozenset({Reason.GUEST_NOT_RUNNABLE})
MEMORY: Final = frozenset({Reason.GUEST_TRAPPED, Reason.GUEST_MEMORY_EXCEEDED})  # best effort


@dataclass(frozen=True, slots=True)
class Attack:
    """A guest, what it is asked, and the reasons of which it must be told one; `words` are in the log beside it."""

    guest: str
    reasons: frozenset[Reason]
    words: str = ""
    body: bytes | None = None
    ms: int = 10_000


def says(status: int, name: bytes = b"", value: bytes = b"") -> bytes:
    """What the guest `answer` is asked to answer."""
    return status.to_bytes(2, "little") + int(bool(name)).to_bytes(2, "little") + bytes([len(name)]) + name + value


ATTACKS: Final = {
    "spin": Attack("spin", TIMED_OUT, ms=100),
    "spin while it starts": Attack("spinstart", TIMED_OUT, ms=100),
    "spin between host calls": Attack("hostile/hostspin", TIMED_OUT, ms=100),
    "sleep": Attack("wasisleep", TIMED_OUT, ms=100),
    "poll forever": Attack("hostile/pollforever", TIMED_OUT, ms=100),
    "grow step by step": Attack("grow", MEMORY, "unreachable"),
    "many memories": Attack("hostile/memories", NOT_RUNNABLE, "memory count too high"),
    "many tables": Attack("hostile/tables", NOT_RUNNABLE, "tables count of 17 exceeds"),
    "many instances": Attack("hostile/instances", NOT_RUNNABLE, "instance count too high"),
    "a table that grows": Attack("hostile/tablegrow", TRAPPED, "unreachable"),
    "recurse": Attack("recurse", TRAPPED, "call stack exhausted"),
    "a huge answer": Attack("bigbody", frozenset({Reason.GUEST_RESPONSE_TOO_LARGE})),
    "an answer of 2 GiB": Attack("badlength", TRAPPED),
    "an answer nowhere": Attack("badpointer", TRAPPED),
    "10,000 headers": Attack("manyheaders", INVALID, "headers"),
    "headers of 70 KB": Attack("answer", INVALID, "headers of more than 65536 bytes", says(200, b"x-ext-a", b"v" * 70_000)),
    "a second header in a value": Attack("badheader", INVALID, "control character"),
    "no UTF-8": Attack("answer", TRAPPED, "invalid utf", says(200, b"x-ext-\xff", b"v")),
    "status 0": Attack("answer", INVALID, "status 0", says(0)),
    "status 65535": Attack("answer", INVALID, "status 65535", says(65535)),
    "trap": Attack("trap", TRAPPED, "unreachable"),
    "trap while it starts": Attack("trapstart", TRAPPED, "unreachable"),
    "trap in realloc": Attack("hostile/badrealloc", TRAPPED, "unreachable", b"body"),
    "a name that says otherwise": Attack("hostile/names", TRAPPED, "unreachable"),
    "divide by zero": Attack("divide", TRAPPED, "divide by zero"),
    "log flood": Attack("hostile/logflood", TRAPPED, "bytes in host calls"),
    "host-call flood": Attack("hostile/hostflood", TRAPPED, "more than 10000 host calls"),
    "a string of 8 MiB and more": Attack("hostile/hugestring", TRAPPED, "more values or bytes"),
    "stdout flood": Attack("hostile/stdoutflood", TIMED_OUT, ms=100),
    "exit": Attack("hostile/exit", TRAPPED, "exit code 1"),
}
