"""One lane of an executor: a thread that takes calls from its socket, runs them one after the other and answers.

What the answer does not depend on is done while it is on its way: the store of its call is closed, and where the same component was
called before, an instance is made for the next call. A call that differs, and a second without any, drop it unused.
"""

import select
import socket
import time
from contextvars import copy_context
from typing import Final

from gen.alga.common.v1.errors_pb2 import ErrorReason
from gen.alga.runner.v1.execute_service_pb2 import HttpRequest
from gen.alga.runner.v1.executor_pb2 import (
    GuestContext,
    GuestFailure,
    HostCall,
    HostResult,
    Invoke,
    LaneRequest,
    LaneResponse,
    LogLine,
    Outcome,
)
from runner.engine.call import Context, Limits, Request
from runner.engine.early import Early
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.invoke import Call, Runtime
from runner.engine.lines import Lines
from runner.executor.frames import enclosed, encode, receive, send
from runner.executor.handlers import Handlers
from runner.executor.heap import give_back
from runner.host.current import CurrentCall, current

IDLE_SECONDS: Final = 1.0  # after its last call, a lane gives back what its calls have freed, when nobody waits for it
_MAX_MEMORY: Final = 4 * 1024**3  # what a 32-bit memory can have; the runner sets the real limit


class Lane:
    """Serves one socket. `run` returns when the runner closes it."""

    def __init__(self, connection: socket.socket, runtime: Runtime, handlers: Handlers) -> None:
        self._connection = connection
        self._runtime = runtime
        self._handlers = handlers
        self._last = ""  # artifact, of the call before
        self._answered: list[Early] = []
        self._early: Early | None = None
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)

    def run(self) -> None:
        """Serve calls until the runner closes the socket. Raises FrameError and OSError when it cannot be spoken to."""
        # What a call was about went with `_serve_next`: an idle executor holds nothing of a tenant.
        while self._serve_next():
            if not self._poll.poll(IDLE_SECONDS * 1000):
                self._drop_early()
                give_back()

    def _serve_next(self) -> bool:
        request = receive(self._connection, LaneRequest)
        if request is None:
            return False
        # An answer to a host call can come after its call is over; only calls begin something.
        if request.HasField("invoke"):
            outcome = copy_context().run(self._serve, request.invoke)
            send(self._connection, enclosed(LaneResponse.OUTCOME_FIELD_NUMBER, outcome.SerializeToString()))
            if self._answered:
                self._clean_up(request.invoke.artifact)
        return True

    def _clean_up(self, artifact: str) -> None:
        used = self._answered.pop()
        self._runtime.drop(used)
        again, self._last = artifact == self._last, artifact
        if again and not self._poll.poll(0):  # otherwise the next call is here already, perhaps of another component
            self._early = self._runtime.prepare(used.handler, used.memory_bytes)

    def _drop_early(self) -> None:
        if self._early is not None:
            self._runtime.drop(self._early)
            self._early = None

    def _serve(self, invoke: Invoke) -> Outcome:
        began = time.monotonic()
        ends = began + invoke.timeout_ms / 1000
        lines = Lines(invoke.log_lines, invoke.log_bytes)
        call = CurrentCall(
            _context(invoke.context),
            frozenset(invoke.capabilities),
            lambda host_call: self._ask(host_call, ends),
            lambda level, message: self._send(LaneResponse(log=LogLine(level=level, message=message, truncated=lines.cut))),
            dict(invoke.configuration),
            lines,
            invoke.user if invoke.HasField("user") else None,
        )
        current.set(call)
        limits = Limits(invoke.timeout_ms / 1000, min(invoke.memory_bytes, _MAX_MEMORY), invoke.response_bytes)
        if invoke.artifact != self._last:
            self._drop_early()  # before another component is loaded: descriptors are counted
        try:
            handler = self._handlers.get(invoke.artifact)
            early, self._early = self._early, None
            asked = Call(call.context, _request(invoke.http), limits, call.log)
            response = self._runtime.invoke(handler, asked, early, self._answered)
        except GuestFailed as error:
            # Not kept in a variable: a cycle of exception and frames would hold the request's memory until the next collection.
            return _failed(call.failure or error)
        outcome = Outcome()
        answer = outcome.response  # filled in its place: a message that is put into another one is copied
        answer.status = response.status
        for name, value in response.headers:
            answer.headers.add(name=name, value=value)
        if response.body is not None:
            answer.body = response.body
        answer.usage.handler_us = int((time.monotonic() - began) * 1_000_000)
        return outcome

    def _ask(self, call: HostCall, ends: float) -> HostResult:
        self._send(LaneResponse(host_call=call))
        # Only the wait for the first byte is bounded: the runner writes whole frames, and half of one would be lost otherwise.
        left = ends - time.monotonic()
        if left <= 0 or not self._poll.poll(left * 1000):
            raise GuestFailed(GuestReason.TIMED_OUT, "the time was over during a host call")
        request = receive(self._connection, LaneRequest)
        if request is None or not request.HasField("host_result"):
            raise GuestFailed(GuestReason.TRAPPED, "the runner did not answer a host call")
        return request.host_result

    def _send(self, response: LaneResponse) -> None:
        send(self._connection, (encode(response),))


def _failed(failure: GuestFailed) -> Outcome:
    return Outcome(failure=GuestFailure(reason=ErrorReason.Name(failure.reason.value), log_text=failure.log))


def _context(context: GuestContext) -> Context:
    return Context(
        request_id=context.request_id if context.HasField("request_id") else None,
        tenant_id=context.tenant_id,
        extension_id=context.extension_id,
        install_id=context.install_id if context.HasField("install_id") else None,
        version_id=context.version_id if context.HasField("version_id") else None,
    )


def _request(http: HttpRequest) -> Request:
    return Request(
        method=http.method,
        url=http.url,
        headers=tuple((header.name, header.value) for header in http.headers),
        body=http.body if http.HasField("body") else None,
    )
