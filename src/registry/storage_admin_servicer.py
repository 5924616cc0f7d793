"""`alga.registry.v1.StorageAdminService`."""

from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import storage_admin_service_pb2 as pb
from gen.alga.registry.v1 import storage_admin_service_pb2_grpc as grpc_pb
from kernel import fields
from kernel.auth import current_principal
from registry import convert
from registry.storage_admin import StorageAdmin

_Context = ServicerContext[Any, Any]


class StorageAdminServicer(grpc_pb.StorageAdminServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, admin: StorageAdmin) -> None:
        self._admin = admin

    async def ListNamespaces(self, request: pb.ListNamespacesRequest, context: _Context) -> pb.ListNamespacesResponse:
        """List namespaces."""
        found = await self._admin.namespaces(_own(request.tenant_id), request.install)
        return pb.ListNamespacesResponse(
            namespaces=[pb.Namespace(name=one.namespace, keys=one.keys, total_bytes=one.total_bytes) for one in found.namespaces],
            max_keys=found.quota.keys,
            max_namespaces=found.quota.namespaces,
            max_bytes=found.quota.total_bytes,
        )

    async def ListKeys(self, request: pb.ListKeysRequest, context: _Context) -> pb.ListKeysResponse:
        """List keys."""
        entries, token = await self._admin.keys(
            _own(request.tenant_id), request.install, request.namespace, request.page_size, request.page_token
        )
        return pb.ListKeysResponse(keys=map(convert.stored_key_to_proto, entries), next_page_token=token)

    async def ReadEntry(self, request: pb.ReadEntryRequest, context: _Context) -> pb.ReadEntryResponse:
        """Read one entry."""
        entry = await self._admin.read(_own(request.tenant_id), request.install, request.namespace, request.key)
        return pb.ReadEntryResponse(entry=convert.entry_to_proto(entry))

    async def ClearNamespace(self, request: pb.ClearNamespaceRequest, context: _Context) -> pb.ClearNamespaceResponse:
        """Remove all entries of a namespace."""
        removed = await self._admin.clear(_own(request.tenant_id), request.install, request.namespace)
        return pb.ClearNamespaceResponse(removed=removed)


def _own(tenant_id: str) -> str:
    current_principal().must_own_tenant(tenant_id)
    return fields.tenant_id(tenant_id)
