"""The pure rules: what an answer may be, what a trap means, how output and log lines are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.capabilities import INTERFACES as CAPABILITIES
from kernel.errors import Reason
from runner.engine.failure import MAX_LOG_TEXT, GuestFailed, GuestReason
from runner.engine.lines import DEFAULT_BYTES, DEFAULT_LINES, MAX_LINE, Lines, cut
from runner.engine.output import Output
from runner.engine.response import check_response
from runner.engine.ticker import TICK, ticks_for
from runner.engine.traps import PoolExhausted, classify, of_loading
from runner.host import INTERFACES

_AT = "error while executing at wasm backtrace:\n    0:    0x200 - <unknown>!f\n\nCaused by:\n    "
_UNREACHABLE = _AT + "wasm trap: wasm `unreachable` instruction executed"


def test_guest_reasons_are_the_platforms_own() -> None:
    guests = {r.name.removeprefix("GUEST_"): r.value for r in Reason if r.name.startswith("GUEST_")}
    assert {r.name: r.value for r in GuestReason} == guests | {"PAYLOAD_TOO_LARGE": Reason.PAYLOAD_TOO_LARGE}


def test_every_interface_asks_for_the_capability_that_opens_it() -> None:
    assert {i.name: i.capability for i in INTERFACES} == {name: cap for cap, names in CAPABILITIES.items() for name in names}


@pytest.mark.parametrize("status", [100, 200, 599])
def test_possible_statuses(status: int) -> None:
    check_response(status, [("x-a", "b\tc \u00e9")])


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (0, []),
        (99, []),
        (600, []),
        (65535, []),
        (200, [("a", "b")] * 129),
        (200, [("a", "b" * 65536)]),
        (200, [("a" * 40000, "b" * 40000)]),
        (200, [("", "b")]),
        (200, [("a b", "c")]),
        (200, [("a:", "c")]),
        (200, [("a\r\nb", "c")]),
        (200, [("\u00e9", "c")]),
        *((200, [("a", f"b{bad}c")]) for bad in "\r\n\0\x0b\x1b\x7f"),
        (200, [("a", "b\n")]),
        (200, [("a\n", "b")]),
    ],
)
def test_impossible_answers(status: int, headers: list[tuple[str, str]]) -> None:
    with pytest.raises(GuestFailed) as failed:
        check_response(status, headers)
    assert failed.value.reason is GuestReason.RESPONSE_INVALID
    assert failed.value.log


@pytest.mark.parametrize(
    ("text", "stderr", "near", "reason"),
    [
        (_AT + "wasm trap: interrupt", "", False, GuestReason.TIMED_OUT),
        (_AT + "wasm trap: interrupt", "out of memory", True, GuestReason.TIMED_OUT),
        (_UNREACHABLE, "", False, GuestReason.TRAPPED),
        (_UNREACHABLE, "", True, GuestReason.MEMORY_EXCEEDED),
        (_UNREACHABLE, "memory allocation of 65536 bytes failed", False, GuestReason.MEMORY_EXCEEDED),
        (_UNREACHABLE, "Traceback (most recent call last):\nMemoryError", False, GuestReason.MEMORY_EXCEEDED),
        (_UNREACHABLE, "TypeError: x is undefined", False, GuestReason.TRAPPED),
        (_AT + "wasm trap: call stack exhausted", "", True, GuestReason.TRAPPED),
        (_AT + "wasm trap: integer divide by zero", "", False, GuestReason.TRAPPED),
        (
            _AT + "memory fault at wasm address 0x7fffffff\n    wasm trap: out of bounds memory access",
            "",
            True,
            GuestReason.TRAPPED,
        ),
        ("string pointer/length out of bounds of memory", "", False, GuestReason.TRAPPED),
        ("wasm trap: cannot enter component instance", "", False, GuestReason.TRAPPED),
        (
            "too much data is being copied between the host and the guest: fuel allocated for hostcalls has been exhausted",
            "",
            False,
            GuestReason.RESPONSE_TOO_LARGE,
        ),
        (_AT + "too much data: fuel allocated for hostcalls has been exhausted", "", False, GuestReason.TRAPPED),
        ("memory minimum size of 400 pages exceeds memory limits", "", False, GuestReason.MEMORY_EXCEEDED),
        (
            "component imports instance `x:y/z`, but a matching implementation was not found in the linker",
            "",
            False,
            GuestReason.NOT_RUNNABLE,
        ),
        ("resource limit exceeded: instance count too high at 65", "", False, GuestReason.NOT_RUNNABLE),
    ],
)
def test_what_a_trap_means(text: str, stderr: str, near: bool, reason: GuestReason) -> None:
    failure = classify(text, exit_code=None, stderr=stderr, memory_near_limit=near)
    assert failure.reason is reason
    assert text.splitlines()[-1] in failure.log
    assert stderr in failure.log


def test_an_empty_pool_is_no_failure_of_a_guest_and_no_guest_can_feign_it() -> None:
    text = "maximum concurrent limit of 4 for memory stripe 0 reached"
    with pytest.raises(PoolExhausted):
        classify(text, exit_code=None, stderr="", memory_near_limit=False)
    feigned = classify(
        _AT.replace("f\n", f"{text}\n") + "wasm trap: integer divide by zero", exit_code=None, stderr=text, memory_near_limit=False
    )
    assert feigned.reason is GuestReason.TRAPPED


@pytest.mark.parametrize("name", ["wasm trap: interrupt", "resource limit exceeded", "x\n\nCaused by:\n    wasm trap: interrupt"])
def test_a_guest_cannot_choose_its_reason_by_the_name_of_a_function(name: str) -> None:
    text = _UNREACHABLE.replace("<unknown>!f", f"<unknown>!{name}")
    assert classify(text, exit_code=None, stderr="", memory_near_limit=False).reason is GuestReason.TRAPPED
    assert classify(text, exit_code=None, stderr="", memory_near_limit=True).reason is GuestReason.MEMORY_EXCEEDED


def test_an_artifact_that_asks_for_more_memory_than_there_is_exceeds_it() -> None:
    text = "module memory does not fit\n1: memory has a minimum byte size of 65536 which exceeds the limit of 0x8000 bytes"
    assert of_loading(text).reason is GuestReason.MEMORY_EXCEEDED
    assert of_loading("failed to load code for: other").reason is GuestReason.NOT_RUNNABLE


def test_an_exit_is_a_trap_with_its_code() -> None:
    failure = classify("Exited with i32 exit status 3", exit_code=3, stderr="bye", memory_near_limit=False)
    assert failure.reason is GuestReason.TRAPPED
    assert "exit code 3" in failure.log
    assert "bye" in failure.log


def test_log_text_is_bounded_and_keeps_the_cause() -> None:
    failure = classify(_AT + "x" * 100_000 + "\nwasm trap: interrupt", exit_code=None, stderr="", memory_near_limit=False)
    assert len(failure.log) <= MAX_LOG_TEXT
    assert failure.log.endswith("wasm trap: interrupt")


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_output_is_every_line_once(chunks: list[bytes]) -> None:
    lines: list[str] = []
    output = Output(lines.append)
    assert [output.write(chunk) for chunk in chunks] == [len(chunk) for chunk in chunks]
    output.finish()
    expected = b"".join(chunks).decode("utf-8", "replace").split("\n")
    # An unfinished character at the very end stays in the decoder.
    assert [line.rstrip("\ufffd") for line in lines if line.rstrip("\ufffd")] == [
        line.rstrip("\ufffd") for line in expected if line.strip() and line.rstrip("\ufffd")
    ]


def test_a_line_without_end_is_cut_and_the_tail_is_bounded() -> None:
    lines: list[str] = []
    output = Output(lines.append)
    for _ in range(100):
        output.write(b"x" * 1000)
    output.write(b"the end")
    assert max(map(len, lines)) <= 8192
    assert output.tail.endswith("the end")
    assert len(output.tail) <= 2048


@given(st.text(max_size=50), st.integers(0, 60))
def test_cutting_keeps_characters_whole(text: str, limit: int) -> None:
    result = cut(text, limit)
    assert len(result.encode("utf-8", "replace")) <= limit
    if len(text.encode("utf-8", "replace")) > limit > len("... (cut)"):
        assert result.endswith("... (cut)")


def test_lines_are_capped_in_number() -> None:
    lines = Lines()
    taken = [lines.take(f"{number}") for number in range(1000)]
    assert taken[:DEFAULT_LINES] == [f"{number}" for number in range(DEFAULT_LINES)]
    assert taken[DEFAULT_LINES] == f"truncated: a call may log {DEFAULT_LINES} lines of {DEFAULT_BYTES} bytes together"
    assert taken[DEFAULT_LINES + 1 :] == [None] * (1000 - DEFAULT_LINES - 1)
    assert lines.lines == DEFAULT_LINES


def test_lines_are_capped_in_size() -> None:
    lines = Lines()
    taken = [line for line in (lines.take("\u00e9" * 100_000) for _ in range(100)) if line is not None]
    assert max(len(line.encode()) for line in taken) <= MAX_LINE
    assert sum(len(line.encode()) for line in taken[:-1]) == lines.bytes <= DEFAULT_BYTES
    assert taken[-1].startswith("truncated: ")


@given(st.lists(st.text(max_size=40), max_size=30), st.integers(1, 20), st.integers(1, 100))
def test_a_runner_passes_on_all_lines_of_an_executor_that_keeps_to_the_limits(texts: list[str], most: int, size: int) -> None:
    executor, runner = Lines(most, size), Lines(most, size)
    sent = [line for line in map(executor.take, texts) if line is not None]
    assert [runner.take(line) for line in sent] == sent
    assert (runner.lines, runner.bytes) == (executor.lines, executor.bytes)


def test_a_deadline_is_never_early() -> None:
    assert ticks_for(0) == 1
    assert ticks_for(TICK * 10) * TICK > TICK * 10
