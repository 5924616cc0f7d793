"""`tail`: events of a real platform as lines, and the reader of streams for whatever bytes come."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.events import Event, read
from tests.platform import Platform

from .conftest import Run


@pytest.fixture
def on(run: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALGA_EXT_DATA_DIR", str(platform.data_dir))
    return run


def test_what_was_and_what_comes_is_printed(on: Run, platform: Platform) -> None:
    path = platform.guest("log")
    name = path.removeprefix("/api/ext/")
    request = {"x-request-id": "tailed-1"}
    assert platform.call(f"{path}/run/tailed", headers=request).status == 200
    ran = on("tail", name, "--request", "tailed-1", "-n", "4")
    assert ran.code == 0
    lines = [line.split("  ") for line in ran.out.splitlines()]
    assert [line[1:5] for line in lines[:3]] == [
        ["info", "log", "tailed-1", "/run/tailed"],
        ["warn", "log", "tailed-1", "a warning"],
        ["error", "log", "tailed-1", "an error"],
    ]
    assert lines[3][4].startswith("GET /run/tailed 200 in ")
    told = [
        json.loads(line) for line in on("tail", "--request", "tailed-1", "--level", "warn", "-n", "2", "--json").out.splitlines()
    ]
    assert [one["message"] for one in told] == ["a warning", "an error"]
    with ThreadPoolExecutor() as pool:  # one more comes while it follows
        waiting = pool.submit(on, "tail", name, "--request", "tailed-2", "-n", "1", "--json")
        while not waiting.done():
            platform.call(f"{path}/run/live", headers={"x-request-id": "tailed-2"})
        assert json.loads(waiting.result().out)["message"] == "/run/live"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("com.example.nothing",), "extension_not_available"),
        (("--level", "loud"), "invalid_argument"),
        (("--request", "a b"), "invalid_argument"),
    ],
)
def test_a_refusal_is_told(on: Run, arguments: tuple[str, ...], reason: str) -> None:
    ran = on("tail", *arguments, "--json")
    assert (ran.code, ran.json["error"]["reason"]) == (1, reason)


def test_a_callers_key_is_not_enough(on: Run, platform: Platform) -> None:
    ran = on("tail", "--api-key-file", platform.data_dir / "keys" / "demo-caller.key", "--json")
    assert (ran.code, ran.json["error"]["reason"]) == (1, "forbidden")


def test_a_gateway_that_is_not_there_is_told(on: Run) -> None:
    assert on("tail", "--gateway", "http://127.0.0.1:1").code == 3


def test_blocks_are_read() -> None:
    text = b'retry: 1000\n\n: nothing happens\n\nid: a-1\ndata: {"x": 1}\n\n'
    text += b'event: dropped\ndata: {"dropped": 2}\n\nid: a-2\ndata: {"x": 3}\n'
    assert list(read(iter(text.splitlines(keepends=True)))) == [Event("a-1", {"x": 1}), Event("", {"dropped": 2})]


@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b"\n", b"data: {}\n", b"data: [1]\n", b"id: x\n", b": \n"]))))
def test_any_bytes_are_events_or_nothing(lines: list[bytes]) -> None:
    assert all(isinstance(event, Event) for event in read(iter(lines)))
