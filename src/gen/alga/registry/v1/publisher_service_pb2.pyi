import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Publisher(_message.Message):
    __slots__ = ("id", "name", "keys", "created_at", "stored_bytes", "quota_bytes")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    STORED_BYTES_FIELD_NUMBER: _ClassVar[int]
    QUOTA_BYTES_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    keys: _containers.RepeatedCompositeFieldContainer[PublisherKey]
    created_at: _timestamp_pb2.Timestamp
    stored_bytes: int
    quota_bytes: int
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., keys: _Optional[_Iterable[_Union[PublisherKey, _Mapping]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stored_bytes: _Optional[int] = ..., quota_bytes: _Optional[int] = ...) -> None: ...

class PublisherKey(_message.Message):
    __slots__ = ("key_id", "public_key_pem", "created_at", "revoked_at", "authority", "not_before", "not_after", "compromised_since")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_PEM_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_FIELD_NUMBER: _ClassVar[int]
    COMPROMISED_SINCE_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    public_key_pem: str
    created_at: _timestamp_pb2.Timestamp
    revoked_at: _timestamp_pb2.Timestamp
    authority: bool
    not_before: _timestamp_pb2.Timestamp
    not_after: _timestamp_pb2.Timestamp
    compromised_since: _timestamp_pb2.Timestamp
    def __init__(self, key_id: _Optional[str] = ..., public_key_pem: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., authority: _Optional[bool] = ..., not_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., not_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., compromised_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("publisher", "public_key_pem", "not_before", "not_after")
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_PEM_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_FIELD_NUMBER: _ClassVar[int]
    publisher: str
    public_key_pem: str
    not_before: _timestamp_pb2.Timestamp
    not_after: _timestamp_pb2.Timestamp
    def __init__(self, publisher: _Optional[str] = ..., public_key_pem: _Optional[str] = ..., not_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., not_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AddPublisherKeyResponse(_message.Message):
    __slots__ = ("publisher",)
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    publisher: Publisher
    def __init__(self, publisher: _Optional[_Union[Publisher, _Mapping]] = ...) -> None: ...

class RetirePublisherKeyRequest(_message.Message):
    __slots__ = ("publisher", "key_id", "not_after")
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    NOT_AFTER_FIELD_NUMBER: _ClassVar[int]
    publisher: str
    key_id: str
    not_after: _timestamp_pb2.Timestamp
    def __init__(self, publisher: _Optional[str] = ..., key_id: _Optional[str] = ..., not_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RetirePublisherKeyResponse(_message.Message):
    __slots__ = ("publisher",)
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    publisher: Publisher
    def __init__(self, publisher: _Optional[_Union[Publisher, _Mapping]] = ...) -> None: ...

class RevokePublisherKeyRequest(_message.Message):
    __slots__ = ("publisher", "key_id", "compromised_since")
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    COMPROMISED_SINCE_FIELD_NUMBER: _ClassVar[int]
    publisher: str
    key_id: str
    compromised_since: _timestamp_pb2.Timestamp
    def __init__(self, publisher: _Optional[str] = ..., key_id: _Optional[str] = ..., compromised_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RevokePublisherKeyResponse(_message.Message):
    __slots__ = ("publisher", "revoked_hashes")
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    REVOKED_HASHES_FIELD_NUMBER: _ClassVar[int]
    publisher: Publisher
    revoked_hashes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, publisher: _Optional[_Union[Publisher, _Mapping]] = ..., revoked_hashes: _Optional[_Iterable[str]] = ...) -> None: ...
