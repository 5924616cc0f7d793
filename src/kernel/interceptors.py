"""What every rpc passes on the server: request id, caller, deadline, and the one place where errors become statuses.

1 take or make the request id, 2 authenticate, 3 authorise by the table, 4 run within the rpc's time,
5 turn what went wrong into a status.
"""

import asyncio
import inspect
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import grpc
from grpc import aio

from kernel import auth, status, telemetry
from kernel.errors import Blame, Fault, Reason

REQUEST_ID_HEADER: Final = "x-request-id"
_log = logging.getLogger(__name__)
if TYPE_CHECKING:  # generic in the stubs alone
    _Context: TypeAlias = aio.ServicerContext[Any, Any]
    _Handler: TypeAlias = grpc.RpcMethodHandler[Any, Any]


class Chassis(aio.ServerInterceptor):
    """The interceptor of every server of ours."""

    def __init__(self, authenticator: auth.Authenticator) -> None:
        self._authenticator = authenticator
        self._wrapped: dict[str, _Handler] = {}  # by method: only methods that somebody serves

    async def intercept_service(
        self, continuation: "Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]]", details: grpc.HandlerCallDetails
    ) -> "_Handler | None":
        """Wrap the method's handler; a method that nobody serves stays unimplemented."""
        wrapped = self._wrapped.get(details.method)
        if wrapped is None and (handler := await continuation(details)) is not None:
            wrapped = self._wrapped[details.method] = self._wrap(details.method, handler)
        return wrapped

    def _wrap(self, method: str, handler: "_Handler") -> "_Handler":
        inner = _behaviour(handler)

        if handler.response_streaming:

            async def stream(request: Any, context: "_Context") -> AsyncIterator[Any]:
                started = time.monotonic()
                try:
                    async with await self._admit(method, context):
                        messages = inner(request, context)
                        if inspect.iscoroutine(messages):  # the health service's Watch writes to the context itself
                            await messages
                            return
                        async for message in messages:
                            yield message
                except Exception as error:  # noqa: BLE001 - the top boundary
                    await _abort(error, method, started, context)

            make = grpc.stream_stream_rpc_method_handler if handler.request_streaming else grpc.unary_stream_rpc_method_handler
            return make(stream, handler.request_deserializer, handler.response_serializer)

        async def unary(request: Any, context: "_Context") -> Any:
            started = time.monotonic()
            try:
                async with await self._admit(method, context):
                    return await inner(request, context)
            except Exception as error:  # noqa: BLE001 - the top boundary
                await _abort(error, method, started, context)

        make = grpc.stream_unary_rpc_method_handler if handler.request_streaming else grpc.unary_unary_rpc_method_handler
        return make(unary, handler.request_deserializer, handler.response_serializer)

    async def _admit(self, method: str, context: "_Context") -> asyncio.Timeout:
        """The time within which the rpc is to run."""
        metadata = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        # 1 take or make the request id
        telemetry.request_id.set(telemetry.accepted_request_id(metadata.get(REQUEST_ID_HEADER)))
        # 2 authenticate
        principal = await self._authenticate(metadata)
        # 3 authorise by the table
        auth.authorise(method, principal)
        if principal is not None:
            auth.enter(principal)
        # 4 run within the rpc's time
        return asyncio.timeout(_budget(method, context))

    async def _authenticate(self, metadata: dict[str, str]) -> auth.Principal | None:
        scheme, _, secret = metadata.get("authorization", "").partition(" ")
        if not secret or scheme.lower() != "bearer":
            return None
        return await self._authenticator.authenticate(secret)


async def _abort(error: Exception, method: str, started: float, context: "_Context") -> None:
    """5 turn what went wrong into a status: raises what ends the rpc."""
    if isinstance(error, aio.AbortError):
        raise error
    await context.abort_with_status(status.to_status(told(error, method, started)))


def told(error: Exception, method: str, started: float) -> Fault:
    """What a caller is told of a failure, which the log is told here; `started` by the monotonic clock."""
    fault = Fault(Reason.DEADLINE_EXCEEDED) if isinstance(error, TimeoutError) else error
    if not isinstance(fault, Fault):  # nothing internal leaves
        _log.error("unexpected error", exc_info=error, extra={"method": method})
        return Fault(Reason.INTERNAL)
    level = logging.WARNING if fault.row.blame is Blame.HOST else logging.INFO
    elapsed = round((time.monotonic() - started) * 1e3, 1)
    _log.log(level, "rpc failed", extra={"method": method, "reason": fault.reason.name, "why": str(fault), "ms": elapsed})
    return fault


def _behaviour(handler: "_Handler") -> Callable[..., Any]:
    found = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    assert found is not None
    return found


def _budget(method: str, context: "_Context") -> float | None:
    """The caller's deadline, at most the table's: a call without a deadline must not hold resources for ever."""
    rule, remaining = auth.RULES.get(method), context.time_remaining()
    limits = [limit for limit in (remaining, rule.max_seconds if rule else 30) if limit is not None]
    return min(limits, default=None)
