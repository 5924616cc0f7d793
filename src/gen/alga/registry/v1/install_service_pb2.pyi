from gen.alga.registry.v1 import extension_pb2 as _extension_pb2
from gen.alga.registry.v1 import install_pb2 as _install_pb2
from gen.alga.registry.v1 import trust_pb2 as _trust_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InstallRequest(_message.Message):
    __slots__ = ("tenant_id", "extension", "version", "capabilities", "pattern")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    extension: str
    version: str
    capabilities: CapabilityGrant
    pattern: bool
    def __init__(self, tenant_id: _Optional[str] = ..., extension: _Optional[str] = ..., version: _Optional[str] = ..., capabilities: _Optional[_Union[CapabilityGrant, _Mapping]] = ..., pattern: _Optional[bool] = ...) -> None: ...

class CapabilityGrant(_message.Message):
    __slots__ = ("all_requested", "names")
    ALL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    all_requested: bool
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, all_requested: _Optional[bool] = ..., names: _Optional[_Iterable[str]] = ...) -> None: ...

class InstallResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class UpdateRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "version", "capabilities", "pattern")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    version: str
    capabilities: CapabilityGrant
    pattern: bool
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., version: _Optional[str] = ..., capabilities: _Optional[_Union[CapabilityGrant, _Mapping]] = ..., pattern: _Optional[bool] = ...) -> None: ...

class UpdateResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class ConsentToUpdateRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "content_hash", "capabilities")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    content_hash: str
    capabilities: CapabilityGrant
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., content_hash: _Optional[str] = ..., capabilities: _Optional[_Union[CapabilityGrant, _Mapping]] = ...) -> None: ...

class ConsentToUpdateResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class DeclineUpdateRequest(_message.Message):
    __slots__ = ("tenant_id", "install")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ...) -> None: ...

class DeclineUpdateResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class SetGrantsRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "capabilities")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    capabilities: CapabilityGrant
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., capabilities: _Optional[_Union[CapabilityGrant, _Mapping]] = ...) -> None: ...

class SetGrantsResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class SetConfigurationRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "configuration", "if_revision")
    class ConfigurationEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_FIELD_NUMBER: _ClassVar[int]
    IF_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    configuration: _containers.ScalarMap[str, str]
    if_revision: int
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., configuration: _Optional[_Mapping[str, str]] = ..., if_revision: _Optional[int] = ...) -> None: ...

class SetConfigurationResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class SetLimitsRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "limits", "if_revision", "caller_limits")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    IF_REVISION_FIELD_NUMBER: _ClassVar[int]
    CALLER_LIMITS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    limits: _trust_pb2.Limits
    if_revision: int
    caller_limits: _install_pb2.CallerLimits
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., limits: _Optional[_Union[_trust_pb2.Limits, _Mapping]] = ..., if_revision: _Optional[int] = ..., caller_limits: _Optional[_Union[_install_pb2.CallerLimits, _Mapping]] = ...) -> None: ...

class SetLimitsResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class SetEgressRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "egress", "if_revision")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    EGRESS_FIELD_NUMBER: _ClassVar[int]
    IF_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    egress: _trust_pb2.EgressList
    if_revision: int
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., egress: _Optional[_Union[_trust_pb2.EgressList, _Mapping]] = ..., if_revision: _Optional[int] = ...) -> None: ...

class SetEgressResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class SetCredentialsRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "credentials", "if_revision")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    IF_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    credentials: _containers.RepeatedCompositeFieldContainer[_trust_pb2.Credential]
    if_revision: int
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., credentials: _Optional[_Iterable[_Union[_trust_pb2.Credential, _Mapping]]] = ..., if_revision: _Optional[int] = ...) -> None: ...

class SetCredentialsResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class SetAccessRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "access", "if_revision")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    IF_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    access: _install_pb2.AccessRules
    if_revision: int
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., access: _Optional[_Union[_install_pb2.AccessRules, _Mapping]] = ..., if_revision: _Optional[int] = ...) -> None: ...

class SetAccessResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class EnableRequest(_message.Message):
    __slots__ = ("tenant_id", "install")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ...) -> None: ...

class EnableResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class DisableRequest(_message.Message):
    __slots__ = ("tenant_id", "install")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ...) -> None: ...

class DisableResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class UninstallRequest(_message.Message):
    __slots__ = ("tenant_id", "install")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ...) -> None: ...

class UninstallResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class GetInstallRequest(_message.Message):
    __slots__ = ("tenant_id", "install")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ...) -> None: ...

class GetInstallResponse(_message.Message):
    __slots__ = ("install",)
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    install: _install_pb2.Install
    def __init__(self, install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ...) -> None: ...

class ListInstallsRequest(_message.Message):
    __slots__ = ("tenant_id", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListInstallsResponse(_message.Message):
    __slots__ = ("installs", "next_page_token")
    INSTALLS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    installs: _containers.RepeatedCompositeFieldContainer[_install_pb2.Install]
    next_page_token: str
    def __init__(self, installs: _Optional[_Iterable[_Union[_install_pb2.Install, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ResolveInstallRequest(_message.Message):
    __slots__ = ("tenant_id", "extension")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    extension: str
    def __init__(self, tenant_id: _Optional[str] = ..., extension: _Optional[str] = ...) -> None: ...

class ResolveInstallResponse(_message.Message):
    __slots__ = ("grant", "install", "endpoints", "has_handler", "registry_revision", "client_portal")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    HAS_HANDLER_FIELD_NUMBER: _ClassVar[int]
    REGISTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_PORTAL_FIELD_NUMBER: _ClassVar[int]
    grant: _trust_pb2.Signed
    install: _install_pb2.Install
    endpoints: _containers.RepeatedCompositeFieldContainer[_extension_pb2.Endpoint]
    has_handler: bool
    registry_revision: int
    client_portal: bool
    def __init__(self, grant: _Optional[_Union[_trust_pb2.Signed, _Mapping]] = ..., install: _Optional[_Union[_install_pb2.Install, _Mapping]] = ..., endpoints: _Optional[_Iterable[_Union[_extension_pb2.Endpoint, _Mapping]]] = ..., has_handler: _Optional[bool] = ..., registry_revision: _Optional[int] = ..., client_portal: _Optional[bool] = ...) -> None: ...

class ResolveAssetsRequest(_message.Message):
    __slots__ = ("extension", "content_hash", "tenant_id")
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    extension: str
    content_hash: str
    tenant_id: str
    def __init__(self, extension: _Optional[str] = ..., content_hash: _Optional[str] = ..., tenant_id: _Optional[str] = ...) -> None: ...

class ResolveAssetsResponse(_message.Message):
    __slots__ = ("grant", "extension_id", "ui_entry", "registry_revision")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    UI_ENTRY_FIELD_NUMBER: _ClassVar[int]
    REGISTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    grant: _trust_pb2.Signed
    extension_id: str
    ui_entry: str
    registry_revision: int
    def __init__(self, grant: _Optional[_Union[_trust_pb2.Signed, _Mapping]] = ..., extension_id: _Optional[str] = ..., ui_entry: _Optional[str] = ..., registry_revision: _Optional[int] = ...) -> None: ...

class WatchInstallsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchInstallsResponse(_message.Message):
    __slots__ = ("snapshot", "change", "heartbeat")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    snapshot: Snapshot
    change: _install_pb2.Change
    heartbeat: Heartbeat
    def __init__(self, snapshot: _Optional[_Union[Snapshot, _Mapping]] = ..., change: _Optional[_Union[_install_pb2.Change, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("revision", "revoked_hashes")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REVOKED_HASHES_FIELD_NUMBER: _ClassVar[int]
    revision: int
    revoked_hashes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, revision: _Optional[int] = ..., revoked_hashes: _Optional[_Iterable[str]] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...

class LocateInstallRequest(_message.Message):
    __slots__ = ("install_id",)
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    install_id: str
    def __init__(self, install_id: _Optional[str] = ...) -> None: ...

class LocateInstallResponse(_message.Message):
    __slots__ = ("tenant_id", "extension_id", "content_hash", "registry_revision")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    REGISTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    extension_id: str
    content_hash: str
    registry_revision: int
    def __init__(self, tenant_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., content_hash: _Optional[str] = ..., registry_revision: _Optional[int] = ...) -> None: ...

class ListMenuRequest(_message.Message):
    __slots__ = ("tenant_id", "hook", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    HOOK_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    hook: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., hook: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMenuResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[MenuItem]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[MenuItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MenuItem(_message.Message):
    __slots__ = ("install_id", "extension_id", "extension_name", "version", "content_hash", "label", "access")
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    install_id: str
    extension_id: str
    extension_name: str
    version: str
    content_hash: str
    label: str
    access: _install_pb2.AccessRules
    def __init__(self, install_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., extension_name: _Optional[str] = ..., version: _Optional[str] = ..., content_hash: _Optional[str] = ..., label: _Optional[str] = ..., access: _Optional[_Union[_install_pb2.AccessRules, _Mapping]] = ...) -> None: ...
