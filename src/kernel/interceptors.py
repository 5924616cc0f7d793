"""What every rpc passes on the server: request id, caller, deadline, and the one place where errors become statuses.

1 take or make the request id, 2 authenticate, 3 authorise by the table, 4 run within the rpc's time,
5 turn what went wrong into a status.
"""

import asyncio
import inspect
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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

    async def intercept_service(
        self, continuation: "Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]]", details: grpc.HandlerCallDetails
    ) -> "_Handler | None":
        """Wrap the method's handler; a method that nobody serves stays unimplemented."""
        handler = await continuation(details)
        if handler is None:
            return handler
        metadata = {key: value for key, value in details.invocation_metadata if isinstance(value, str)}
        method, inner = details.method, _behaviour(handler)

        if handler.response_streaming:

            async def stream(request: Any, context: "_Context") -> AsyncIterator[Any]:
                async with self._call(method, metadata, context):
                    messages = inner(request, context)
                    if inspect.iscoroutine(messages):  # the health service's Watch writes to the context itself
                        await messages
                        return
                    async for message in messages:
                        yield message

            make = grpc.stream_stream_rpc_method_handler if handler.request_streaming else grpc.unary_stream_rpc_method_handler
            return make(stream, handler.request_deserializer, handler.response_serializer)

        async def unary(request: Any, context: "_Context") -> Any:
            async with self._call(method, metadata, context):
                return await inner(request, context)

        make = grpc.stream_unary_rpc_method_handler if handler.request_streaming else grpc.unary_unary_rpc_method_handler
        return make(unary, handler.request_deserializer, handler.response_serializer)

    @asynccontextmanager
    async def _call(self, method: str, metadata: dict[str, str], context: "_Context") -> AsyncIterator[None]:
        started = time.monotonic()
        # 1 take or make the request id
        request_id = telemetry.accepted_request_id(metadata.get(REQUEST_ID_HEADER))
        telemetry.request_id.set(request_id)
        try:
            # 2 authenticate
            principal = await self._authenticate(metadata)
            # 3 authorise by the table
            auth.authorise(method, principal)
            if principal is not None:
                auth.enter(principal)
            # 4 run within the rpc's time
            async with asyncio.timeout(_budget(method, context)):
                yield
        # 5 turn what went wrong into a status
        except (aio.AbortError, asyncio.CancelledError, GeneratorExit):
            raise
        except TimeoutError:
            await self._abort(Fault(Reason.DEADLINE_EXCEEDED), method, started, context)
        except Fault as fault:
            await self._abort(fault, method, started, context)
        except Exception:  # noqa: BLE001 - the top boundary: nothing internal leaves
            _log.exception("unexpected error", extra={"method": method})
            await context.abort_with_status(status.to_status(Fault(Reason.INTERNAL)))

    async def _authenticate(self, metadata: dict[str, str]) -> auth.Principal | None:
        scheme, _, secret = metadata.get("authorization", "").partition(" ")
        if not secret or scheme.lower() != "bearer":
            return None
        return await self._authenticator.authenticate(secret)

    async def _abort(self, fault: Fault, method: str, started: float, context: "_Context") -> None:
        level = logging.WARNING if fault.row.blame is Blame.HOST else logging.INFO
        elapsed = round((time.monotonic() - started) * 1e3, 1)
        _log.log(level, "rpc failed", extra={"method": method, "reason": fault.reason.name, "why": str(fault), "ms": elapsed})
        await context.abort_with_status(status.to_status(fault))


def _behaviour(handler: "_Handler") -> Callable[..., Any]:
    found = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    assert found is not None
    return found


def _budget(method: str, context: "_Context") -> float | None:
    """The caller's deadline, at most the table's: a call without a deadline must not hold resources for ever."""
    rule, remaining = auth.RULES.get(method), context.time_remaining()
    limits = [limit for limit in (remaining, rule.max_seconds if rule else 30) if limit is not None]
    return min(limits, default=None)
