"""What strangers can send too much of, each limit attacked on a real socket."""

import asyncio
import gzip
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.headers import MAX_BYTES
from gateway.target import MAX_TARGET_BYTES
from kernel.grants import Limits
from tests.gateway.conftest import EXTENSION, KEY_A, Stack, Start, eventually, settings
from tests.gateway.fakes import says
from tests.gateway.http import connect, head, parse, read_answer, send

PATH = f"/api/ext/{EXTENSION}/items"
AUTH = ("x-api-key", KEY_A)


async def test_a_body_as_large_as_the_limit_passes(start: Start) -> None:
    async with start(max_body_bytes=100_000) as stack:
        assert (await stack.call("POST", "/items", body=b"x" * 100_000)).status == 200
        assert stack.runner.calls[0].http.body == b"x" * 100_000


async def test_a_told_length_beyond_the_limit_is_refused_before_the_body(start: Start) -> None:
    async with start(max_body_bytes=1_000) as stack:
        reader, writer = await connect(stack.address)
        writer.write(head("POST", PATH, AUTH, ("content-length", "1001")))  # and not one byte of it
        got = await read_answer(reader)
        writer.close()
        assert (got.status, got.code) == (413, "payload_too_large")
        assert "1000" in got.json["violations"][0]["rule"]
        assert not stack.runner.calls


async def test_a_chunked_body_beyond_the_limit_is_refused_while_it_comes(start: Start) -> None:
    async with start(max_body_bytes=1_000) as stack:
        reader, writer = await connect(stack.address)
        writer.write(head("POST", PATH, AUTH, ("transfer-encoding", "chunked")))
        for _ in range(3):  # 1,200 bytes, and no end
            writer.write(b"190\r\n" + b"x" * 400 + b"\r\n")
        got = await read_answer(reader)
        writer.close()
        assert (got.status, got.code) == (413, "payload_too_large")
        assert not stack.runner.calls


async def test_chunks_arrive_whole(stack: Stack) -> None:
    data = head("POST", PATH, AUTH, ("transfer-encoding", "chunked"), ("connection", "close"))
    got = parse(await send(stack.address, data + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\ntrailer: x\r\n\r\n"))
    assert (got.status, stack.runner.calls[0].http.body) == (200, b"abcde")


@pytest.mark.parametrize("trailers", [b"t: v\r\n" * 1_000, b"t: " + b"v" * 9_000 + b"\r\n", b"t: " + b"v" * 100_000])
async def test_trailers_are_bounded(stack: Stack, trailers: bytes) -> None:
    reader, writer = await connect(stack.address)
    writer.write(head("POST", PATH, AUTH, ("transfer-encoding", "chunked")) + b"3\r\nabc\r\n0\r\n" + trailers + b"\r\n")
    got = await read_answer(reader)
    writer.close()
    assert (got.status, got.code) == (431, "headers_too_large")
    assert not stack.runner.calls


@pytest.mark.parametrize("coding", ["gzip, chunked", "gzip,chunked", "chunked, chunked", "identity", "x"])
async def test_bodies_in_another_transfer_coding_are_refused(stack: Stack, coding: str) -> None:
    reader, writer = await connect(stack.address)
    writer.write(head("POST", PATH, AUTH, ("transfer-encoding", coding)) + b"3\r\nabc\r\n0\r\n\r\n")
    got = await read_answer(reader)
    writer.close()
    assert (got.status, got.code) == (400, "invalid_argument")
    assert not stack.runner.calls


@pytest.mark.parametrize("ending", [b"zz\r\n", b"3\r\nabcd\r\n"])
async def test_a_broken_chunk_is_400(stack: Stack, ending: bytes) -> None:
    data = head("POST", PATH, AUTH, ("transfer-encoding", "chunked"), ("connection", "close"))
    got = parse(await send(stack.address, data + b"3\r\nabc\r\n" + ending))
    assert got.status == 400
    assert not stack.runner.calls


async def test_an_installs_lower_limit_wins(stack: Stack) -> None:
    (installed,) = stack.registry.installs.values()
    installed.limits = Limits(request_bytes=10)
    assert (await stack.call("POST", "/items", body=b"x" * 11)).status == 413
    assert (await stack.call("POST", "/items", body=b"x" * 10)).status == 200


async def test_a_body_is_asked_for_only_once_nothing_speaks_against_it(start: Start) -> None:
    async with start(max_body_bytes=10) as stack:
        expect = ("expect", "100-continue")
        reader, writer = await connect(stack.address)
        writer.write(head("POST", PATH, expect, AUTH, ("content-length", "11")))
        assert (await read_answer(reader)).status == 413
        writer.close()
        reader, writer = await connect(stack.address)
        writer.write(head("POST", PATH, expect, AUTH, ("content-length", "5")))
        assert (await reader.readuntil(b"\r\n\r\n")) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abcde")
        assert (await read_answer(reader)).status == 200
        writer.close()
        assert stack.runner.calls[0].http.body == b"abcde"


async def test_strangers_bodies_are_not_read(stack: Stack) -> None:
    reader, writer = await connect(stack.address)
    writer.write(head("POST", PATH, ("content-length", "5000000")))
    assert (await read_answer(reader)).status == 401
    writer.close()


async def test_bodies_in_a_content_coding_are_refused_and_never_inflated(stack: Stack) -> None:
    bomb = gzip.compress(bytes(50 << 20))
    got = await stack.call("POST", "/items", ("content-encoding", "gzip"), body=bomb)
    assert (got.status, got.json["violations"][0]["field"]) == (400, "content-encoding")


async def test_all_bodies_together_are_bounded(start: Start) -> None:
    async with start(max_buffered_bytes=1 << 20) as stack:
        release = asyncio.Event()

        async def wait(request: object) -> object:
            await release.wait()
            return says()

        stack.runner.behave = wait  # type: ignore[assignment]
        first = asyncio.create_task(stack.call("POST", "/items", body=bytes(900_000)))
        await asyncio.wait_for(stack.runner.entered.wait(), 10)
        got = await stack.call("POST", "/items", body=bytes(900_000))
        assert (got.status, got.code, got["retry-after"]) == (503, "overloaded", "1")
        release.set()
        assert (await first).status == 200
        assert (await stack.call("POST", "/items", body=bytes(900_000))).status == 200


async def test_requests_at_once_are_bounded_and_health_still_answers(start: Start) -> None:
    async with start(max_requests=1) as stack:
        release = asyncio.Event()

        async def wait(request: object) -> object:
            await release.wait()
            return says()

        stack.runner.behave = wait  # type: ignore[assignment]
        first = asyncio.create_task(stack.call("GET", "/items"))
        await asyncio.wait_for(stack.runner.entered.wait(), 10)
        assert (await stack.call("GET", "/items")).code == "overloaded"
        assert (await stack.ask("GET", "/livez")).status == 200
        release.set()
        assert (await first).status == 200
        assert (await stack.call("GET", "/items")).status == 200


async def test_of_too_many_connections_the_one_that_is_idle_the_longest_is_closed(start: Start) -> None:
    async with start(max_connections=2) as stack:
        first, second, third = [await connect(stack.address) for _ in range(3)]
        assert await asyncio.wait_for(ended(first[0]), 10)
        for reader, writer in (second, third):
            writer.write(head("GET", "/livez"))
            assert (await read_answer(reader)).status == 200
        for _, writer in (first, second, third):
            writer.close()


async def test_connections_with_requests_at_work_are_not_closed_for_others(start: Start) -> None:
    async with start(max_connections=2) as stack:
        release, begun = asyncio.Event(), []

        async def wait(request: object) -> object:
            begun.append(request)
            await release.wait()
            return says()

        stack.runner.behave = wait  # type: ignore[assignment]
        held = [await connect(stack.address) for _ in range(2)]
        for _, writer in held:
            writer.write(head("GET", PATH, AUTH))
        await eventually(lambda: len(begun) == 2)
        reader, extra = await connect(stack.address)
        assert await asyncio.wait_for(ended(reader), 10)
        release.set()
        for reader, writer in held:
            assert (await read_answer(reader)).status == 200
            writer.close()
        extra.close()


async def test_connections_of_one_address_are_bounded(start: Start) -> None:
    async with start(max_connections_per_peer=2, peers_exempt=()) as stack:
        held = [await connect(stack.address) for _ in range(2)]
        for reader, writer in held:
            writer.write(head("GET", "/livez"))
            assert (await read_answer(reader)).status == 200
        reader, extra = await connect(stack.address)
        assert await asyncio.wait_for(ended(reader), 10)
        held[0][1].close()
        await eventually_answers(stack)
        for _, writer in (*held, (reader, extra)):
            writer.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    with suppress(ConnectionError):
        return await reader.read() == b""
    return True


async def eventually_answers(stack: Stack) -> None:
    async with asyncio.timeout(10):
        while True:
            with suppress(ConnectionError, ValueError, IndexError):
                if (await stack.ask("GET", "/livez")).status == 200:
                    return


@pytest.mark.parametrize(
    "fields",
    [
        [(f"x-{n}", "v") for n in range(127)],  # host, x-api-key and these
        [(f"x-{n}", "v") for n in range(1_000)],
        [(f"x-{n}", "v" * 8_000) for n in range(MAX_BYTES // 8_000 + 1)],
        [("x-long", "v" * 9_000)],
        [("x" * 9_000, "v")],
    ],
    ids=["many", "very-many", "large-together", "large-value", "large-name"],
)
@pytest.mark.parametrize("path", [PATH, f"/ext-ui/{EXTENSION}/sha256:{'0' * 64}/a.js"])
async def test_header_fields_are_bounded(stack: Stack, path: str, fields: list[tuple[str, str]]) -> None:
    reader, writer = await connect(stack.address)
    writer.write(head("GET", path, AUTH, *fields))
    got = await read_answer(reader)
    writer.close()
    assert (got.status, got.code, got["content-type"]) == (431, "headers_too_large", "application/problem+json")
    assert not stack.registry.verifies


@pytest.mark.parametrize("size", [MAX_TARGET_BYTES, 100_000])
async def test_targets_are_bounded(stack: Stack, size: int) -> None:
    reader, writer = await connect(stack.address)
    writer.write(head("GET", f"{PATH}?{'q' * size}", AUTH))
    got = await read_answer(reader)
    writer.close()
    assert (got.status, got.code, got["content-type"]) == (431, "headers_too_large", "application/problem+json")


@pytest.mark.parametrize(
    "line", [b"G" * 100_000 + b" / HTTP/1.1", b"GET / HTTP/" + b"1" * 100_000, b"\x16\x03\x01\x02\0\x01" + bytes(500)]
)
async def test_what_is_no_request_line_is_a_problem_too(stack: Stack, line: bytes) -> None:
    reader, writer = await connect(stack.address)
    writer.write(line + b"\r\n\r\n")
    got = await read_answer(reader)
    writer.close()
    assert (got.status, got.code, got["content-type"]) == (400, "invalid_argument", "application/problem+json")


@pytest.mark.parametrize("value", ["\udcff", "a\x01b", "a\x7f"])
async def test_field_values_that_are_no_text_do_not_reach_the_guest(stack: Stack, value: str) -> None:
    got = await stack.call("GET", "/items", ("user-agent", value))
    assert got.status == 400
    assert not stack.runner.calls


async def test_fields_that_are_not_forwarded_may_hold_other_bytes(stack: Stack) -> None:
    assert (await stack.call("GET", "/items", ("x-other", "\udcff"))).status == 200


def test_plain_http_beyond_loopback_has_to_be_meant(run_directory: Path) -> None:
    with pytest.raises(ValueError, match="loopback"):
        settings(run_directory, listen=("0.0.0.0:7480",))
    assert settings(run_directory, listen=("0.0.0.0:7480",), behind_tls_proxy=True)
