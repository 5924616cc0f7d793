"""The server's half of `kernel.asking`: streams of questions, which last as long as their callers."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TypeVar

from gen.alga.common.v1 import errors_pb2
from kernel import interceptors, status, telemetry

_Message = TypeVar("_Message")


class Answering:
    """The streams of one rpc, `method` by its whole name."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._idle: set[asyncio.Timeout] = set()  # of streams that wait for their next message
        self._closed = False

    def close(self) -> None:
        """End them where they wait. Legal more than once."""
        self._closed = True
        for ends in self._idle:
            ends.reschedule(0)

    async def messages(self, requests: AsyncIterator[_Message]) -> AsyncIterator[_Message]:
        """Of one stream, until its caller has no more or the process stops."""
        while not self._closed:
            try:
                async with asyncio.timeout(None) as ends:
                    self._idle.add(ends)
                    request = await anext(requests, None)
            except TimeoutError:
                return  # the process stops
            finally:
                self._idle.discard(ends)
            if request is None:
                return
            yield request

    def begin(self, request_id: str) -> float:
        """One question, on behalf of a request; when it began, for `refused`."""
        telemetry.request_id.set(telemetry.accepted_request_id(request_id))
        return time.monotonic()

    def refused(self, error: Exception, started: float) -> errors_pb2.ErrorDetail:
        """What is told of one question that failed: others go on."""
        return status.to_detail(interceptors.told(error, self._method, started))
