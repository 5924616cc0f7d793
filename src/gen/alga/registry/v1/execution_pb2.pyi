import datetime

from gen.alga.common.v1 import context_pb2 as _context_pb2
from gen.alga.common.v1 import errors_pb2 as _errors_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Blame(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BLAME_UNSPECIFIED: _ClassVar[Blame]
    BLAME_CALLER: _ClassVar[Blame]
    BLAME_PUBLISHER: _ClassVar[Blame]
    BLAME_GUEST: _ClassVar[Blame]
    BLAME_HOST: _ClassVar[Blame]
BLAME_UNSPECIFIED: Blame
BLAME_CALLER: Blame
BLAME_PUBLISHER: Blame
BLAME_GUEST: Blame
BLAME_HOST: Blame

class Execution(_message.Message):
    __slots__ = ("id", "request_id", "tenant_id", "install_id", "extension_id", "version_id", "content_hash", "trigger", "method", "path", "status", "reason", "blame", "started_at", "duration_us", "usage", "lines", "lines_truncated")
    ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BLAME_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    DURATION_US_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    LINES_TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    id: str
    request_id: str
    tenant_id: str
    install_id: str
    extension_id: str
    version_id: str
    content_hash: str
    trigger: _context_pb2.Trigger
    method: str
    path: str
    status: int
    reason: _errors_pb2.ErrorReason
    blame: Blame
    started_at: _timestamp_pb2.Timestamp
    duration_us: int
    usage: ExecutionUsage
    lines: _containers.RepeatedCompositeFieldContainer[ExecutionLine]
    lines_truncated: bool
    def __init__(self, id: _Optional[str] = ..., request_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., install_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., version_id: _Optional[str] = ..., content_hash: _Optional[str] = ..., trigger: _Optional[_Union[_context_pb2.Trigger, str]] = ..., method: _Optional[str] = ..., path: _Optional[str] = ..., status: _Optional[int] = ..., reason: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., blame: _Optional[_Union[Blame, str]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration_us: _Optional[int] = ..., usage: _Optional[_Union[ExecutionUsage, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[ExecutionLine, _Mapping]]] = ..., lines_truncated: _Optional[bool] = ...) -> None: ...

class ExecutionUsage(_message.Message):
    __slots__ = ("handler_us", "queued_us", "host_wait_us", "host_calls", "host_failures", "egress_bytes", "storage_bytes", "log_lines", "log_bytes", "request_bytes", "response_bytes")
    class HostCallsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    HANDLER_US_FIELD_NUMBER: _ClassVar[int]
    QUEUED_US_FIELD_NUMBER: _ClassVar[int]
    HOST_WAIT_US_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    HOST_FAILURES_FIELD_NUMBER: _ClassVar[int]
    EGRESS_BYTES_FIELD_NUMBER: _ClassVar[int]
    STORAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    LOG_LINES_FIELD_NUMBER: _ClassVar[int]
    LOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    handler_us: int
    queued_us: int
    host_wait_us: int
    host_calls: _containers.ScalarMap[str, int]
    host_failures: _containers.RepeatedCompositeFieldContainer[HostFailures]
    egress_bytes: int
    storage_bytes: int
    log_lines: int
    log_bytes: int
    request_bytes: int
    response_bytes: int
    def __init__(self, handler_us: _Optional[int] = ..., queued_us: _Optional[int] = ..., host_wait_us: _Optional[int] = ..., host_calls: _Optional[_Mapping[str, int]] = ..., host_failures: _Optional[_Iterable[_Union[HostFailures, _Mapping]]] = ..., egress_bytes: _Optional[int] = ..., storage_bytes: _Optional[int] = ..., log_lines: _Optional[int] = ..., log_bytes: _Optional[int] = ..., request_bytes: _Optional[int] = ..., response_bytes: _Optional[int] = ...) -> None: ...

class HostFailures(_message.Message):
    __slots__ = ("interface", "reason", "blame", "count")
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BLAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    interface: str
    reason: _errors_pb2.ErrorReason
    blame: Blame
    count: int
    def __init__(self, interface: _Optional[str] = ..., reason: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., blame: _Optional[_Union[Blame, str]] = ..., count: _Optional[int] = ...) -> None: ...

class ExecutionLine(_message.Message):
    __slots__ = ("at", "level", "stream", "message", "truncated")
    AT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    level: str
    stream: str
    message: str
    truncated: bool
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., level: _Optional[str] = ..., stream: _Optional[str] = ..., message: _Optional[str] = ..., truncated: _Optional[bool] = ...) -> None: ...

class DayUsage(_message.Message):
    __slots__ = ("day", "executions", "failures", "failures_by_blame", "host_calls", "egress_bytes", "storage_bytes", "host_wait_us", "handler_us", "log_bytes")
    class FailuresByBlameEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class HostCallsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    DAY_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    FAILURES_BY_BLAME_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    EGRESS_BYTES_FIELD_NUMBER: _ClassVar[int]
    STORAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_WAIT_US_FIELD_NUMBER: _ClassVar[int]
    HANDLER_US_FIELD_NUMBER: _ClassVar[int]
    LOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    day: str
    executions: int
    failures: int
    failures_by_blame: _containers.ScalarMap[str, int]
    host_calls: _containers.ScalarMap[str, int]
    egress_bytes: int
    storage_bytes: int
    host_wait_us: int
    handler_us: int
    log_bytes: int
    def __init__(self, day: _Optional[str] = ..., executions: _Optional[int] = ..., failures: _Optional[int] = ..., failures_by_blame: _Optional[_Mapping[str, int]] = ..., host_calls: _Optional[_Mapping[str, int]] = ..., egress_bytes: _Optional[int] = ..., storage_bytes: _Optional[int] = ..., host_wait_us: _Optional[int] = ..., handler_us: _Optional[int] = ..., log_bytes: _Optional[int] = ...) -> None: ...
