from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UiVariants(_message.Message):
    __slots__ = ("variants",)
    VARIANTS_FIELD_NUMBER: _ClassVar[int]
    variants: _containers.RepeatedCompositeFieldContainer[UiVariant]
    def __init__(self, variants: _Optional[_Iterable[_Union[UiVariant, _Mapping]]] = ...) -> None: ...

class UiVariant(_message.Message):
    __slots__ = ("file_sha256", "coding", "body")
    FILE_SHA256_FIELD_NUMBER: _ClassVar[int]
    CODING_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    file_sha256: bytes
    coding: str
    body: bytes
    def __init__(self, file_sha256: _Optional[bytes] = ..., coding: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...
