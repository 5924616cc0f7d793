import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Publisher(_message.Message):
    __slots__ = ("id", "name", "keys", "created_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    keys: _containers.RepeatedCompositeFieldContainer[PublisherKey]
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., keys: _Optional[_Iterable[_Union[PublisherKey, _Mapping]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PublisherKey(_message.Message):
    __slots__ = ("key_id", "public_key_pem", "created_at", "revoked_at")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_PEM_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    public_key_pem: str
    created_at: _timestamp_pb2.Timestamp
    revoked_at: _timestamp_pb2.Timestamp
    def __init__(self, key_id: _Optional[str] = ..., public_key_pem: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreatePublisherRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class CreatePublisherResponse(_message.Message):
    __slots__ = ("publisher",)
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    publisher: Publisher
    def __init__(self, publisher: _Optional[_Union[Publisher, _Mapping]] = ...) -> None: ...

class GetPublisherRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetPublisherResponse(_message.Message):
    __slots__ = ("publisher",)
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    publisher: Publisher
    def __init__(self, publisher: _Optional[_Union[Publisher, _Mapping]] = ...) -> None: ...

class AddPublisherKeyRequest(_message.Message):
    __slots__ = ("publisher", "public_key_pem")
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_PEM_FIELD_NUMBER: _ClassVar[int]
    publisher: str
    public_key_pem: str
    def __init__(self, publisher: _Optional[str] = ..., public_key_pem: _Optional[str] = ...) -> None: ...

class AddPublisherKeyResponse(_message.Message):
    __slots__ = ("publisher",)
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    publisher: Publisher
    def __init__(self, publisher: _Optional[_Union[Publisher, _Mapping]] = ...) -> None: ...

class RevokePublisherKeyRequest(_message.Message):
    __slots__ = ("publisher", "key_id")
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    publisher: str
    key_id: str
    def __init__(self, publisher: _Optional[str] = ..., key_id: _Optional[str] = ...) -> None: ...

class RevokePublisherKeyResponse(_message.Message):
    __slots__ = ("publisher",)
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    publisher: Publisher
    def __init__(self, publisher: _Optional[_Union[Publisher, _Mapping]] = ...) -> None: ...
