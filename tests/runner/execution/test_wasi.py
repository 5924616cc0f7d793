"""Our own WASI in wasmtime: what is printed is captured, clocks and randomness work, files and sockets are absent or denied."""

import time

import pytest
from wasmtime import WasmtimeError

from registry.world import WASI
from runner.engine.failure import GuestReason
from runner.engine.wasi import INTERFACES
from runner.engine.wasi.io import MAX_WRITE
from runner.engine.wasi.random import MAX_RANDOM
from tests.runner.execution.wasi import STREAMS, Bench, imported, program

STREAM = {
    "stdin": ('$stdin "get-stdin"', "(result i32)"),
    "stdout": ('$stdout "get-stdout"', "(result i32)"),
    "stderr": ('$stderr "get-stderr"', "(result i32)"),
    "read": ('$streams "[method]input-stream.read"', "(param i32 i64 i32)"),
    "check": ('$streams "[method]output-stream.check-write"', "(param i32 i32)"),
    "write": ('$streams "[method]output-stream.write"', "(param i32 i32 i32 i32)"),
    "subscribe": ('$streams "[method]output-stream.subscribe"', "(param i32) (result i32)"),
    "splice": ('$streams "[method]output-stream.splice"', "(param i32 i32 i64 i32)"),
    "block": ('$poll "[method]pollable.block"', "(param i32)"),
}


def streams(body: str, version: str = "0.2.0") -> str:
    return program(STREAMS.replace("%v", version), STREAM, body)


def test_the_registry_lets_pass_what_there_is() -> None:
    assert {f"wasi:{package}/{name}" for package, names in WASI.items() for name in names} == {i.name for i in INTERFACES}
    assert not [i.name for i in INTERFACES if i.name.startswith("wasi:http")]


@pytest.mark.parametrize("version", ["0.2.0", "0.2.9", "0.2.12", "0.2.99"])
def test_all_versions_of_wasi_0_2_link(bench: Bench, version: str) -> None:
    assert bench.run(streams("(call $block (call $subscribe (call $stdout))) (i32.const 7)", version)) == 7


@pytest.mark.parametrize("version", ["0.1.0", "0.3.0", "1.0.0"])
def test_other_versions_do_not(bench: Bench, version: str) -> None:
    with pytest.raises(WasmtimeError, match="matching implementation was not found"):
        bench.run(streams("(i32.const 7)", version))


def test_what_is_printed_is_captured(bench: Bench) -> None:
    write = """
      (i32.store (i32.const 16) (i32.const 0x0a21646f)) (i32.store (i32.const 20) (i32.const 0x21))
      (call $write (call $stdout) (i32.const 16) (i32.const 5) (i32.const 64))
      (call $write (call $stderr) (i32.const 16) (i32.const 3) (i32.const 64))
      (call $check (call $stdout) (i32.const 64)) (i32.wrap_i64 (i64.load (i32.const 72)))"""
    assert bench.run(streams(write)) == MAX_WRITE
    assert bench.lines == [("stdout", "od!"), ("stdout", "!"), ("stderr", "od!")]


def test_writing_more_than_allowed_at_once(bench: Bench) -> None:
    write = f"(call $write (call $stdout) (i32.const 0) (i32.const {MAX_WRITE + 1}) (i32.const 64)) (i32.const 7)"
    assert bench.failure(streams(write)).reason is GuestReason.TRAPPED
    assert bench.lines == []


def test_standard_input_has_ended(bench: Bench) -> None:
    # The result is an error (1), and the error is the variant's second case, `closed`.
    read = """(call $read (call $stdin) (i64.const 100) (i32.const 64))
      (i32.add (i32.mul (i32.load8_u (i32.const 64)) (i32.const 10)) (i32.load8_u (i32.const 68)))"""
    assert bench.run(streams(read)) == 11


def test_a_function_that_nobody_needs_refuses_by_name(bench: Bench) -> None:
    failure = bench.failure(streams("(call $splice (call $stdout) (call $stdin) (i64.const 1) (i32.const 64)) (i32.const 7)"))
    assert failure.reason is GuestReason.TRAPPED
    assert "[method]output-stream.splice" in failure.log


def one(interface: str, function: str, kind: str, signature: str, body: str, types: str = "") -> str:
    """A component that calls one function as `$f`."""
    return program(imported(f"{interface}@0.2.0", {function: kind}, types), {"f": (f'$i "{function}"', signature)}, body)


ABSENT = "(call $f (i32.const 64)) (i32.load (i32.const 68))"  # the length of a list
NONE = "(call $f (i32.const 64)) (i32.load8_u (i32.const 64))"  # the case of an option


@pytest.mark.parametrize(
    ("interface", "function", "kind", "body"),
    [
        ("wasi:cli/environment", "get-environment", "(list (tuple string string))", ABSENT),
        ("wasi:cli/environment", "get-arguments", "(list string)", ABSENT),
        ("wasi:cli/environment", "initial-cwd", "(option string)", NONE),
        ("wasi:cli/terminal-stdin", "get-terminal-stdin", "(option string)", NONE),
        ("wasi:cli/terminal-stdout", "get-terminal-stdout", "(option string)", NONE),
        ("wasi:cli/terminal-stderr", "get-terminal-stderr", "(option string)", NONE),
        ("wasi:filesystem/preopens", "get-directories", "(list (tuple u32 string))", ABSENT),
    ],
)
def test_there_is_nothing_to_inherit(bench: Bench, interface: str, function: str, kind: str, body: str) -> None:
    assert (
        bench.run(one(interface, function, f"(result {kind})", "(param i32)", f"(i64.store (i32.const 64) (i64.const -1)) {body}"))
        == 0
    )


CODES = (
    *("unknown", "access-denied", "not-supported", "invalid-argument", "out-of-memory", "timeout", "concurrency-conflict"),
    *("not-in-progress", "would-block", "invalid-state", "new-socket-limit", "address-not-bindable", "address-in-use"),
    *("remote-unreachable", "connection-refused", "connection-reset", "connection-aborted", "datagram-too-large"),
    *("name-unresolvable", "temporary-resolver-failure", "permanent-resolver-failure"),
)


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_sockets_are_denied(bench: Bench, kind: str) -> None:
    types = f"""(type $codes (enum {" ".join(f'"{code}"' for code in CODES)})) (export "error-code" (type $code (eq $codes)))
      (type $families (enum "ipv4" "ipv6")) (export "ip-address-family" (type $family (eq $families)))"""
    body = "(call $f (i32.const 0) (i32.const 64)) (i32.add (i32.load8_u (i32.const 64)) (i32.load8_u (i32.const 68)))"
    result = '(param "address-family" $family) (result (result u32 (error $code)))'
    component = one(f"wasi:sockets/{kind}-create-socket", f"create-{kind}-socket", result, "(param i32 i32)", body, types)
    assert bench.run(component) == 1 + CODES.index("access-denied")


def test_names_are_not_looked_up(bench: Bench) -> None:
    codes = " ".join(f'"{code}"' for code in CODES)
    imports = f"""
      (import "wasi:sockets/network@0.2.0" (instance $network (export "network" (type (sub resource)))
        (type $codes (enum {codes})) (export "error-code" (type (eq $codes)))))
      (alias export $network "network" (type $net))
      (alias export $network "error-code" (type $code))
      (import "wasi:sockets/instance-network@0.2.0" (instance $mine
        (alias outer 1 $net (type $n)) (export "network" (type $own (eq $n)))
        (export "instance-network" (func (result (own $own))))))
      (import "wasi:sockets/ip-name-lookup@0.2.0" (instance $lookup
        (alias outer 1 $net (type $n)) (export "network" (type $own (eq $n)))
        (alias outer 1 $code (type $c)) (export "error-code" (type $why (eq $c)))
        (export "resolve-address-stream" (type $stream (sub resource)))
        (export "resolve-addresses"
          (func (param "network" (borrow $own)) (param "name" string) (result (result (own $stream) (error $why)))))))"""
    functions = {
        "mine": ('$mine "instance-network"', "(result i32)"),
        "resolve": ('$lookup "resolve-addresses"', "(param i32 i32 i32 i32)"),
    }
    body = """(call $resolve (call $mine) (i32.const 0) (i32.const 4) (i32.const 64))
      (i32.add (i32.mul (i32.load8_u (i32.const 64)) (i32.const 100)) (i32.load8_u (i32.const 68)))"""
    assert bench.run(program(imports, functions, body)) == 100 + CODES.index("access-denied")


RANDOM = ("wasi:random/random", "get-random-bytes", '(param "len" u64) (result (list u8))', "(param i64 i32)")


def test_randomness_is_of_the_call(bench: Bench) -> None:
    body = "(call $f (i64.const {size}) (i32.const 64)) (i32.load {offset} (i32.load (i32.const 64)))"
    component = bench.component(one(*RANDOM, body.replace("{size}", "256").replace("{offset}", "offset=252")))
    assert len({bench.run(component) for _ in range(5)}) > 1
    many = one(*RANDOM, f"(call $f (i64.const {MAX_RANDOM}) (i32.const 64)) (i32.load (i32.const 68))")
    assert bench.run(many) == MAX_RANDOM
    for size in (MAX_RANDOM + 1, -1):
        failure = bench.failure(one(*RANDOM, f"(call $f (i64.const {size}) (i32.const 64)) (i32.const 7)"))
        assert failure.reason is GuestReason.TRAPPED


@pytest.mark.parametrize(
    ("interface", "function"),
    [("wasi:random/random", "get-random-u64"), ("wasi:random/insecure", "get-insecure-random-u64")],
)
def test_random_numbers(bench: Bench, interface: str, function: str) -> None:
    component = bench.component(one(interface, function, "(result u64)", "(result i64)", "(i32.wrap_i64 (call $f))"))
    assert len({bench.run(component) for _ in range(5)}) > 1


def test_the_time_of_day(bench: Bench) -> None:
    types = """(type $d (record (field "seconds" u64) (field "nanoseconds" u32))) (export "datetime" (type $datetime (eq $d)))"""
    body = "(call $f (i32.const 64)) (i32.load (i32.const 64))"
    before = int(time.time())
    now = bench.run(one("wasi:clocks/wall-clock", "now", "(result $datetime)", "(param i32)", body, types))
    assert before <= now <= time.time()


def test_the_monotonic_clock_begins_with_the_call(bench: Bench) -> None:
    now = one("wasi:clocks/monotonic-clock", "now", "(result u64)", "(result i64)", "(i64.lt_u (call $f) (i64.const 5000000000))")
    assert bench.run(now) == 1


@pytest.mark.parametrize(("status", "code"), [(0, 0), (1, 1)])
def test_exit_ends_the_call_with_its_code(bench: Bench, status: int, code: int) -> None:
    component = one(
        "wasi:cli/exit", "exit", '(param "status" (result))', "(param i32)", f"(call $f (i32.const {status})) (i32.const 7)"
    )
    assert bench.failure(component).reason is GuestReason.TRAPPED
    assert bench.running.exit_code == code


@pytest.mark.parametrize(
    ("interface", "function", "kind", "signature", "call"),
    [
        (
            "wasi:clocks/monotonic-clock",
            "now",
            '(param "x" u64) (result u64)',
            "(param i64) (result i64)",
            "(call $f (i64.const 1))",
        ),
        ("wasi:clocks/monotonic-clock", "subscribe-instant", "(result u64)", "(result i64)", "(call $f)"),
        (
            "wasi:io/poll",
            "poll",
            '(param "in" (list u32)) (result u64)',
            "(param i32 i32) (result i64)",
            "(call $f (i32.const 8) (i32.const 1))",
        ),
        ("wasi:random/random", "get-random-u64", "", "", "(call $f) (i64.const 1)"),
    ],
)
def test_functions_of_another_shape_fail_and_harm_nothing(
    bench: Bench, interface: str, function: str, kind: str, signature: str, call: str
) -> None:
    failure = bench.failure(one(interface, function, kind, signature, f"(i32.wrap_i64 {call})"))
    assert failure.reason is GuestReason.NOT_RUNNABLE
    assert function in failure.log
