"""The gRPC chassis through a real socket: who gets in, what leaves when something breaks, limits, health, reflection, drain."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from grpc._cython import cygrpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from gen.alga.runner.v1 import execute_service_pb2 as pb
from gen.alga.runner.v1 import execute_service_pb2_grpc as pb_grpc
from kernel import auth, rpc, status, telemetry
from kernel.auth import Role, ServiceTokens
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_MESSAGE_BYTES, Peer, RpcServer, connect, is_loopback

SERVICE = "alga.runner.v1.ExecuteService"


class Behaviour(pb_grpc.ExecuteServiceServicer):
    """Does what the request's method says."""

    async def Execute(self, request: pb.ExecuteRequest, context: Any) -> pb.ExecuteResponse:
        match request.http.method:
            case "fault":
                raise Fault(Reason.GUEST_TRAPPED, log="secret text", facts={"n": 1})
            case "crash":
                raise ValueError("secret text")
            case "hang":
                await asyncio.Event().wait()
            case "who":
                headers = [pb.Header(name=auth.current_principal().role, value=telemetry.request_id.get())]
                return pb.ExecuteResponse(status=200, headers=headers)
        return pb.ExecuteResponse(status=200, body=request.http.body)


@asynccontextmanager
async def serving(token: str = "right") -> AsyncIterator[Peer]:
    folder = Path(tempfile.mkdtemp(prefix="rpc"))
    server = RpcServer(
        ServiceTokens({"right": Role.GATEWAY, "runner": Role.RUNNER}),
        [SERVICE],
        lambda added: pb_grpc.add_ExecuteServiceServicer_to_server(Behaviour(), added),
    )
    (address,) = await server.start([f"unix:{folder}/s"], None)
    peer = connect(address, token)
    try:
        yield peer
    finally:
        await peer.channel.close()
        await server.stop(0)
        shutil.rmtree(folder)


async def execute(peer: Peer, method: str = "", body: bytes = b"", timeout: float | None = None) -> pb.ExecuteResponse:
    request = pb.ExecuteRequest(http=pb.HttpRequest(method=method, body=body))
    with status.remote():
        return await pb_grpc.ExecuteServiceStub(peer.channel).Execute(request, metadata=peer.metadata(), timeout=timeout)


async def reason_of(peer: Peer, *args: Any, **kwargs: Any) -> Reason:
    with pytest.raises(Fault) as caught:
        await execute(peer, *args, **kwargs)
    return caught.value.reason


@pytest.mark.parametrize(("token", "reason"), [("", Reason.UNAUTHENTICATED), ("wrong", Reason.UNAUTHENTICATED),
                                               ("runner", Reason.PERMISSION_DENIED)])  # fmt: skip
async def test_strangers_stay_outside(token: str, reason: Reason) -> None:
    async with serving(token) as peer:
        assert await reason_of(peer) is reason


async def test_each_call_of_a_method_is_judged_by_its_own_credentials() -> None:
    async with serving() as peer:
        for _ in range(2):
            assert (await execute(peer, "who")).headers[0].name == "gateway"
            assert await reason_of(Peer(peer.channel, "wrong")) is Reason.UNAUTHENTICATED
            assert await reason_of(Peer(peer.channel, "")) is Reason.UNAUTHENTICATED


async def test_caller_and_request_id_arrive() -> None:
    async with serving() as peer:
        telemetry.request_id.set("req-7")
        (header,) = (await execute(peer, "who")).headers
        assert (header.name, header.value) == ("gateway", "req-7")


async def test_a_fault_crosses_with_its_reason_and_without_its_log() -> None:
    async with serving() as peer:
        with pytest.raises(Fault) as caught:
            await execute(peer, "fault")
        assert (caught.value.reason, caught.value.facts) == (Reason.GUEST_TRAPPED, {"n": "1"})
        assert "secret" not in str(caught.value)


async def test_a_defect_leaves_as_internal_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as peer:
        with caplog.at_level(logging.ERROR), pytest.raises(Fault) as caught:
            await execute(peer, "crash")
        assert caught.value.reason is Reason.INTERNAL
        assert "secret" not in str(caught.value)
        assert "secret text" in caplog.text


async def test_a_call_without_deadline_ends_by_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    method = f"/{SERVICE}/Execute"
    monkeypatch.setattr(auth, "RULES", {**auth.RULES, method: auth.Rule(frozenset({Role.GATEWAY}), 0.05)})
    async with serving() as peer:
        assert await reason_of(peer, "hang") is Reason.DEADLINE_EXCEEDED


async def test_an_rpc_without_a_row_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "RULES", {})
    async with serving() as peer:
        assert await reason_of(peer) is Reason.PERMISSION_DENIED


async def test_messages_up_to_the_limit_pass_and_no_further() -> None:
    async with serving() as peer:
        body = bytes(MAX_MESSAGE_BYTES - 1000)
        assert (await execute(peer, body=body)).body == body
        assert await reason_of(peer, body=bytes(MAX_MESSAGE_BYTES)) is Reason.PAYLOAD_TOO_LARGE


async def test_an_absent_server_is_unavailable() -> None:
    peer = connect("unix:/nonexistent/s", "right")
    assert await reason_of(peer, timeout=5) is Reason.UNAVAILABLE
    await peer.channel.close()


async def test_health_needs_no_credentials_and_reflection_any() -> None:
    async with serving(token="") as peer:
        health = health_pb2_grpc.HealthStub(peer.channel)
        for name in ("", SERVICE):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        reflection = reflection_pb2_grpc.ServerReflectionStub(peer.channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        with pytest.raises(grpc.RpcError) as caught:
            _ = [item async for item in reflection.ServerReflectionInfo(iter([request]))]
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        known = [("authorization", "Bearer runner")]
        (answer,) = [item async for item in reflection.ServerReflectionInfo(iter([request]), metadata=known)]
        assert SERVICE in {item.name for item in answer.list_services_response.service}


async def test_those_who_watch_health_hear_the_end_and_do_not_delay_it() -> None:
    folder = Path(tempfile.mkdtemp(prefix="rpc"))
    server = RpcServer(ServiceTokens({}), [SERVICE], lambda _: None)
    (address,) = await server.start([f"unix:{folder}/s"], None)
    peer = connect(address, "")
    watch = aiter(health_pb2_grpc.HealthStub(peer.channel).Watch(health_pb2.HealthCheckRequest(service=SERVICE)))
    assert (await anext(watch)).status == health_pb2.HealthCheckResponse.SERVING
    async with asyncio.timeout(20):
        await server.stop(300)
        assert [answer.status async for answer in watch] in ([health_pb2.HealthCheckResponse.NOT_SERVING], [])
    await peer.channel.close()
    shutil.rmtree(folder)


async def test_running_calls_finish_while_the_server_drains() -> None:
    folder = Path(tempfile.mkdtemp(prefix="rpc"))
    entered, leave = asyncio.Event(), asyncio.Event()

    class Slow(pb_grpc.ExecuteServiceServicer):
        async def Execute(self, request: pb.ExecuteRequest, context: Any) -> pb.ExecuteResponse:
            entered.set()
            await leave.wait()
            return pb.ExecuteResponse(status=204)

    server = RpcServer(
        ServiceTokens({"t": Role.GATEWAY}), [SERVICE], lambda added: pb_grpc.add_ExecuteServiceServicer_to_server(Slow(), added)
    )
    (address,) = await server.start([f"unix:{folder}/s"], None)
    peer = connect(address, "t")
    call = asyncio.ensure_future(execute(peer))
    await entered.wait()
    stop = asyncio.ensure_future(server.stop(20))
    leave.set()
    assert (await call).status == 204
    await stop
    await server.stop(0)  # a second time is fine
    await peer.channel.close()
    shutil.rmtree(folder)


async def test_addresses_that_would_leak_or_are_taken_are_refused() -> None:
    server = RpcServer(ServiceTokens({}), [], lambda added: None)
    with pytest.raises(Fault, match="listen"):
        await server.start(["0.0.0.0:0"], None)
    with pytest.raises(Fault, match="address"):
        connect("192.0.2.1:443", "token")
    (taken,) = await server.start(["127.0.0.1:0"], None)
    other = RpcServer(ServiceTokens({}), [], lambda added: None)
    with pytest.raises(Fault, match="listen"):
        await other.start([taken], None)
    await server.stop(0)
    await other.stop(0)


@pytest.mark.parametrize(("address", "yes"), [("127.0.0.1:1", True), ("[::1]:1", True), ("localhost:1", True), ("0.0.0.0:1", False),
                                              ("192.0.2.1:1", False), ("example.com:1", False)])  # fmt: skip
def test_loopback(address: str, yes: bool) -> None:
    assert is_loopback(address) is yes


async def test_the_peer_does_not_print_its_token() -> None:
    channel = aio.insecure_channel("unix:/x")
    assert "t0ken" not in repr(Peer(channel, "t0ken"))
    await channel.close()


def test_grpc_is_at_the_pinned_version() -> None:
    assert grpc.__version__ == "1.85.1"


@pytest.mark.parametrize("name", sorted({name for name, _ in [*rpc._SERVER, *rpc._CLIENT]}))
def test_grpc_knows_each_option(name: str) -> None:
    # It ignores others without a word: a wrong name once let every connection end at its third ping, with the calls on it.
    assert name.encode() in Path(cygrpc.__file__).read_bytes()


def test_servers_allow_the_pings_of_our_clients() -> None:
    servers, clients = dict(rpc._SERVER), dict(rpc._CLIENT)
    assert clients["grpc.http2.max_pings_without_data"] == 0
    assert 2 * servers["grpc.http2.min_ping_interval_without_data_ms"] <= clients["grpc.keepalive_time_ms"]
