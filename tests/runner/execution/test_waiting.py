"""Waiting in our own WASI: it ends with the call, lets others run, and holds a bounded number of things to wait for."""

import threading
import time

import pytest

from runner.engine.failure import GuestReason
from runner.engine.wasi.running import MAX_RESOURCES
from tests.runner.execution.wasi import STREAMS, Bench, program

POLL = {
    "duration": ('$clock "subscribe-duration"', "(param i64) (result i32)"),
    "instant": ('$clock "subscribe-instant"', "(param i64) (result i32)"),
    "now": ('$clock "now"', "(result i64)"),
    "ready": ('$poll "[method]pollable.ready"', "(param i32) (result i32)"),
    "block": ('$poll "[method]pollable.block"', "(param i32)"),
    "poll": ('$poll "poll"', "(param i32 i32 i32)"),
}
HOUR = 3_600_000_000_000


def waits(body: str) -> str:
    return program(STREAMS.replace("%v", "0.2.0"), POLL, body, {"drop": "$pollable"})


@pytest.mark.parametrize(
    "wait",
    [
        "(call $block (call $duration (i64.const {hour})))",
        "(call $block (call $duration (i64.const -1)))",
        "(call $block (call $instant (i64.const -1)))",
        "(i32.store (i32.const 16) (call $duration (i64.const {hour}))) (call $poll (i32.const 16) (i32.const 1) (i32.const 64))",
        "(loop $again (call $block (call $duration (i64.const 1000000))) (br $again))",
    ],
)
def test_a_wait_ends_with_the_call(bench: Bench, wait: str) -> None:
    component = bench.component(waits(wait.replace("{hour}", str(HOUR)) + "(i32.const 7)"))
    began = time.monotonic()
    failure = bench.failure(component, seconds=0.1)
    assert failure.reason is GuestReason.TIMED_OUT
    assert "wasi:io/poll" in failure.log
    assert 0.09 < time.monotonic() - began < 2


def test_a_wait_lets_other_threads_run(bench: Bench) -> None:
    component = bench.component(waits(f"(call $block (call $duration (i64.const {HOUR}))) (i32.const 7)"))
    seen: list[GuestReason] = []
    thread = threading.Thread(target=lambda: seen.append(bench.failure(component, seconds=1.0).reason))
    thread.start()
    spins = 0
    while thread.is_alive():
        spins += 1
    assert seen == [GuestReason.TIMED_OUT]
    assert spins > 1000


def test_waiting_for_the_past_and_for_a_moment(bench: Bench) -> None:
    assert bench.run(waits("(call $block (call $duration (i64.const 0))) (call $ready (call $instant (i64.const 0)))")) == 1
    assert bench.run(waits(f"(call $ready (call $duration (i64.const {HOUR})))")) == 0
    slept = waits("(call $block (call $duration (i64.const 2000000))) (i64.ge_u (call $now) (i64.const 2000000))")
    assert bench.run(slept) == 1


def test_poll_tells_which_are_ready(bench: Bench) -> None:
    # Of [in an hour, now, in 1 ms, now] the second and the fourth: a list of two at the returned address.
    poll = f"""
      (i32.store (i32.const 16) (call $duration (i64.const {HOUR})))
      (i32.store (i32.const 20) (call $instant (i64.const 0)))
      (i32.store (i32.const 24) (call $duration (i64.const {HOUR})))
      (i32.store (i32.const 28) (call $instant (i64.const 0)))
      (call $poll (i32.const 16) (i32.const 4) (i32.const 64))
      (local.set $a (i32.load (i32.const 64)))
      (i32.add
        (i32.mul (i32.load (i32.const 68)) (i32.const 100))
        (i32.add (i32.mul (i32.load (local.get $a)) (i32.const 10)) (i32.load offset=4 (local.get $a))))"""
    assert bench.run(waits(poll)) == 213


def test_a_poll_of_nothing(bench: Bench) -> None:
    failure = bench.failure(waits("(call $poll (i32.const 16) (i32.const 0) (i32.const 64)) (i32.const 7)"))
    assert failure.reason is GuestReason.TRAPPED


MANY = """
(local.set $a (i32.const 100000))
(loop $more
  (local.set $b (call $duration (i64.const 0)))
  {then}
  (br_if $more (local.tee $a (i32.sub (local.get $a) (i32.const 1)))))
(i32.const 7)
"""


def test_resources_are_bounded_in_number(bench: Bench) -> None:
    failure = bench.failure(waits(MANY.replace("{then}", "")))
    assert failure.reason is GuestReason.TRAPPED
    assert str(MAX_RESOURCES) in failure.log


def test_dropped_resources_do_not_count(bench: Bench) -> None:
    component = waits(MANY.replace("{then}", "(call $drop (local.get $b))").replace("100000", str(3 * MAX_RESOURCES)))
    assert bench.run(component) == 7
