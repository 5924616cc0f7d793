import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OccurrenceState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OCCURRENCE_STATE_UNSPECIFIED: _ClassVar[OccurrenceState]
    OCCURRENCE_STATE_WAITING: _ClassVar[OccurrenceState]
    OCCURRENCE_STATE_RUNNING: _ClassVar[OccurrenceState]
    OCCURRENCE_STATE_SUCCESS: _ClassVar[OccurrenceState]
    OCCURRENCE_STATE_FAILURE: _ClassVar[OccurrenceState]
    OCCURRENCE_STATE_UNKNOWN: _ClassVar[OccurrenceState]
    OCCURRENCE_STATE_MISSED: _ClassVar[OccurrenceState]
OCCURRENCE_STATE_UNSPECIFIED: OccurrenceState
OCCURRENCE_STATE_WAITING: OccurrenceState
OCCURRENCE_STATE_RUNNING: OccurrenceState
OCCURRENCE_STATE_SUCCESS: OccurrenceState
OCCURRENCE_STATE_FAILURE: OccurrenceState
OCCURRENCE_STATE_UNKNOWN: OccurrenceState
OCCURRENCE_STATE_MISSED: OccurrenceState

class Schedule(_message.Message):
    __slots__ = ("id", "install_id", "method", "path", "name", "cron", "timezone", "enabled", "payload", "last_run_at", "last_run_status", "last_error", "next_run_at", "created_at", "updated_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    LAST_RUN_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_RUN_STATUS_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    NEXT_RUN_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    install_id: str
    method: str
    path: str
    name: str
    cron: str
    timezone: str
    enabled: bool
    payload: str
    last_run_at: _timestamp_pb2.Timestamp
    last_run_status: OccurrenceState
    last_error: str
    next_run_at: _timestamp_pb2.Timestamp
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., install_id: _Optional[str] = ..., method: _Optional[str] = ..., path: _Optional[str] = ..., name: _Optional[str] = ..., cron: _Optional[str] = ..., timezone: _Optional[str] = ..., enabled: _Optional[bool] = ..., payload: _Optional[str] = ..., last_run_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_run_status: _Optional[_Union[OccurrenceState, str]] = ..., last_error: _Optional[str] = ..., next_run_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ScheduleEndpoint(_message.Message):
    __slots__ = ("id", "method", "path", "handler", "schedulable")
    ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    HANDLER_FIELD_NUMBER: _ClassVar[int]
    SCHEDULABLE_FIELD_NUMBER: _ClassVar[int]
    id: str
    method: str
    path: str
    handler: str
    schedulable: bool
    def __init__(self, id: _Optional[str] = ..., method: _Optional[str] = ..., path: _Optional[str] = ..., handler: _Optional[str] = ..., schedulable: _Optional[bool] = ...) -> None: ...

class Occurrence(_message.Message):
    __slots__ = ("id", "schedule_id", "due_at", "manual", "state", "started_at", "finished_at", "status", "error")
    ID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    MANUAL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    id: str
    schedule_id: str
    due_at: _timestamp_pb2.Timestamp
    manual: bool
    state: OccurrenceState
    started_at: _timestamp_pb2.Timestamp
    finished_at: _timestamp_pb2.Timestamp
    status: int
    error: str
    def __init__(self, id: _Optional[str] = ..., schedule_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., manual: _Optional[bool] = ..., state: _Optional[_Union[OccurrenceState, str]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finished_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...
