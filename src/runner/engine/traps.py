"""What a failed call means: wasmtime's words, the guest's last words and its memory, turned into a reason.

wasmtime tells most failures in text only, in the last line of an error. Out of memory is not among them: a guest's allocator
gets -1 and aborts with `unreachable`, like any failed assertion. So MEMORY_EXCEEDED rests on evidence: a memory near its
limit, or the last lines of the guest's stderr.
"""

import re
from typing import Final

from runner.engine.failure import MAX_LOG_TEXT, GuestFailed, GuestReason
from runner.engine.lane.text import CALL_MODULE, FULL, HOST_MODULE, REFUSED

# What the wrapper of a component refuses: the innermost function tells. A guest that names its own so accuses nobody but itself.
_INNERMOST: Final = r"[^\n]*wasm backtrace:\n +0: +0x[0-9a-f]+ - "
_BY_FUNCTION: Final = (
    (re.compile(rf"{_INNERMOST}{CALL_MODULE}!{FULL}\n"), GuestReason.RESPONSE_TOO_LARGE),
    (re.compile(rf"{_INNERMOST}{HOST_MODULE}!{FULL}\n"), GuestReason.TRAPPED),
    (re.compile(rf"{_INNERMOST}({CALL_MODULE}|{HOST_MODULE})!{REFUSED}\n"), GuestReason.MEMORY_EXCEEDED),
)
_BY_TEXT: Final = (
    (re.compile(r"wasm trap: interrupt"), GuestReason.TIMED_OUT),
    # Dynamic values over about 2.7 MiB from guest to host: the answer, or with a backtrace the arguments of a host function.
    (re.compile(r"wasm backtrace.*fuel allocated for hostcalls has been exhausted", re.DOTALL), GuestReason.TRAPPED),
    (re.compile(r"fuel allocated for hostcalls has been exhausted"), GuestReason.RESPONSE_TOO_LARGE),
    (re.compile(r"memory minimum size of \d+ pages exceeds memory limits"), GuestReason.MEMORY_EXCEEDED),
    (re.compile(r"component imports .*(but a matching implementation was not found|has the wrong type)"), GuestReason.NOT_RUNNABLE),
    (re.compile(r"matching implementation was not found in the linker"), GuestReason.NOT_RUNNABLE),
    (re.compile(r"type mismatch|expected \d+ (argument|result|parameter)"), GuestReason.NOT_RUNNABLE),
    (re.compile(r"resource limit exceeded|(instance|table|memory) count too high"), GuestReason.NOT_RUNNABLE),
)
_NO_SLOT: Final = re.compile(r"maximum concurrent .*limit of \d+ for .* reached")
_TOO_LARGE_TO_LOAD: Final = "memory has a minimum byte size"
_BACKTRACE: Final = "wasm backtrace:"
_UNREACHABLE: Final = "unreachable"
_LAST_WORDS: Final = re.compile(
    r"out of memory|memory allocation of \d+ bytes failed|\bMemoryError\b|allocation (size overflow|failed)|cannot allocate memory",
    re.IGNORECASE,
)


class PoolExhausted(Exception):  # noqa: N818 - says what is
    """More was taken from the pool than the limits of all its calls allow: this process has lost count, and must not go on."""


def of_loading(error: str) -> GuestFailed:
    """Why an artifact does not load: it is another engine's, or it has more than the pool's slots take."""
    reason = GuestReason.MEMORY_EXCEEDED if _TOO_LARGE_TO_LOAD in error else GuestReason.NOT_RUNNABLE
    return GuestFailed(reason, f"the artifact does not load: {error}")


def classify(
    error: str, *, exit_code: int | None, stderr: str, memory_near_limit: bool, told: GuestFailed | None = None
) -> GuestFailed:
    """The failure of a call.

    `error`: wasmtime's whole text; `stderr`: the end of what the guest printed; `told`: why a function of the host trapped it.
    Raises PoolExhausted.
    """
    if _NO_SLOT.match(error):  # at the very beginning, where no name of the guest's can stand
        raise PoolExhausted(error)
    log = "\n".join(part for part in (_shortened(error), f"stderr: {stderr}" if stderr else "") if part)
    if exit_code is not None:
        return GuestFailed(GuestReason.TRAPPED, f"the guest ended itself with exit code {exit_code}\n{log}")
    if told is not None:
        return GuestFailed(told.reason, f"{told.log}\n{log}")
    for pattern, reason in _BY_FUNCTION:
        if pattern.match(error):
            return GuestFailed(reason, log)
    cause = _cause(error)
    for pattern, reason in _BY_TEXT:
        if pattern.search(cause):
            return GuestFailed(reason, log)
    if _UNREACHABLE in cause and (memory_near_limit or _LAST_WORDS.search(stderr)):
        return GuestFailed(GuestReason.MEMORY_EXCEEDED, log)
    return GuestFailed(GuestReason.TRAPPED, log)


def may_be_memory(error: str) -> bool:
    """Whether looking at the guest's memory would tell more."""
    return _UNREACHABLE in _cause(error)


def _cause(error: str) -> str:
    """The text without the backtrace, in which guests name their functions as they like: "wasm trap: interrupt", say."""
    before, mark, rest = error.partition(_BACKTRACE)
    return before + mark + rest.rpartition("\n\nCaused by:\n")[2]


def _shortened(error: str) -> str:
    """The first line and the end: backtraces are long, and the cause comes last."""
    half = MAX_LOG_TEXT // 4
    return error if len(error) <= 2 * half else f"{error[:half]}\n...\n{error[-half:]}"
