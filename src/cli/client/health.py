"""Whether the services answer, as far as somebody without keys can ask: gRPC health, and the gateway's `/readyz`."""

from pathlib import Path
from typing import Final

from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.http import request
from cli.problem import Problem
from kernel.errors import Fault
from kernel.rpc import connect
from kernel.status import remote

SECONDS: Final = 5.0
_READY: Final = 200


async def service_trouble(address: str, ca: Path | None = None) -> str:
    """What keeps a gRPC service at `host:port` or `unix:/path` from serving; empty when it serves."""
    try:
        peer = connect(address, "", ca)
    except Fault:
        return "it cannot be asked without the roots of its TLS"
    except OSError as error:
        return f"it cannot be asked: {ca}: {error.strerror}"
    try:
        with remote():
            answer = await health_pb2_grpc.HealthStub(peer.channel).Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        serves = answer.status == health_pb2.HealthCheckResponse.SERVING
        return "" if serves else "it says that it does not serve"
    except Fault as fault:
        return f"it does not answer ({fault.code})"
    finally:
        await peer.channel.close()


def gateway_trouble(url: str) -> str:
    """What keeps a gateway from serving; empty when it and what it needs are ready."""
    try:
        answer = request(url, "/readyz", "GET", timeout=SECONDS)
    except Problem as problem:
        return f"it {problem.text.removeprefix(url).strip()}"
    return "" if answer.status == _READY else f"it is not ready: {answer.text()[:500]}"
