"""One runner as its gateway sees it."""

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.clients import RunnerClient
from kernel.rpc import Peer

SERVICE: Final = "alga.runner.v1.ExecuteService"
SUSPECT_SECONDS: Final = 0.5  # after a failure its health may not have said yet what is wrong
RETRY_SECONDS: Final = 0.2
_SERVING: Final = health_pb2.HealthCheckResponse.SERVING
_log = logging.getLogger(__name__)


class Member:
    """A runner: its client, what its health says (None = nothing yet), how many calls of this gateway it has."""

    def __init__(self, address: str, peer: Peer) -> None:
        self.address, self.peer, self.client = address, peer, RunnerClient(peer)
        self.serving: bool | None = None
        self.outstanding = 0
        self._suspect_until = 0.0

    @property
    def suspect(self) -> bool:
        """Whether a call failed there a moment ago."""
        return asyncio.get_running_loop().time() < self._suspect_until

    def suspects(self) -> None:
        """A call failed there: others are better for a while."""
        self._suspect_until = asyncio.get_running_loop().time() + SUSPECT_SECONDS

    async def follow(self, turned: Callable[[], None]) -> None:
        """Follow its health until cancelled, across its restarts; `turned` hears of each turn."""
        stub = health_pb2_grpc.HealthStub(self.peer.channel)
        while True:
            stream = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE), wait_for_ready=True)
            try:
                async for answer in stream:
                    self._turn(answer.status == _SERVING, turned)
            except grpc.RpcError:
                pass  # what ends the stream is the same to us as NOT_SERVING
            finally:
                stream.cancel()
            self._turn(False, turned)
            await asyncio.sleep(RETRY_SECONDS)

    def _turn(self, serving: bool, turned: Callable[[], None]) -> None:
        if serving is not self.serving:
            if self.serving is not None or not serving:
                _log.warning("a runner serves again" if serving else "a runner does not serve", extra={"runner": self.address})
            self.serving = serving
            self._suspect_until = 0.0
            turned()

    def __enter__(self) -> None:
        """A call goes there."""
        self.outstanding += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.outstanding -= 1
