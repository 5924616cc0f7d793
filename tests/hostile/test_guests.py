"""Guests that trap, spin, sleep, grow and lie: each is told by its own reason, and the next call is right.

Time is bounded by the guest's own limit, half a second; no test waits for anything else.
"""

import pytest

from tests.hostile.calls import PREFIX, Gate

LIMITS = {"timeout_ms": 500, "memory_mb": 16, "response_bytes": 1 << 20}
# Guest -> status, and the codes that may be told: memory is best effort.
FAILURES = {
    "trap": (502, {"guest_trapped"}),
    "divide": (502, {"guest_trapped"}),
    "recurse": (502, {"guest_trapped"}),
    "trapstart": (502, {"guest_trapped"}),
    "badpointer": (502, {"guest_trapped"}),
    "badlength": (502, {"guest_trapped"}),
    "grow": (502, {"guest_trapped", "guest_memory_exceeded"}),
    "bigbody": (502, {"guest_response_too_large"}),
    "manyheaders": (502, {"guest_response_invalid"}),
    "spin": (504, {"guest_timed_out"}),
    "spinstart": (504, {"guest_timed_out"}),
    "wasisleep": (504, {"guest_timed_out"}),
}


def well(gate: Gate) -> None:
    """Another extension, in the same executors, answers as ever."""
    name = gate.deploy("well", "poison")
    assert gate.demo("GET", f"{PREFIX}{name}/run").status == 200


@pytest.mark.parametrize(("guest", "status", "codes"), [(guest, *row) for guest, row in FAILURES.items()], ids=FAILURES)
def test_a_guest_that_fails(gate: Gate, guest: str, status: int, codes: set[str]) -> None:
    name = gate.deploy(f"fails-{guest}", guest, limits=LIMITS)
    got = gate.demo("GET", f"{PREFIX}{name}/run")
    assert (got.status, got.code in codes) == (status, True), got.body
    assert got["content-type"] == "application/problem+json"
    assert set(got.json) == {"type", "title", "status", "code", "error", "detail"}
    well(gate)


@pytest.mark.parametrize("guest", ["spin", "spinstart", "wasisleep", "grow"])
def test_many_of_them_at_once_do_not_stop_others(gate: Gate, guest: str) -> None:
    name = gate.deploy(f"fails-{guest}", guest, limits=LIMITS)
    answers = gate.at_once([f"{PREFIX}{name}/run"] * 8 + [f"{PREFIX}{gate.deploy('well', 'poison')}/run"])
    assert answers[-1].status == 200
    assert {got.status for got in answers[:-1]} <= {FAILURES[guest][0], 503}


def says(status: int, count: int = 0, name: bytes = b"", value: bytes = b"") -> bytes:
    """What the guest `answer` is asked to answer."""
    return status.to_bytes(2, "little") + count.to_bytes(2, "little") + bytes([len(name)]) + name + value


def told(gate: Gate, body: bytes) -> tuple[int, str]:
    """Status and code of an answer, after which the same extension answers rightly."""
    path = f"{PREFIX}{gate.deploy('answer', 'answer', limits=LIMITS)}/run"
    got = gate.demo("POST", path, body=body)
    right = gate.demo("POST", path, body=says(202, 1, b"x-ext-a", b"b"))
    assert (right.status, right["x-ext-a"]) == (202, "b")
    return got.status, got.code if got.status >= 400 and got.body else ""


@pytest.mark.parametrize("status", [0, 1, 99, 100, 101, 199, 600, 999, 1000, 65535])
def test_statuses_that_are_none(gate: Gate, status: int) -> None:
    assert told(gate, says(status)) == (502, "guest_response_invalid")


@pytest.mark.parametrize("status", [200, 204, 299, 304, 404, 500, 599])
def test_statuses_that_are(gate: Gate, status: int) -> None:
    assert told(gate, says(status)) == (status, "")


@pytest.mark.parametrize(("count", "status"), [(128, 200), (129, 502), (10_000, 502), (65_535, 502)])
def test_numbers_of_headers(gate: Gate, count: int, status: int) -> None:
    assert told(gate, says(200, count, b"x-ext-a", b"1")) == (status, "guest_response_invalid" if status == 502 else "")


def test_headers_that_are_large_together(gate: Gate) -> None:
    assert told(gate, says(200, 100, b"x-ext-a", b"v" * 1000)) == (502, "guest_response_invalid")


NAMES = {
    "empty": b"",
    "a space": b"x-ext a",
    "a colon": b"x-ext:a",
    "a line": b"x-ext\r\nset-cookie",
    "a line feed": b"x-ext\na",
    "a zero": b"x-ext\0a",
    "beyond ASCII": "x-ext-\u00fc".encode(),
    "a control character": b"x-ext\x7fa",
}
VALUES = {
    "a line": b"a\r\nset-cookie: stolen=1",
    "a line feed": b"a\nb",
    "a carriage return": b"a\rb",
    "a zero": b"a\0b",
    "a control character": b"a\x1bb",
    "a delete": b"a\x7fb",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_of_headers_that_are_none(gate: Gate, name: bytes) -> None:
    assert told(gate, says(200, 1, name, b"v")) == (502, "guest_response_invalid")


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_values_of_headers_that_are_none(gate: Gate, value: bytes) -> None:
    assert told(gate, says(200, 1, b"x-ext-a", value)) == (502, "guest_response_invalid")


@pytest.mark.parametrize("header", [(b"x-ext-\xff", b"v"), (b"x-ext-a", b"\xed\xa0\x80"), (b"x-ext-a", b"\xc0\xaf")])
def test_text_that_is_no_utf8_is_no_answer(gate: Gate, header: tuple[bytes, bytes]) -> None:
    """The engine itself refuses to take it over."""
    assert told(gate, says(200, 1, *header)) == (502, "guest_trapped")


def test_nothing_of_a_failed_call_reaches_the_next(gate: Gate) -> None:
    name = gate.deploy("well", "poison")
    assert [gate.demo("GET", f"{PREFIX}{name}/run").status for _ in range(5)] == [200] * 5
