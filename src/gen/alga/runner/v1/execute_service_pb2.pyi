import datetime

from gen.alga.common.v1 import context_pb2 as _context_pb2
from gen.alga.common.v1 import errors_pb2 as _errors_pb2
from gen.alga.registry.v1 import trust_pb2 as _trust_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExecuteRequest(_message.Message):
    __slots__ = ("grant", "context", "http", "timeout_ms")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    HTTP_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    grant: _trust_pb2.Signed
    context: _context_pb2.CallContext
    http: HttpRequest
    timeout_ms: int
    def __init__(self, grant: _Optional[_Union[_trust_pb2.Signed, _Mapping]] = ..., context: _Optional[_Union[_context_pb2.CallContext, _Mapping]] = ..., http: _Optional[_Union[HttpRequest, _Mapping]] = ..., timeout_ms: _Optional[int] = ...) -> None: ...

class HttpRequest(_message.Message):
    __slots__ = ("method", "url", "headers", "body")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    method: str
    url: str
    headers: _containers.RepeatedCompositeFieldContainer[Header]
    body: bytes
    def __init__(self, method: _Optional[str] = ..., url: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[Header, _Mapping]]] = ..., body: _Optional[bytes] = ...) -> None: ...

class Header(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ExecuteResponse(_message.Message):
    __slots__ = ("status", "headers", "body", "usage")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    status: int
    headers: _containers.RepeatedCompositeFieldContainer[Header]
    body: bytes
    usage: Usage
    def __init__(self, status: _Optional[int] = ..., headers: _Optional[_Iterable[_Union[Header, _Mapping]]] = ..., body: _Optional[bytes] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("handler_us", "queued_us", "host_calls", "host_bytes", "host_wait_us", "log_lines", "log_bytes", "request_bytes", "response_bytes", "host_calls_by_interface", "egress_bytes", "storage_bytes")
    class HostCallsByInterfaceEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    HANDLER_US_FIELD_NUMBER: _ClassVar[int]
    QUEUED_US_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    HOST_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_WAIT_US_FIELD_NUMBER: _ClassVar[int]
    LOG_LINES_FIELD_NUMBER: _ClassVar[int]
    LOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_BY_INTERFACE_FIELD_NUMBER: _ClassVar[int]
    EGRESS_BYTES_FIELD_NUMBER: _ClassVar[int]
    STORAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    handler_us: int
    queued_us: int
    host_calls: int
    host_bytes: int
    host_wait_us: int
    log_lines: int
    log_bytes: int
    request_bytes: int
    response_bytes: int
    host_calls_by_interface: _containers.ScalarMap[str, int]
    egress_bytes: int
    storage_bytes: int
    def __init__(self, handler_us: _Optional[int] = ..., queued_us: _Optional[int] = ..., host_calls: _Optional[int] = ..., host_bytes: _Optional[int] = ..., host_wait_us: _Optional[int] = ..., log_lines: _Optional[int] = ..., log_bytes: _Optional[int] = ..., request_bytes: _Optional[int] = ..., response_bytes: _Optional[int] = ..., host_calls_by_interface: _Optional[_Mapping[str, int]] = ..., egress_bytes: _Optional[int] = ..., storage_bytes: _Optional[int] = ...) -> None: ...

class WarmRequest(_message.Message):
    __slots__ = ("content_hash",)
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    content_hash: str
    def __init__(self, content_hash: _Optional[str] = ...) -> None: ...

class WarmResponse(_message.Message):
    __slots__ = ("compiled",)
    COMPILED_FIELD_NUMBER: _ClassVar[int]
    compiled: bool
    def __init__(self, compiled: _Optional[bool] = ...) -> None: ...

class TailRequest(_message.Message):
    __slots__ = ("tenant_id", "extension_id", "install_id", "request_id", "level", "last", "after")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    extension_id: str
    install_id: str
    request_id: str
    level: str
    last: int
    after: str
    def __init__(self, tenant_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., install_id: _Optional[str] = ..., request_id: _Optional[str] = ..., level: _Optional[str] = ..., last: _Optional[int] = ..., after: _Optional[str] = ...) -> None: ...

class TailResponse(_message.Message):
    __slots__ = ("event", "dropped", "begun")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    BEGUN_FIELD_NUMBER: _ClassVar[int]
    event: TailEvent
    dropped: TailDropped
    begun: TailBegun
    def __init__(self, event: _Optional[_Union[TailEvent, _Mapping]] = ..., dropped: _Optional[_Union[TailDropped, _Mapping]] = ..., begun: _Optional[_Union[TailBegun, _Mapping]] = ...) -> None: ...

class TailBegun(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TailEvent(_message.Message):
    __slots__ = ("id", "at", "level", "stream", "tenant_id", "extension_id", "install_id", "request_id", "version_id", "content_hash", "message", "truncated", "execution")
    ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    id: str
    at: _timestamp_pb2.Timestamp
    level: str
    stream: str
    tenant_id: str
    extension_id: str
    install_id: str
    request_id: str
    version_id: str
    content_hash: str
    message: str
    truncated: bool
    execution: TailExecution
    def __init__(self, id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., level: _Optional[str] = ..., stream: _Optional[str] = ..., tenant_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., install_id: _Optional[str] = ..., request_id: _Optional[str] = ..., version_id: _Optional[str] = ..., content_hash: _Optional[str] = ..., message: _Optional[str] = ..., truncated: _Optional[bool] = ..., execution: _Optional[_Union[TailExecution, _Mapping]] = ...) -> None: ...

class TailExecution(_message.Message):
    __slots__ = ("execution_id", "status", "reason", "duration_us", "usage")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DURATION_US_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    status: int
    reason: _errors_pb2.ErrorReason
    duration_us: int
    usage: Usage
    def __init__(self, execution_id: _Optional[str] = ..., status: _Optional[int] = ..., reason: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., duration_us: _Optional[int] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ...) -> None: ...

class TailDropped(_message.Message):
    __slots__ = ("count",)
    COUNT_FIELD_NUMBER: _ClassVar[int]
    count: int
    def __init__(self, count: _Optional[int] = ...) -> None: ...
