from gen.alga.common.v1 import context_pb2 as _context_pb2
from gen.alga.common.v1 import errors_pb2 as _errors_pb2
from gen.alga.runner.v1 import execute_service_pb2 as _execute_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LaneRequest(_message.Message):
    __slots__ = ("invoke", "host_result")
    INVOKE_FIELD_NUMBER: _ClassVar[int]
    HOST_RESULT_FIELD_NUMBER: _ClassVar[int]
    invoke: Invoke
    host_result: HostResult
    def __init__(self, invoke: _Optional[_Union[Invoke, _Mapping]] = ..., host_result: _Optional[_Union[HostResult, _Mapping]] = ...) -> None: ...

class LaneResponse(_message.Message):
    __slots__ = ("host_call", "log", "outcome")
    HOST_CALL_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    host_call: HostCall
    log: LogLine
    outcome: Outcome
    def __init__(self, host_call: _Optional[_Union[HostCall, _Mapping]] = ..., log: _Optional[_Union[LogLine, _Mapping]] = ..., outcome: _Optional[_Union[Outcome, _Mapping]] = ...) -> None: ...

class Invoke(_message.Message):
    __slots__ = ("artifact", "http", "context", "capabilities", "timeout_ms", "memory_bytes", "response_bytes", "configuration", "log_lines", "log_bytes", "host_calls", "host_bytes", "user")
    class ConfigurationEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ARTIFACT_FIELD_NUMBER: _ClassVar[int]
    HTTP_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_FIELD_NUMBER: _ClassVar[int]
    LOG_LINES_FIELD_NUMBER: _ClassVar[int]
    LOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    HOST_BYTES_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    artifact: str
    http: _execute_service_pb2.HttpRequest
    context: GuestContext
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    timeout_ms: int
    memory_bytes: int
    response_bytes: int
    configuration: _containers.ScalarMap[str, str]
    log_lines: int
    log_bytes: int
    host_calls: int
    host_bytes: int
    user: _context_pb2.User
    def __init__(self, artifact: _Optional[str] = ..., http: _Optional[_Union[_execute_service_pb2.HttpRequest, _Mapping]] = ..., context: _Optional[_Union[GuestContext, _Mapping]] = ..., capabilities: _Optional[_Iterable[str]] = ..., timeout_ms: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., response_bytes: _Optional[int] = ..., configuration: _Optional[_Mapping[str, str]] = ..., log_lines: _Optional[int] = ..., log_bytes: _Optional[int] = ..., host_calls: _Optional[int] = ..., host_bytes: _Optional[int] = ..., user: _Optional[_Union[_context_pb2.User, _Mapping]] = ...) -> None: ...

class GuestContext(_message.Message):
    __slots__ = ("request_id", "tenant_id", "extension_id", "install_id", "version_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant_id: str
    extension_id: str
    install_id: str
    version_id: str
    def __init__(self, request_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., install_id: _Optional[str] = ..., version_id: _Optional[str] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("response", "failure")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    response: _execute_service_pb2.ExecuteResponse
    failure: GuestFailure
    def __init__(self, response: _Optional[_Union[_execute_service_pb2.ExecuteResponse, _Mapping]] = ..., failure: _Optional[_Union[GuestFailure, _Mapping]] = ...) -> None: ...

class GuestFailure(_message.Message):
    __slots__ = ("reason", "log_text", "usage")
    REASON_FIELD_NUMBER: _ClassVar[int]
    LOG_TEXT_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    reason: _errors_pb2.ErrorReason
    log_text: str
    usage: _execute_service_pb2.Usage
    def __init__(self, reason: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., log_text: _Optional[str] = ..., usage: _Optional[_Union[_execute_service_pb2.Usage, _Mapping]] = ...) -> None: ...

class LogLine(_message.Message):
    __slots__ = ("level", "message", "truncated")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    level: str
    message: str
    truncated: bool
    def __init__(self, level: _Optional[str] = ..., message: _Optional[str] = ..., truncated: _Optional[bool] = ...) -> None: ...

class HostCall(_message.Message):
    __slots__ = ("storage_get", "storage_put", "storage_delete", "storage_list", "http_fetch", "secret_get", "secret_list", "proxy_call", "described")
    STORAGE_GET_FIELD_NUMBER: _ClassVar[int]
    STORAGE_PUT_FIELD_NUMBER: _ClassVar[int]
    STORAGE_DELETE_FIELD_NUMBER: _ClassVar[int]
    STORAGE_LIST_FIELD_NUMBER: _ClassVar[int]
    HTTP_FETCH_FIELD_NUMBER: _ClassVar[int]
    SECRET_GET_FIELD_NUMBER: _ClassVar[int]
    SECRET_LIST_FIELD_NUMBER: _ClassVar[int]
    PROXY_CALL_FIELD_NUMBER: _ClassVar[int]
    DESCRIBED_FIELD_NUMBER: _ClassVar[int]
    storage_get: StorageGet
    storage_put: StoragePut
    storage_delete: StorageDelete
    storage_list: StorageList
    http_fetch: _execute_service_pb2.HttpRequest
    secret_get: SecretGet
    secret_list: SecretList
    proxy_call: ProxyCall
    described: DescribedCall
    def __init__(self, storage_get: _Optional[_Union[StorageGet, _Mapping]] = ..., storage_put: _Optional[_Union[StoragePut, _Mapping]] = ..., storage_delete: _Optional[_Union[StorageDelete, _Mapping]] = ..., storage_list: _Optional[_Union[StorageList, _Mapping]] = ..., http_fetch: _Optional[_Union[_execute_service_pb2.HttpRequest, _Mapping]] = ..., secret_get: _Optional[_Union[SecretGet, _Mapping]] = ..., secret_list: _Optional[_Union[SecretList, _Mapping]] = ..., proxy_call: _Optional[_Union[ProxyCall, _Mapping]] = ..., described: _Optional[_Union[DescribedCall, _Mapping]] = ...) -> None: ...

class HostResult(_message.Message):
    __slots__ = ("storage_entry", "storage_entries", "done", "error", "http_fetched", "secret", "secret_names", "proxy_answer", "described")
    STORAGE_ENTRY_FIELD_NUMBER: _ClassVar[int]
    STORAGE_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    HTTP_FETCHED_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    SECRET_NAMES_FIELD_NUMBER: _ClassVar[int]
    PROXY_ANSWER_FIELD_NUMBER: _ClassVar[int]
    DESCRIBED_FIELD_NUMBER: _ClassVar[int]
    storage_entry: StorageEntry
    storage_entries: StorageEntries
    done: Done
    error: _errors_pb2.ErrorReason
    http_fetched: HttpFetched
    secret: str
    secret_names: SecretNames
    proxy_answer: bytes
    described: str
    def __init__(self, storage_entry: _Optional[_Union[StorageEntry, _Mapping]] = ..., storage_entries: _Optional[_Union[StorageEntries, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ..., error: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., http_fetched: _Optional[_Union[HttpFetched, _Mapping]] = ..., secret: _Optional[str] = ..., secret_names: _Optional[_Union[SecretNames, _Mapping]] = ..., proxy_answer: _Optional[bytes] = ..., described: _Optional[str] = ...) -> None: ...

class HttpFetched(_message.Message):
    __slots__ = ("status", "headers", "body")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    status: int
    headers: _containers.RepeatedCompositeFieldContainer[_execute_service_pb2.Header]
    body: bytes
    def __init__(self, status: _Optional[int] = ..., headers: _Optional[_Iterable[_Union[_execute_service_pb2.Header, _Mapping]]] = ..., body: _Optional[bytes] = ...) -> None: ...

class SecretGet(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class SecretList(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SecretNames(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class ProxyCall(_message.Message):
    __slots__ = ("route", "payload")
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    route: str
    payload: bytes
    def __init__(self, route: _Optional[str] = ..., payload: _Optional[bytes] = ...) -> None: ...

class DescribedCall(_message.Message):
    __slots__ = ("interface", "function", "arguments")
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    interface: str
    function: str
    arguments: str
    def __init__(self, interface: _Optional[str] = ..., function: _Optional[str] = ..., arguments: _Optional[str] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StorageEntry(_message.Message):
    __slots__ = ("namespace", "key", "value", "revision")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    key: str
    value: bytes
    revision: int
    def __init__(self, namespace: _Optional[str] = ..., key: _Optional[str] = ..., value: _Optional[bytes] = ..., revision: _Optional[int] = ...) -> None: ...

class StorageEntries(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[StorageEntry]
    def __init__(self, entries: _Optional[_Iterable[_Union[StorageEntry, _Mapping]]] = ...) -> None: ...

class StorageGet(_message.Message):
    __slots__ = ("namespace", "key")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    key: str
    def __init__(self, namespace: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class StoragePut(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: StorageEntry
    def __init__(self, entry: _Optional[_Union[StorageEntry, _Mapping]] = ...) -> None: ...

class StorageDelete(_message.Message):
    __slots__ = ("namespace", "key")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    key: str
    def __init__(self, namespace: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class StorageList(_message.Message):
    __slots__ = ("namespace", "cursor")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    cursor: str
    def __init__(self, namespace: _Optional[str] = ..., cursor: _Optional[str] = ...) -> None: ...
