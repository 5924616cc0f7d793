import datetime

from gen.alga.registry.v1 import schedule_pb2 as _schedule_pb2
from gen.alga.registry.v1 import trust_pb2 as _trust_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScheduleOwner(_message.Message):
    __slots__ = ("grant", "install")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    grant: _trust_pb2.Signed
    install: ScheduleInstall
    def __init__(self, grant: _Optional[_Union[_trust_pb2.Signed, _Mapping]] = ..., install: _Optional[_Union[ScheduleInstall, _Mapping]] = ...) -> None: ...

class ScheduleInstall(_message.Message):
    __slots__ = ("tenant_id", "install")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ...) -> None: ...

class CreateScheduleRequest(_message.Message):
    __slots__ = ("owner", "endpoint", "cron", "timezone", "enabled", "name", "payload")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    owner: ScheduleOwner
    endpoint: str
    cron: str
    timezone: str
    enabled: bool
    name: str
    payload: str
    def __init__(self, owner: _Optional[_Union[ScheduleOwner, _Mapping]] = ..., endpoint: _Optional[str] = ..., cron: _Optional[str] = ..., timezone: _Optional[str] = ..., enabled: _Optional[bool] = ..., name: _Optional[str] = ..., payload: _Optional[str] = ...) -> None: ...

class CreateScheduleResponse(_message.Message):
    __slots__ = ("schedule",)
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    schedule: _schedule_pb2.Schedule
    def __init__(self, schedule: _Optional[_Union[_schedule_pb2.Schedule, _Mapping]] = ...) -> None: ...

class UpdateScheduleRequest(_message.Message):
    __slots__ = ("owner", "schedule_id", "endpoint", "cron", "timezone", "enabled", "name", "payload")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    owner: ScheduleOwner
    schedule_id: str
    endpoint: str
    cron: str
    timezone: str
    enabled: bool
    name: str
    payload: str
    def __init__(self, owner: _Optional[_Union[ScheduleOwner, _Mapping]] = ..., schedule_id: _Optional[str] = ..., endpoint: _Optional[str] = ..., cron: _Optional[str] = ..., timezone: _Optional[str] = ..., enabled: _Optional[bool] = ..., name: _Optional[str] = ..., payload: _Optional[str] = ...) -> None: ...

class UpdateScheduleResponse(_message.Message):
    __slots__ = ("schedule",)
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    schedule: _schedule_pb2.Schedule
    def __init__(self, schedule: _Optional[_Union[_schedule_pb2.Schedule, _Mapping]] = ...) -> None: ...

class DeleteScheduleRequest(_message.Message):
    __slots__ = ("owner", "schedule_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    owner: ScheduleOwner
    schedule_id: str
    def __init__(self, owner: _Optional[_Union[ScheduleOwner, _Mapping]] = ..., schedule_id: _Optional[str] = ...) -> None: ...

class DeleteScheduleResponse(_message.Message):
    __slots__ = ("schedule",)
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    schedule: _schedule_pb2.Schedule
    def __init__(self, schedule: _Optional[_Union[_schedule_pb2.Schedule, _Mapping]] = ...) -> None: ...

class GetScheduleRequest(_message.Message):
    __slots__ = ("owner", "schedule_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    owner: ScheduleOwner
    schedule_id: str
    def __init__(self, owner: _Optional[_Union[ScheduleOwner, _Mapping]] = ..., schedule_id: _Optional[str] = ...) -> None: ...

class GetScheduleResponse(_message.Message):
    __slots__ = ("schedule",)
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    schedule: _schedule_pb2.Schedule
    def __init__(self, schedule: _Optional[_Union[_schedule_pb2.Schedule, _Mapping]] = ...) -> None: ...

class ListSchedulesRequest(_message.Message):
    __slots__ = ("owner",)
    OWNER_FIELD_NUMBER: _ClassVar[int]
    owner: ScheduleOwner
    def __init__(self, owner: _Optional[_Union[ScheduleOwner, _Mapping]] = ...) -> None: ...

class ListSchedulesResponse(_message.Message):
    __slots__ = ("schedules",)
    SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    schedules: _containers.RepeatedCompositeFieldContainer[_schedule_pb2.Schedule]
    def __init__(self, schedules: _Optional[_Iterable[_Union[_schedule_pb2.Schedule, _Mapping]]] = ...) -> None: ...

class ListEndpointsRequest(_message.Message):
    __slots__ = ("owner",)
    OWNER_FIELD_NUMBER: _ClassVar[int]
    owner: ScheduleOwner
    def __init__(self, owner: _Optional[_Union[ScheduleOwner, _Mapping]] = ...) -> None: ...

class ListEndpointsResponse(_message.Message):
    __slots__ = ("endpoints",)
    ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    endpoints: _containers.RepeatedCompositeFieldContainer[_schedule_pb2.ScheduleEndpoint]
    def __init__(self, endpoints: _Optional[_Iterable[_Union[_schedule_pb2.ScheduleEndpoint, _Mapping]]] = ...) -> None: ...

class RunNowRequest(_message.Message):
    __slots__ = ("owner", "schedule_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    owner: ScheduleOwner
    schedule_id: str
    def __init__(self, owner: _Optional[_Union[ScheduleOwner, _Mapping]] = ..., schedule_id: _Optional[str] = ...) -> None: ...

class RunNowResponse(_message.Message):
    __slots__ = ("occurrence",)
    OCCURRENCE_FIELD_NUMBER: _ClassVar[int]
    occurrence: _schedule_pb2.Occurrence
    def __init__(self, occurrence: _Optional[_Union[_schedule_pb2.Occurrence, _Mapping]] = ...) -> None: ...

class ListOccurrencesRequest(_message.Message):
    __slots__ = ("owner", "schedule_id")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    owner: ScheduleOwner
    schedule_id: str
    def __init__(self, owner: _Optional[_Union[ScheduleOwner, _Mapping]] = ..., schedule_id: _Optional[str] = ...) -> None: ...

class ListOccurrencesResponse(_message.Message):
    __slots__ = ("occurrences",)
    OCCURRENCES_FIELD_NUMBER: _ClassVar[int]
    occurrences: _containers.RepeatedCompositeFieldContainer[_schedule_pb2.Occurrence]
    def __init__(self, occurrences: _Optional[_Iterable[_Union[_schedule_pb2.Occurrence, _Mapping]]] = ...) -> None: ...

class AwaitDueRequest(_message.Message):
    __slots__ = ("wait_ms",)
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    wait_ms: int
    def __init__(self, wait_ms: _Optional[int] = ...) -> None: ...

class AwaitDueResponse(_message.Message):
    __slots__ = ("due",)
    DUE_FIELD_NUMBER: _ClassVar[int]
    due: bool
    def __init__(self, due: _Optional[bool] = ...) -> None: ...

class ClaimOccurrencesRequest(_message.Message):
    __slots__ = ("most",)
    MOST_FIELD_NUMBER: _ClassVar[int]
    most: int
    def __init__(self, most: _Optional[int] = ...) -> None: ...

class ClaimOccurrencesResponse(_message.Message):
    __slots__ = ("occurrences",)
    OCCURRENCES_FIELD_NUMBER: _ClassVar[int]
    occurrences: _containers.RepeatedCompositeFieldContainer[ClaimedOccurrence]
    def __init__(self, occurrences: _Optional[_Iterable[_Union[ClaimedOccurrence, _Mapping]]] = ...) -> None: ...

class ClaimedOccurrence(_message.Message):
    __slots__ = ("id", "schedule_id", "tenant_id", "install_id", "method", "path", "payload", "timeout_ms", "due_at", "lease_ms")
    ID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    LEASE_MS_FIELD_NUMBER: _ClassVar[int]
    id: str
    schedule_id: str
    tenant_id: str
    install_id: str
    method: str
    path: str
    payload: str
    timeout_ms: int
    due_at: _timestamp_pb2.Timestamp
    lease_ms: int
    def __init__(self, id: _Optional[str] = ..., schedule_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., install_id: _Optional[str] = ..., method: _Optional[str] = ..., path: _Optional[str] = ..., payload: _Optional[str] = ..., timeout_ms: _Optional[int] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lease_ms: _Optional[int] = ...) -> None: ...

class CompleteOccurrenceRequest(_message.Message):
    __slots__ = ("occurrence_id", "status", "error")
    OCCURRENCE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    occurrence_id: str
    status: int
    error: str
    def __init__(self, occurrence_id: _Optional[str] = ..., status: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class CompleteOccurrenceResponse(_message.Message):
    __slots__ = ("occurrence",)
    OCCURRENCE_FIELD_NUMBER: _ClassVar[int]
    occurrence: _schedule_pb2.Occurrence
    def __init__(self, occurrence: _Optional[_Union[_schedule_pb2.Occurrence, _Mapping]] = ...) -> None: ...
