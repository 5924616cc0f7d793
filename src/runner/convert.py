"""Between the runner's values and their protos."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gen.alga.common.v1 import context_pb2
from gen.alga.runner.v1 import asset_service_pb2, execute_service_pb2, executor_pb2
from kernel import telemetry, user
from kernel.convert import signed_from_proto
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.user import User
from runner.assets import AssetHeader, AssetQuery
from runner.caller import Spent
from runner.values import Answer, Budget, Call, Failure, Headers, HttpRequest, Trigger, Usage

if TYPE_CHECKING:  # generic in the stubs alone
    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

CONFIGURATION: Final = "cap:config.read"
USER: Final = "cap:user.read"
_TRIGGERS: Final = {context_pb2.TRIGGER_HTTP: Trigger.HTTP, context_pb2.TRIGGER_SCHEDULE: Trigger.SCHEDULE}
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


def call_from_proto(request: execute_service_pb2.ExecuteRequest, remaining: float | None) -> Call:
    """A call whose caller waits `remaining` seconds. Raises INVALID_ARGUMENT for a malformed request id or user."""
    said = request.context.request_id
    if said and not _REQUEST_ID.fullmatch(said):
        raise Fault.invalid("context.request_id", "must be 1 to 128 characters of [A-Za-z0-9._-]")
    http = HttpRequest(
        method=request.http.method,
        url=request.http.url,
        headers=tuple((header.name, header.value) for header in request.http.headers),
        body=request.http.body if request.http.HasField("body") else None,
    )
    return Call(
        signed_from_proto(request.grant),
        said or telemetry.request_id.get(),
        http,
        request.timeout_ms,
        remaining,
        _user(request.context),
        _TRIGGERS.get(request.context.trigger, Trigger.UNKNOWN),
    )


def _user(context: context_pb2.CallContext) -> User | None:
    return user.checked(user.from_proto(context.user), "context.user") if context.HasField("user") else None


def invoke_to_proto(grant: ExecutionGrant, call: Call, http: HttpRequest, budget: Budget, artifact: Path) -> executor_pb2.Invoke:
    """What a lane is told to do. All that names somebody comes from the grant.

    An executor that its guest has taken over must not learn what the guest may not: configuration and user go along with their
    capabilities.
    """
    # Filled in place: a message that is put into another one is copied.
    invoke = executor_pb2.Invoke(
        artifact=str(artifact),
        capabilities=sorted(grant.capabilities),
        timeout_ms=budget.timeout_ms,
        memory_bytes=budget.memory_bytes,
        response_bytes=budget.response_bytes,
        configuration=grant.configuration if CONFIGURATION in grant.capabilities else None,
        log_lines=budget.log_lines,
        log_bytes=budget.log_bytes,
        host_calls=budget.host_calls,
        host_bytes=budget.host_bytes,
        user=user.to_proto(call.user) if call.user and USER in grant.capabilities else None,
    )
    asked, context = invoke.http, invoke.context
    asked.method, asked.url = http.method, http.url
    _add(asked.headers, http.headers)
    if http.body is not None:
        asked.body = http.body
    context.request_id, context.tenant_id, context.extension_id = call.request_id, grant.tenant_id, grant.extension_id
    context.install_id, context.version_id = grant.install_id, grant.version_id
    return invoke


def outcome_from_proto(outcome: executor_pb2.Outcome, request_bytes: int, spent: Spent) -> Answer | Failure:
    """How a call ended whose request had a body of so many bytes, and whose host calls spent so much."""
    if not outcome.HasField("response"):
        failure = outcome.failure
        return Failure(Reason(failure.reason), failure.log_text, _usage(failure.usage, request_bytes, 0, spent))
    message = outcome.response
    body = message.body if message.HasField("body") else None
    return Answer(
        status=message.status,
        headers=tuple((header.name, header.value) for header in message.headers),
        body=body,
        usage=_usage(message.usage, request_bytes, len(body or b""), spent),
    )


def _usage(counted: execute_service_pb2.Usage, request_bytes: int, response_bytes: int, spent: Spent) -> Usage:
    return Usage(
        handler_us=counted.handler_us,
        queued_us=counted.queued_us,
        host_calls=counted.host_calls,
        host_bytes=counted.host_bytes,
        host_wait_us=counted.host_wait_us,
        log_lines=counted.log_lines,
        log_bytes=counted.log_bytes,
        request_bytes=request_bytes,
        response_bytes=response_bytes,
        host_calls_by_interface=dict(counted.host_calls_by_interface),
        egress_bytes=spent.egress_bytes,
        storage_bytes=spent.storage_bytes,
    )


def answer_to_proto(answer: Answer) -> execute_service_pb2.ExecuteResponse:
    """What the caller gets."""
    response = execute_service_pb2.ExecuteResponse(status=answer.status, body=answer.body)
    _add(response.headers, answer.headers)
    _fill(response.usage, answer.usage)
    return response


def usage_to_proto(usage: Usage) -> execute_service_pb2.Usage:
    """What a call used."""
    message = execute_service_pb2.Usage()
    _fill(message, usage)
    return message


def _fill(told: execute_service_pb2.Usage, used: Usage) -> None:
    told.handler_us, told.queued_us = used.handler_us, used.queued_us
    told.host_calls, told.host_bytes, told.host_wait_us = used.host_calls, used.host_bytes, used.host_wait_us
    told.log_lines, told.log_bytes = used.log_lines, used.log_bytes
    told.request_bytes, told.response_bytes = used.request_bytes, used.response_bytes
    told.egress_bytes, told.storage_bytes = used.egress_bytes, used.storage_bytes
    told.host_calls_by_interface.update(used.host_calls_by_interface)


def asset_query_from_proto(request: asset_service_pb2.GetAssetRequest) -> AssetQuery:
    """Which file is asked for."""
    return AssetQuery(
        signed_from_proto(request.grant),
        request.path,
        tuple(request.if_none_match),
        header_only=request.header_only,
        codings=tuple(request.codings),
        offset=request.offset,
        length=request.length,
    )


def asset_header_to_proto(header: AssetHeader) -> asset_service_pb2.GetAssetResponse:
    """The first message of a file."""
    return asset_service_pb2.GetAssetResponse(
        header=asset_service_pb2.AssetHeader(
            size_bytes=header.size_bytes,
            media_type=header.media_type,
            etag=header.etag,
            not_modified=header.not_modified,
            is_html=header.is_html,
            coding=header.coding,
            page_sources=[
                asset_service_pb2.PageSources(directive=directive, sources=sources)
                for directive, sources in header.page_sources.items()
            ],
        )
    )


def _add(fields: "RepeatedCompositeFieldContainer[execute_service_pb2.Header]", headers: Headers) -> None:
    add = fields.add
    for name, value in headers:
        add(name=name, value=value)
