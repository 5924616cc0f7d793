"""What installs store, over `alga.registry.v1.StorageAdminService`. Every method raises Fault with what the rpc documents."""

import base64

from cli.client.calls import Calls
from cli.client.convert import record
from cli.output import Record
from gen.alga.registry.v1 import storage_admin_service_pb2, storage_admin_service_pb2_grpc
from kernel.rpc import Peer


class Storage(Calls):
    """What admins see and remove. `install` names one by its id, or by the extension's id or name."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._stub = storage_admin_service_pb2_grpc.StorageAdminServiceStub(peer.channel)

    async def namespaces(self, tenant: str, install: str) -> Record:
        """What an install stores, by namespace, and its quota."""
        request = storage_admin_service_pb2.ListNamespacesRequest(tenant_id=tenant, install=install)
        return record(await self._ask(self._stub.ListNamespaces, request))

    async def keys(self, tenant: str, install: str, namespace: str) -> list[Record]:
        """All keys of a namespace, in order."""
        request = storage_admin_service_pb2.ListKeysRequest(tenant_id=tenant, install=install, namespace=namespace)
        return await self._every(self._stub.ListKeys, request, lambda page: page.keys)

    async def read(self, tenant: str, install: str, namespace: str, key: str) -> Record:
        """One entry: `value` is its text, None where it is no UTF-8; `value_base64` its bytes."""
        request = storage_admin_service_pb2.ReadEntryRequest(tenant_id=tenant, install=install, namespace=namespace, key=key)
        entry = record((await self._ask(self._stub.ReadEntry, request)).entry)
        data = bytes(entry["value"])
        return {**entry, "value": _text(data), "value_base64": base64.b64encode(data).decode()}

    async def clear(self, tenant: str, install: str, namespace: str) -> int:
        """Remove a namespace; answers the number of its entries."""
        request = storage_admin_service_pb2.ClearNamespaceRequest(tenant_id=tenant, install=install, namespace=namespace)
        return (await self._ask(self._stub.ClearNamespace, request)).removed


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
