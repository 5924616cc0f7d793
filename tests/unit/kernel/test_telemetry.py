"""A line that is told later looks like every other line."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest

from kernel import telemetry


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(telemetry.sys, "stderr", stream)
    root.handlers.clear()
    telemetry.configure("runner", "info")
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


async def test_it_has_the_same_fields(lines: io.StringIO) -> None:
    log, fields = logging.getLogger("some.where"), {"status": 200, "tenant": "demo"}
    telemetry.request_id.set("r-1")
    log.info("executed", extra=fields)
    telemetry.info_later(log, "executed", fields)
    telemetry.request_id.set("r-2")  # of somebody else, in the meantime
    await asyncio.sleep(0)
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert list(first) == list(second)
    assert first.pop("ts") <= second.pop("ts")
    assert first == second


async def test_a_level_above_keeps_it_back(lines: io.StringIO) -> None:
    logging.getLogger().setLevel("WARNING")
    telemetry.info_later(logging.getLogger("some.where"), "executed", {})
    await asyncio.sleep(0)
    assert lines.getvalue() == ""


async def test_others_who_listen_hear_it(lines: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger().addHandler(caplog.handler)
    telemetry.info_later(logging.getLogger("some.where"), "executed", {"status": 200})
    await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records] == ["executed"]
    assert json.loads(lines.getvalue())["status"] == 200


async def test_lines_of_one_turn_go_out_in_order_each_with_its_own_request(lines: io.StringIO) -> None:
    log = logging.getLogger("some.where")
    for number in range(3):
        telemetry.request_id.set(f"r-{number}")
        telemetry.info_later(log, "request", {"number": number})
    assert lines.getvalue() == ""
    await asyncio.sleep(0)
    telemetry.info_later(log, "request", {"number": 3})
    await asyncio.sleep(0)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(one["request_id"], one["number"]) for one in told] == [("r-0", 0), ("r-1", 1), ("r-2", 2), ("r-2", 3)]
