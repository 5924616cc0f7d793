"""`Menus` over the registry's InstallService."""

from typing import Final

from gateway import convert
from gateway.clients import ask_registry, same
from gateway.model import MenuItem
from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc
from kernel.errors import Reason
from kernel.rpc import Peer

_PASS: Final = same(Reason.INVALID_ARGUMENT)


class MenuClient:
    """The port's implementation."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = install_service_pb2_grpc.InstallServiceStub(peer.channel)

    async def page(self, tenant_id: str, hook: str, size: int, token: str) -> tuple[list[MenuItem], str]:
        """See the port."""
        request = install_service_pb2.ListMenuRequest(tenant_id=tenant_id, hook=hook, page_size=size, page_token=token)

        async def call(seconds: float) -> tuple[list[MenuItem], str]:
            answer = await self._stub.ListMenu(request, metadata=self._peer.metadata(), timeout=seconds)
            return [convert.menu_item(item) for item in answer.items], answer.next_page_token

        return await ask_registry(_PASS, call)
