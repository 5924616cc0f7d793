"""Clients and services that take their time: nobody holds a place for ever, and what is under way is finished."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from gateway import server
from gateway.handlers import execute
from gen.alga.registry.v1 import trust_pb2
from kernel.digest import Digest
from tests.gateway.conftest import EXTENSION, KEY_A, Stack, Start, eventually
from tests.gateway.fakes import HASH, says
from tests.gateway.http import Got, connect, head, read_answer
from tests.gateway.test_host import Authority

PATH = f"/api/ext/{EXTENSION}/items"
AUTH = ("x-api-key", KEY_A)


async def test_a_body_that_does_not_come_is_refused(start: Start) -> None:
    async with start(body_seconds=0.05) as stack:
        reader, writer = await connect(stack.address)
        writer.write(head("POST", PATH, AUTH, ("content-length", "10")) + b"half")
        got = await read_answer(reader)
        writer.close()
        assert (got.status, got.code, got.json["violations"][0]["field"]) == (408, "request_timed_out", "body")
        assert "0.05 seconds" in got.json["violations"][0]["rule"]
        assert not stack.runner.calls


async def test_header_fields_that_do_not_come_end_the_connection(start: Start) -> None:
    async with start(idle_seconds=0.05) as stack:
        reader, writer = await connect(stack.address)
        writer.write(b"GET /livez HTTP/1.1\r\nhost:")
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x01\x02\x00\x01"])
async def test_a_handshake_that_does_not_end_ends_the_connection(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(server, "HANDSHAKE_SECONDS", 0.05)
    ours = Authority(tmp_path)
    chain, private = ours.issue("gateway.example")
    async with start(tls_cert_file=chain, tls_key_file=private, tls_ca_file=ours.file) as stack:
        reader, writer = await connect(stack.address)
        writer.write(begun)
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
        # Who ends it is served, and has all the time that other connections have.
        host, _, port = stack.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=ssl.create_default_context(cafile=ours.file))
        writer.write(head("GET", "/livez"))
        assert (await read_answer(reader)).status == 200
        writer.close()


async def test_a_client_that_does_not_read_is_cut_off(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    data = bytes(40 << 20)
    async with start(send_seconds=0.05) as stack:
        stack.runner.files["large.js"] = ("text/javascript", data)
        reader, writer = await connect(stack.address)
        writer.write(head("GET", f"/ext-ui/{EXTENSION}/{HASH}/large.js"))
        await eventually(lambda: any(record.message == "answer cut off" for record in caplog.records))
        got = 0
        with suppress(ConnectionResetError):
            while piece := await asyncio.wait_for(reader.read(1 << 20), 10):
                got += len(piece)
        writer.close()
        assert got < len(data)
        assert (await stack.call("GET", "/items")).status == 200


async def test_a_grant_that_grew_old_while_the_body_came_is_renewed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    await stack.watched()
    monkeypatch.setattr(execute, "SPARE_SECONDS", -1.0)
    resolves = stack.registry.resolves
    assert (await stack.call("POST", "/items", body=b"x")).status == 200
    assert stack.registry.resolves == resolves  # it lasts long enough


@pytest.mark.parametrize("answers", [True, False])
async def test_after_an_update_while_the_body_came_the_new_version_answers_if_it_has_the_endpoint(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    monkeypatch.setattr(execute, "SPARE_SECONDS", -1.0)
    stack.registry.grant_seconds = 5  # shorter than a call: asked for each time
    (installed,) = stack.registry.installs.values()
    reader, writer = await connect(stack.address)
    writer.write(head("POST", PATH, AUTH, ("content-length", "4")))
    await eventually(lambda: stack.registry.resolves > 0)
    installed.content_hash = Digest.of(b"another version")
    if not answers:
        installed.endpoints = (("GET", "/items", 0),)
    writer.write(b"body")
    got = await read_answer(reader)
    writer.close()
    assert got.status == (200 if answers else 404)
    ran = [trust_pb2.ExecutionGrant.FromString(call.grant.payload).content_hash for call in stack.runner.calls]
    assert ran == ([str(installed.content_hash)] if answers else [])


async def test_stopping_lets_running_calls_finish_and_takes_no_new_ones(start: Start) -> None:
    async with start() as stack:

        async def until_refused(request: object) -> object:
            with suppress(ConnectionError):
                while True:
                    _, writer = await connect(stack.address)
                    writer.close()
            return says(200, (), b"finished")

        stack.runner.behave = until_refused  # type: ignore[assignment]
        call: asyncio.Task[Got] = asyncio.create_task(stack.call("POST", "/items", body=b""))
        await asyncio.wait_for(stack.runner.entered.wait(), 10)
    assert (await call).body == b"finished"
