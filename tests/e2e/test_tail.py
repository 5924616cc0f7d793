"""The stream of events of a whole platform: a tenant's own, as they happen, whatever else runs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests import guests
from tests.gateway.http import connect, head, parse
from tests.gateway.test_debug import STREAM, Stream
from tests.guests.bundles import bundle_files
from tests.platform import Platform


@asynccontextmanager
async def following(platform: Platform, key: str, query: str = "?tail=0") -> AsyncIterator[Stream]:
    reader, writer = await connect(platform.gateway.removeprefix("http://"))
    try:
        writer.write(head("GET", STREAM + query, ("x-api-key", key)))
        stream = Stream(reader, writer)
        assert parse(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).status == 200
        assert await stream.block() == {"retry": "1000"}
        yield stream
    finally:
        writer.close()


async def until(stream: Stream, request_id: str) -> list[dict[str, Any]]:
    """All events up to the end of a call."""
    found: list[dict[str, Any]] = []
    while not found or (found[-1].get("requestId"), found[-1].get("stream")) != (request_id, "execution"):
        block = await stream.block()
        if "data" in block:
            found.append(json.loads(block["data"]) | {"id": block.get("id")})
    return found


async def call(platform: Platform, path: str, request_id: str, key: str) -> int:
    headers = {"x-request-id": request_id}
    return (await asyncio.to_thread(platform.call, path, key=key, headers=headers)).status


async def test_tenants_follow_their_own_extensions_alone(platform: Platform) -> None:
    path = platform.guest("log")
    platform.guest("log", tenant="other")
    async with (
        following(platform, platform.key("demo-admin.key")) as demo,
        following(platform, platform.admin("other")) as other,
    ):
        assert await call(platform, f"{path}/run/mine", "seen-demo", platform.key("demo-caller.key")) == 200
        assert await call(platform, f"{path}/run/theirs", "seen-other", platform.caller("other")) == 200
        mine, theirs = await until(demo, "seen-demo"), await until(other, "seen-other")
    assert {one["tenantId"] for one in mine} == {"demo"}
    assert {one["tenantId"] for one in theirs} == {"other"}
    assert [one["message"] for one in theirs[:3]] == ["/run/theirs", "a warning", "an error"]
    assert (theirs[-1]["execution"]["status"], theirs[-1]["execution"]["reason"]) == (200, None)
    # A stream that broke goes on behind the last event that its reader has.
    query = "?requestId=seen-other"
    reader, writer = await connect(platform.gateway.removeprefix("http://"))
    fields = (("x-api-key", platform.admin("other")), ("last-event-id", theirs[1]["id"]))
    writer.write(head("GET", STREAM + query, *fields))
    stream = Stream(reader, writer)
    await stream.head()
    assert [one["id"] for one in await until(stream, "seen-other")] == [one["id"] for one in theirs[2:]]
    writer.close()


async def test_a_flood_comes_cut_and_marked(platform: Platform) -> None:
    limits = {"timeout_ms": 500, "log_lines": 3}
    files = bundle_files("com.example.tail-logflood", guests.component("hostile/logflood"), limits=limits)
    path = f"/api/ext/{platform.install(platform.publish(files)).extension_name}/run"
    async with following(platform, platform.key("demo-admin.key")) as stream:
        assert await call(platform, path, "flood-1", platform.key("demo-caller.key")) in {502, 504}
        *lines, end = await until(stream, "flood-1")
    assert [(one["stream"], one["truncated"]) for one in lines] == [("log", True)] * 4
    assert lines[-1]["message"].startswith("truncated: a call may log 3 lines")
    assert all(len(one["message"].encode()) <= 8192 for one in lines)
    assert (end["level"], end["execution"]["status"]) == ("error", None)
