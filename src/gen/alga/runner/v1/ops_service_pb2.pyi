import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("started_at", "draining", "registry_heard", "requests", "executors", "queue", "cache")
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    REGISTRY_HEARD_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    EXECUTORS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    CACHE_FIELD_NUMBER: _ClassVar[int]
    started_at: _timestamp_pb2.Timestamp
    draining: bool
    registry_heard: bool
    requests: int
    executors: _containers.RepeatedCompositeFieldContainer[ExecutorStatus]
    queue: QueueStatus
    cache: CacheStatus
    def __init__(self, started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., draining: _Optional[bool] = ..., registry_heard: _Optional[bool] = ..., requests: _Optional[int] = ..., executors: _Optional[_Iterable[_Union[ExecutorStatus, _Mapping]]] = ..., queue: _Optional[_Union[QueueStatus, _Mapping]] = ..., cache: _Optional[_Union[CacheStatus, _Mapping]] = ...) -> None: ...

class ExecutorStatus(_message.Message):
    __slots__ = ("index", "pid", "started_at", "lanes", "calls", "running", "recycled", "alone")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    RECYCLED_FIELD_NUMBER: _ClassVar[int]
    ALONE_FIELD_NUMBER: _ClassVar[int]
    index: int
    pid: int
    started_at: _timestamp_pb2.Timestamp
    lanes: int
    calls: int
    running: int
    recycled: int
    alone: bool
    def __init__(self, index: _Optional[int] = ..., pid: _Optional[int] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lanes: _Optional[int] = ..., calls: _Optional[int] = ..., running: _Optional[int] = ..., recycled: _Optional[int] = ..., alone: _Optional[bool] = ...) -> None: ...

class QueueStatus(_message.Message):
    __slots__ = ("waiting", "limit", "tenants", "waiting_alone")
    WAITING_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    TENANTS_FIELD_NUMBER: _ClassVar[int]
    WAITING_ALONE_FIELD_NUMBER: _ClassVar[int]
    waiting: int
    limit: int
    tenants: int
    waiting_alone: int
    def __init__(self, waiting: _Optional[int] = ..., limit: _Optional[int] = ..., tenants: _Optional[int] = ..., waiting_alone: _Optional[int] = ...) -> None: ...

class CacheStatus(_message.Message):
    __slots__ = ("bundles", "verified", "bundle_bytes", "bundle_limit_bytes", "artifacts", "artifact_bytes", "artifact_limit_bytes")
    BUNDLES_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_LIMIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_BYTES_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_LIMIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    bundles: int
    verified: int
    bundle_bytes: int
    bundle_limit_bytes: int
    artifacts: int
    artifact_bytes: int
    artifact_limit_bytes: int
    def __init__(self, bundles: _Optional[int] = ..., verified: _Optional[int] = ..., bundle_bytes: _Optional[int] = ..., bundle_limit_bytes: _Optional[int] = ..., artifacts: _Optional[int] = ..., artifact_bytes: _Optional[int] = ..., artifact_limit_bytes: _Optional[int] = ...) -> None: ...

class ListVersionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListVersionsResponse(_message.Message):
    __slots__ = ("versions", "next_page_token")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[CachedVersion]
    next_page_token: str
    def __init__(self, versions: _Optional[_Iterable[_Union[CachedVersion, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CachedVersion(_message.Message):
    __slots__ = ("content_hash", "extension", "version", "verified", "bundle_bytes", "artifact_bytes", "users", "loaded_in", "isolated_ms", "revoked")
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_BYTES_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    LOADED_IN_FIELD_NUMBER: _ClassVar[int]
    ISOLATED_MS_FIELD_NUMBER: _ClassVar[int]
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    content_hash: str
    extension: str
    version: str
    verified: bool
    bundle_bytes: int
    artifact_bytes: int
    users: int
    loaded_in: _containers.RepeatedScalarFieldContainer[int]
    isolated_ms: int
    revoked: bool
    def __init__(self, content_hash: _Optional[str] = ..., extension: _Optional[str] = ..., version: _Optional[str] = ..., verified: _Optional[bool] = ..., bundle_bytes: _Optional[int] = ..., artifact_bytes: _Optional[int] = ..., users: _Optional[int] = ..., loaded_in: _Optional[_Iterable[int]] = ..., isolated_ms: _Optional[int] = ..., revoked: _Optional[bool] = ...) -> None: ...

class DrainRequest(_message.Message):
    __slots__ = ("wait_ms",)
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    wait_ms: int
    def __init__(self, wait_ms: _Optional[int] = ...) -> None: ...

class DrainResponse(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: int
    def __init__(self, requests: _Optional[int] = ...) -> None: ...

class ResumeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResumeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
