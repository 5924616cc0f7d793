import datetime

from gen.alga.registry.v1 import trust_pb2 as _trust_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetRecipientsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetRecipientsResponse(_message.Message):
    __slots__ = ("recipients",)
    RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
    recipients: _containers.RepeatedCompositeFieldContainer[Recipient]
    def __init__(self, recipients: _Optional[_Iterable[_Union[Recipient, _Mapping]]] = ...) -> None: ...

class Recipient(_message.Message):
    __slots__ = ("key_id", "public_key_pem")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_PEM_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    public_key_pem: str
    def __init__(self, key_id: _Optional[str] = ..., public_key_pem: _Optional[str] = ...) -> None: ...

class SealedBox(_message.Message):
    __slots__ = ("key_id", "algorithm", "ciphertext")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    CIPHERTEXT_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    algorithm: str
    ciphertext: bytes
    def __init__(self, key_id: _Optional[str] = ..., algorithm: _Optional[str] = ..., ciphertext: _Optional[bytes] = ...) -> None: ...

class SealedSecret(_message.Message):
    __slots__ = ("name", "expires_at", "boxes", "revision")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    BOXES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    name: str
    expires_at: _timestamp_pb2.Timestamp
    boxes: _containers.RepeatedCompositeFieldContainer[SealedBox]
    revision: int
    def __init__(self, name: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., boxes: _Optional[_Iterable[_Union[SealedBox, _Mapping]]] = ..., revision: _Optional[int] = ...) -> None: ...

class SecretInfo(_message.Message):
    __slots__ = ("name", "revision", "expires_at", "key_ids", "updated_at")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    KEY_IDS_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    name: str
    revision: int
    expires_at: _timestamp_pb2.Timestamp
    key_ids: _containers.RepeatedScalarFieldContainer[str]
    updated_at: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., revision: _Optional[int] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., key_ids: _Optional[_Iterable[str]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PutSecretsRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "put", "remove", "if_revision")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    PUT_FIELD_NUMBER: _ClassVar[int]
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    IF_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    put: _containers.RepeatedCompositeFieldContainer[SealedSecret]
    remove: _containers.RepeatedScalarFieldContainer[str]
    if_revision: int
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., put: _Optional[_Iterable[_Union[SealedSecret, _Mapping]]] = ..., remove: _Optional[_Iterable[str]] = ..., if_revision: _Optional[int] = ...) -> None: ...

class PutSecretsResponse(_message.Message):
    __slots__ = ("revision", "secrets")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    secrets: _containers.RepeatedCompositeFieldContainer[SecretInfo]
    def __init__(self, revision: _Optional[int] = ..., secrets: _Optional[_Iterable[_Union[SecretInfo, _Mapping]]] = ...) -> None: ...

class ListSecretsRequest(_message.Message):
    __slots__ = ("tenant_id", "install")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ...) -> None: ...

class ListSecretsResponse(_message.Message):
    __slots__ = ("install_id", "revision", "secrets")
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    install_id: str
    revision: int
    secrets: _containers.RepeatedCompositeFieldContainer[SecretInfo]
    def __init__(self, install_id: _Optional[str] = ..., revision: _Optional[int] = ..., secrets: _Optional[_Iterable[_Union[SecretInfo, _Mapping]]] = ...) -> None: ...

class ReadSealedRequest(_message.Message):
    __slots__ = ("grant",)
    GRANT_FIELD_NUMBER: _ClassVar[int]
    grant: _trust_pb2.Signed
    def __init__(self, grant: _Optional[_Union[_trust_pb2.Signed, _Mapping]] = ...) -> None: ...

class ReadSealedResponse(_message.Message):
    __slots__ = ("revision", "secrets")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    secrets: _containers.RepeatedCompositeFieldContainer[SealedSecret]
    def __init__(self, revision: _Optional[int] = ..., secrets: _Optional[_Iterable[_Union[SealedSecret, _Mapping]]] = ...) -> None: ...
