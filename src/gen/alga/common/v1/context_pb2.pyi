from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Trigger(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRIGGER_UNSPECIFIED: _ClassVar[Trigger]
    TRIGGER_HTTP: _ClassVar[Trigger]
    TRIGGER_SCHEDULE: _ClassVar[Trigger]
TRIGGER_UNSPECIFIED: Trigger
TRIGGER_HTTP: Trigger
TRIGGER_SCHEDULE: Trigger

class CallContext(_message.Message):
    __slots__ = ("request_id", "user", "trigger")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    user: User
    trigger: Trigger
    def __init__(self, request_id: _Optional[str] = ..., user: _Optional[_Union[User, _Mapping]] = ..., trigger: _Optional[_Union[Trigger, str]] = ...) -> None: ...

class User(_message.Message):
    __slots__ = ("user_id", "email", "name", "type", "client_name", "client_id", "additional_fields")
    class AdditionalFieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_NAME_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    ADDITIONAL_FIELDS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    email: str
    name: str
    type: str
    client_name: str
    client_id: str
    additional_fields: _containers.ScalarMap[str, str]
    def __init__(self, user_id: _Optional[str] = ..., email: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[str] = ..., client_name: _Optional[str] = ..., client_id: _Optional[str] = ..., additional_fields: _Optional[_Mapping[str, str]] = ...) -> None: ...
