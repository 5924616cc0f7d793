"""The stream of events: whose it is, what it says, what it costs, and when it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.handlers import debug
from gen.alga.common.v1 import errors_pb2
from gen.alga.runner.v1 import execute_service_pb2 as pb
from kernel.errors import Fault, Reason
from tests.gateway.conftest import ADMIN_A, EXTENSION, KEY_A, KEY_B, KEY_OPERATOR, Stack, Start, eventually
from tests.gateway.http import Got, connect, head, parse

STREAM = "/api/ext-debug/stream"


class Stream:
    """An open answer: its head, then blocks of the stream, chunk by chunk."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._text = b""

    async def head(self) -> Got:
        return parse(await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 20))

    async def block(self) -> dict[str, str]:
        """The fields of the next block; `comment` for one."""
        while b"\n\n" not in self._text:
            line = await asyncio.wait_for(self.reader.readline(), 20)
            if not line:
                raise ConnectionError
            size = int(line, 16)
            if size == 0:
                raise EOFError
            self._text += (await self.reader.readexactly(size + 2))[:-2]
        block, _, self._text = self._text.partition(b"\n\n")
        lines = (line.partition(": ") for line in block.decode().split("\n"))
        return {name or "comment": value for name, _, value in lines}


@asynccontextmanager
async def opened(stack: Stack, query: str = "", *fields: tuple[str, str], key: str = ADMIN_A) -> AsyncIterator[Stream]:
    reader, writer = await connect(stack.address)
    try:
        writer.write(head("GET", STREAM + query, ("x-api-key", key), *fields))
        yield Stream(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def following(stack: Stack, query: str = "", *fields: tuple[str, str], key: str = ADMIN_A) -> AsyncIterator[Stream]:
    """A stream that has begun."""
    async with opened(stack, query, *fields, key=key) as stream:
        got = await stream.head()
        assert got.status == 200
        assert await stream.block() == {"retry": "1000"}
        yield stream


async def refused(stack: Stack, query: str = "", key: str = ADMIN_A, method: str = "GET") -> Got:
    return await stack.ask(method, STREAM + query, *((("x-api-key", key),) if key else ()))


def event(text: str = "a line", number: int = 1, **changes: Any) -> pb.TailResponse:
    made = pb.TailEvent(id=f"12345678-{number}", level="warn", stream="log", tenant_id="tenant-a", message=text, **changes)
    made.at.FromJsonString("2026-03-01T12:00:00.5Z")
    return pb.TailResponse(event=made)


async def test_events_have_the_reference_systems_shape(stack: Stack) -> None:
    names = {"extension_id": "e", "install_id": "i", "request_id": "r", "version_id": "v", "content_hash": "sha256:0"}
    async with opened(stack) as stream:
        got = await stream.head()
        assert (got["content-type"], got["cache-control"], got["x-accel-buffering"]) == (
            "text/event-stream; charset=utf-8",
            "no-store",
            "no",
        )
        assert got.all("content-length") == []
        await stream.block()
        stack.runner.told.put_nowait(event(truncated=True, **names))
        block = await stream.block()
    assert list(block) == ["id", "data"]
    assert block["id"] == "12345678-1"
    assert json.loads(block["data"]) == {
        "ts": "2026-03-01T12:00:00.500Z",
        "level": "warn",
        "stream": "log",
        "tenantId": "tenant-a",
        "extensionId": "e",
        "installId": "i",
        "requestId": "r",
        "versionId": "v",
        "contentHash": "sha256:0",
        "message": "a line",
        "truncated": True,
    }


async def test_the_end_of_a_call_and_what_is_missing_are_told(stack: Stack) -> None:
    ended = pb.TailExecution(execution_id="x", reason=errors_pb2.ERROR_REASON_GUEST_TRAPPED, duration_us=1500)
    ended.usage.host_calls_by_interface["http"] = 2
    async with following(stack) as stream:
        stack.runner.told.put_nowait(event(execution=ended))
        told = json.loads((await stream.block())["data"])["execution"]
        assert (told["id"], told["status"], told["reason"], told["ms"]) == ("x", None, "guest_trapped", 1.5)
        assert told["usage"]["hostCalls"] == {"http": 2}
        for count, expected in ((7, 7), (0, None)):
            stack.runner.told.put_nowait(pb.TailResponse(dropped=pb.TailDropped(count=count)))
            assert await stream.block() == {"event": "dropped", "data": json.dumps({"dropped": expected})}


async def test_a_line_of_a_guest_forges_no_field_of_the_stream(stack: Stack) -> None:
    forged = 'x\n\nid: 12345678-99\ndata: {"level": "error"}\r\n\r\u2028'
    async with following(stack) as stream:
        stack.runner.told.put_nowait(event(forged))
        block = await stream.block()
        assert (block["id"], json.loads(block["data"])["message"]) == ("12345678-1", forged)


async def test_the_filters_reach_the_runner_and_the_tenant_is_the_callers(stack: Stack) -> None:
    query = f"?extensionId={EXTENSION}&installId=i-1&requestId=r-1&level=error&tail=7&tenantId=tenant-a"
    async with following(stack, query, ("last-event-id", "12345678-3"), ("x-alga-tenant", "tenant-a")):
        pass
    async with following(stack, "", ("last-event-id", "no such\tid")):
        pass
    first, second = stack.runner.tails
    assert first == pb.TailRequest(
        tenant_id="tenant-a",
        extension_id=f"id-{EXTENSION}",
        install_id="i-1",
        request_id="r-1",
        level="error",
        last=7,
        after="12345678-3",
    )
    assert second == pb.TailRequest(tenant_id="tenant-a", last=200)


@pytest.mark.parametrize(
    ("query", "key", "status", "code"),
    [
        ("", "", 401, "unauthenticated"),
        ("", KEY_A, 403, "forbidden"),
        ("", KEY_OPERATOR, 403, "forbidden"),
        ("?tenantId=tenant-b", ADMIN_A, 403, "tenant_mismatch"),
        ("?tenantId=tenant-a", KEY_B, 403, "tenant_mismatch"),
        ("?tenantId=", ADMIN_A, 403, "tenant_mismatch"),
        (f"?extensionId={EXTENSION}", KEY_B, 404, "extension_not_available"),
        ("?extensionId=com.acme.none", ADMIN_A, 404, "extension_not_available"),
        ("?extensionId=a%20b", ADMIN_A, 404, "extension_not_available"),
        ("?installId=a%20b", ADMIN_A, 400, "invalid_argument"),
        ("?requestId=", ADMIN_A, 400, "invalid_argument"),
        ("?level=loud", ADMIN_A, 400, "invalid_argument"),
        ("?seconds=0", ADMIN_A, 400, "invalid_argument"),
        ("?seconds=3601", ADMIN_A, 400, "invalid_argument"),
        ("?tail=2001", ADMIN_A, 400, "invalid_argument"),
        ("?tail=1&tail=1", ADMIN_A, 400, "invalid_argument"),
        ("?lastId=1", ADMIN_A, 400, "invalid_argument"),
    ],
)
async def test_who_may_not_or_asks_wrongly_opens_no_stream(stack: Stack, query: str, key: str, status: int, code: str) -> None:
    got = await refused(stack, query, key)
    assert (got.status, got.code) == (status, code)
    assert stack.runner.tails == []


async def test_forged_tenant_headers_are_refused(stack: Stack) -> None:
    async with opened(stack, "", ("x-alga-tenant", "tenant-b")) as stream:
        assert (await stream.head()).status == 403
    assert stack.runner.tails == []


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods(stack: Stack, method: str) -> None:
    got = await refused(stack, method=method)
    assert (got.status, got["allow"]) == (405, "GET")


async def test_streams_are_bounded_and_places_come_back(start: Start) -> None:
    async with start(max_streams=2, max_streams_per_tenant=1) as stack:
        async with following(stack):
            got = await refused(stack)
            assert (got.status, got.code, got["retry-after"]) == (503, "overloaded", "1")
            async with following(stack, key=KEY_B):
                assert (await refused(stack, key=KEY_B)).status == 503
            await eventually(lambda: stack.runner.tailing == 1)
        await eventually(lambda: stack.runner.tailing == 0)
        async with following(stack):
            pass


async def test_a_place_is_not_lost_to_refusals(start: Start) -> None:
    async with start(max_streams=1) as stack:
        for reason, status in ((Reason.OVERLOADED, 503), (Reason.INTERNAL, 500), (Reason.PERMISSION_DENIED, 500)):
            stack.runner.faults.append(Fault(reason))
            assert (await refused(stack)).status == status
        assert (await refused(stack, "?extensionId=com.acme.none")).status == 404
        async with following(stack):
            pass


async def test_silence_is_filled_with_comments(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debug, "HEARTBEAT_SECONDS", 0.01)
    async with following(stack) as stream:
        for _ in range(2):
            assert await stream.block() == {"comment": "nothing happens"}
        stack.runner.told.put_nowait(event())
        while (block := await stream.block()).get("comment"):
            pass
        assert block["id"] == "12345678-1"


async def test_a_client_that_goes_ends_its_stream_at_the_runner(stack: Stack) -> None:
    async with following(stack):
        await eventually(lambda: stack.runner.tailing == 1)
    await eventually(lambda: stack.runner.tailing == 0)


async def test_a_runner_that_ends_ends_the_stream_well_and_one_that_fails_cuts_it(stack: Stack) -> None:
    async with following(stack) as stream:
        stack.runner.told.put_nowait(None)
        with pytest.raises(EOFError):
            await stream.block()
    async with following(stack) as stream:
        stack.runner.told.put_nowait(Fault(Reason.UNAVAILABLE))
        with pytest.raises(ConnectionError):
            await stream.block()


async def test_a_client_that_does_not_read_loses_its_stream(start: Start) -> None:
    async with start(send_seconds=0.2) as stack, following(stack):
        for number in range(4_000):  # 32 MB: more than all buffers on the way take
            stack.runner.told.put_nowait(event("x" * 8192, number))
        await eventually(lambda: stack.runner.tailing == 0)


async def test_a_gateway_that_stops_does_not_wait_for_streams(start: Start) -> None:
    async with asyncio.timeout(30):
        async with start(drain_seconds=300) as stack:
            reader, writer = await connect(stack.address)
            writer.write(head("GET", STREAM, ("x-api-key", ADMIN_A)))
            stream = Stream(reader, writer)
            assert (await stream.head()).status == 200
            await stream.block()
        with pytest.raises(EOFError):
            await stream.block()
        writer.close()


async def test_a_stream_ends_after_the_time_that_was_told(stack: Stack) -> None:
    async with following(stack, "?seconds=1") as stream:
        stack.runner.told.put_nowait(event())
        assert (await stream.block())["id"] == "12345678-1"
        with pytest.raises(EOFError):
            await stream.block()
    await eventually(lambda: stack.runner.tailing == 0)
