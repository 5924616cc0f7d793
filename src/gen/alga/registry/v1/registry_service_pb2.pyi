from gen.alga.registry.v1 import extension_pb2 as _extension_pb2
from gen.alga.registry.v1 import trust_pb2 as _trust_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PublishVersionRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: PublishHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[PublishHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class PublishHeader(_message.Message):
    __slots__ = ("content_hash", "size_bytes", "envelope", "visibility")
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    content_hash: str
    size_bytes: int
    envelope: bytes
    visibility: _extension_pb2.Visibility
    def __init__(self, content_hash: _Optional[str] = ..., size_bytes: _Optional[int] = ..., envelope: _Optional[bytes] = ..., visibility: _Optional[_Union[_extension_pb2.Visibility, str]] = ...) -> None: ...

class PublishVersionResponse(_message.Message):
    __slots__ = ("version", "existed")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EXISTED_FIELD_NUMBER: _ClassVar[int]
    version: _extension_pb2.Version
    existed: bool
    def __init__(self, version: _Optional[_Union[_extension_pb2.Version, _Mapping]] = ..., existed: _Optional[bool] = ...) -> None: ...

class GetExtensionRequest(_message.Message):
    __slots__ = ("extension",)
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    extension: str
    def __init__(self, extension: _Optional[str] = ...) -> None: ...

class GetExtensionResponse(_message.Message):
    __slots__ = ("extension",)
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    extension: _extension_pb2.Extension
    def __init__(self, extension: _Optional[_Union[_extension_pb2.Extension, _Mapping]] = ...) -> None: ...

class ListExtensionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListExtensionsResponse(_message.Message):
    __slots__ = ("extensions", "next_page_token")
    EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    extensions: _containers.RepeatedCompositeFieldContainer[_extension_pb2.Extension]
    next_page_token: str
    def __init__(self, extensions: _Optional[_Iterable[_Union[_extension_pb2.Extension, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetVersionRequest(_message.Message):
    __slots__ = ("extension", "version")
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    extension: str
    version: str
    def __init__(self, extension: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class GetVersionResponse(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: _extension_pb2.Version
    def __init__(self, version: _Optional[_Union[_extension_pb2.Version, _Mapping]] = ...) -> None: ...

class ListVersionsRequest(_message.Message):
    __slots__ = ("extension", "page_size", "page_token")
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    extension: str
    page_size: int
    page_token: str
    def __init__(self, extension: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListVersionsResponse(_message.Message):
    __slots__ = ("versions", "next_page_token")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[_extension_pb2.Version]
    next_page_token: str
    def __init__(self, versions: _Optional[_Iterable[_Union[_extension_pb2.Version, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeprecateExtensionRequest(_message.Message):
    __slots__ = ("extension", "message")
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    extension: str
    message: str
    def __init__(self, extension: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class DeprecateExtensionResponse(_message.Message):
    __slots__ = ("extension",)
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    extension: _extension_pb2.Extension
    def __init__(self, extension: _Optional[_Union[_extension_pb2.Extension, _Mapping]] = ...) -> None: ...

class SetVisibilityRequest(_message.Message):
    __slots__ = ("extension", "visibility", "allowed_tenants")
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_TENANTS_FIELD_NUMBER: _ClassVar[int]
    extension: str
    visibility: _extension_pb2.Visibility
    allowed_tenants: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, extension: _Optional[str] = ..., visibility: _Optional[_Union[_extension_pb2.Visibility, str]] = ..., allowed_tenants: _Optional[_Iterable[str]] = ...) -> None: ...

class SetVisibilityResponse(_message.Message):
    __slots__ = ("extension",)
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    extension: _extension_pb2.Extension
    def __init__(self, extension: _Optional[_Union[_extension_pb2.Extension, _Mapping]] = ...) -> None: ...

class YankVersionRequest(_message.Message):
    __slots__ = ("extension", "version")
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    extension: str
    version: str
    def __init__(self, extension: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class YankVersionResponse(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: _extension_pb2.Version
    def __init__(self, version: _Optional[_Union[_extension_pb2.Version, _Mapping]] = ...) -> None: ...

class RevokeVersionRequest(_message.Message):
    __slots__ = ("extension", "version")
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    extension: str
    version: str
    def __init__(self, extension: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class RevokeVersionResponse(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: _extension_pb2.Version
    def __init__(self, version: _Optional[_Union[_extension_pb2.Version, _Mapping]] = ...) -> None: ...

class ReadBundleRequest(_message.Message):
    __slots__ = ("content_hash",)
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    content_hash: str
    def __init__(self, content_hash: _Optional[str] = ...) -> None: ...

class ReadVariantsRequest(_message.Message):
    __slots__ = ("content_hash",)
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    content_hash: str
    def __init__(self, content_hash: _Optional[str] = ...) -> None: ...

class ReadVariantsResponse(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    def __init__(self, chunk: _Optional[bytes] = ...) -> None: ...

class ReadBundleResponse(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: BundleHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[BundleHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class BundleHeader(_message.Message):
    __slots__ = ("size_bytes", "envelope", "attestation")
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_FIELD_NUMBER: _ClassVar[int]
    ATTESTATION_FIELD_NUMBER: _ClassVar[int]
    size_bytes: int
    envelope: bytes
    attestation: _trust_pb2.Signed
    def __init__(self, size_bytes: _Optional[int] = ..., envelope: _Optional[bytes] = ..., attestation: _Optional[_Union[_trust_pb2.Signed, _Mapping]] = ...) -> None: ...
