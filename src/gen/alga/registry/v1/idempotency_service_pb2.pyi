from gen.alga.common.v1 import errors_pb2 as _errors_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IdempotencyPlace(_message.Message):
    __slots__ = ("tenant_id", "install_id", "endpoint", "principal", "key")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install_id: str
    endpoint: str
    principal: str
    key: str
    def __init__(self, tenant_id: _Optional[str] = ..., install_id: _Optional[str] = ..., endpoint: _Optional[str] = ..., principal: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class ClaimKeyRequest(_message.Message):
    __slots__ = ("place", "request_hash", "claim_id", "lease_ms", "wait_ms")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_HASH_FIELD_NUMBER: _ClassVar[int]
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_MS_FIELD_NUMBER: _ClassVar[int]
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    place: IdempotencyPlace
    request_hash: bytes
    claim_id: str
    lease_ms: int
    wait_ms: int
    def __init__(self, place: _Optional[_Union[IdempotencyPlace, _Mapping]] = ..., request_hash: _Optional[bytes] = ..., claim_id: _Optional[str] = ..., lease_ms: _Optional[int] = ..., wait_ms: _Optional[int] = ...) -> None: ...

class ClaimKeyResponse(_message.Message):
    __slots__ = ("claimed", "replay")
    CLAIMED_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    claimed: KeyClaimed
    replay: KeptAnswer
    def __init__(self, claimed: _Optional[_Union[KeyClaimed, _Mapping]] = ..., replay: _Optional[_Union[KeptAnswer, _Mapping]] = ...) -> None: ...

class KeyClaimed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class KeptAnswer(_message.Message):
    __slots__ = ("status", "headers", "body", "too_large")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    TOO_LARGE_FIELD_NUMBER: _ClassVar[int]
    status: int
    headers: _containers.RepeatedCompositeFieldContainer[KeptHeader]
    body: bytes
    too_large: bool
    def __init__(self, status: _Optional[int] = ..., headers: _Optional[_Iterable[_Union[KeptHeader, _Mapping]]] = ..., body: _Optional[bytes] = ..., too_large: _Optional[bool] = ...) -> None: ...

class KeptHeader(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class CompleteKeyRequest(_message.Message):
    __slots__ = ("place", "claim_id", "answer", "released", "unknown")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    CLAIM_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    place: IdempotencyPlace
    claim_id: str
    answer: KeptAnswer
    released: KeyReleased
    unknown: KeyUnknown
    def __init__(self, place: _Optional[_Union[IdempotencyPlace, _Mapping]] = ..., claim_id: _Optional[str] = ..., answer: _Optional[_Union[KeptAnswer, _Mapping]] = ..., released: _Optional[_Union[KeyReleased, _Mapping]] = ..., unknown: _Optional[_Union[KeyUnknown, _Mapping]] = ...) -> None: ...

class KeyReleased(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class KeyUnknown(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CompleteKeyResponse(_message.Message):
    __slots__ = ("kept",)
    KEPT_FIELD_NUMBER: _ClassVar[int]
    kept: bool
    def __init__(self, kept: _Optional[bool] = ...) -> None: ...

class AskKeysRequest(_message.Message):
    __slots__ = ("asks",)
    ASKS_FIELD_NUMBER: _ClassVar[int]
    asks: _containers.RepeatedCompositeFieldContainer[KeyAsk]
    def __init__(self, asks: _Optional[_Iterable[_Union[KeyAsk, _Mapping]]] = ...) -> None: ...

class KeyAsk(_message.Message):
    __slots__ = ("request_id", "claim", "complete")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    claim: ClaimKeyRequest
    complete: CompleteKeyRequest
    def __init__(self, request_id: _Optional[str] = ..., claim: _Optional[_Union[ClaimKeyRequest, _Mapping]] = ..., complete: _Optional[_Union[CompleteKeyRequest, _Mapping]] = ...) -> None: ...

class AskKeysResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[KeyOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[KeyOutcome, _Mapping]]] = ...) -> None: ...

class KeyOutcome(_message.Message):
    __slots__ = ("claim", "complete", "error")
    CLAIM_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    claim: ClaimKeyResponse
    complete: CompleteKeyResponse
    error: _errors_pb2.ErrorDetail
    def __init__(self, claim: _Optional[_Union[ClaimKeyResponse, _Mapping]] = ..., complete: _Optional[_Union[CompleteKeyResponse, _Mapping]] = ..., error: _Optional[_Union[_errors_pb2.ErrorDetail, _Mapping]] = ...) -> None: ...
