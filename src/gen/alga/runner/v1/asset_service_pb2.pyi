from gen.alga.registry.v1 import trust_pb2 as _trust_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetAssetRequest(_message.Message):
    __slots__ = ("grant", "path", "if_none_match", "header_only", "codings", "offset", "length")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    IF_NONE_MATCH_FIELD_NUMBER: _ClassVar[int]
    HEADER_ONLY_FIELD_NUMBER: _ClassVar[int]
    CODINGS_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    grant: _trust_pb2.Signed
    path: str
    if_none_match: _containers.RepeatedScalarFieldContainer[str]
    header_only: bool
    codings: _containers.RepeatedScalarFieldContainer[str]
    offset: int
    length: int
    def __init__(self, grant: _Optional[_Union[_trust_pb2.Signed, _Mapping]] = ..., path: _Optional[str] = ..., if_none_match: _Optional[_Iterable[str]] = ..., header_only: _Optional[bool] = ..., codings: _Optional[_Iterable[str]] = ..., offset: _Optional[int] = ..., length: _Optional[int] = ...) -> None: ...

class GetAssetResponse(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: AssetHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[AssetHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class AssetHeader(_message.Message):
    __slots__ = ("size_bytes", "media_type", "etag", "not_modified", "is_html", "coding", "page_sources")
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    NOT_MODIFIED_FIELD_NUMBER: _ClassVar[int]
    IS_HTML_FIELD_NUMBER: _ClassVar[int]
    CODING_FIELD_NUMBER: _ClassVar[int]
    PAGE_SOURCES_FIELD_NUMBER: _ClassVar[int]
    size_bytes: int
    media_type: str
    etag: str
    not_modified: bool
    is_html: bool
    coding: str
    page_sources: _containers.RepeatedCompositeFieldContainer[PageSources]
    def __init__(self, size_bytes: _Optional[int] = ..., media_type: _Optional[str] = ..., etag: _Optional[str] = ..., not_modified: _Optional[bool] = ..., is_html: _Optional[bool] = ..., coding: _Optional[str] = ..., page_sources: _Optional[_Iterable[_Union[PageSources, _Mapping]]] = ...) -> None: ...

class PageSources(_message.Message):
    __slots__ = ("directive", "sources")
    DIRECTIVE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    directive: str
    sources: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, directive: _Optional[str] = ..., sources: _Optional[_Iterable[str]] = ...) -> None: ...
