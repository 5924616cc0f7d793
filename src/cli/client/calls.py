"""How all clients of the registry's services ask."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeVar

from google.protobuf.message import Message

from cli.client.convert import records
from cli.output import Record
from kernel.rpc import Peer
from kernel.status import remote

TIMEOUT: Final = 30.0  # seconds for an answer
PAGE: Final = 200
_Answer = TypeVar("_Answer")


class Calls:
    """A client of one service; its methods are rpcs of a stub on the peer's channel."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def _ask(self, method: Callable[..., Awaitable[_Answer]], request: Message) -> _Answer:
        """The answer of a unary rpc. Raises Fault with what the rpc documents."""
        with remote():
            return await method(request, metadata=self._peer.metadata(), timeout=TIMEOUT)

    async def _every(
        self, method: Callable[..., Awaitable[Any]], request: Any, items: Callable[[Any], Iterable[Message]]
    ) -> list[Record]:
        """The items of all pages of a list; `request` is changed from page to page. Raises as `_ask` does."""
        request.page_size = PAGE
        found: list[Record] = []
        while True:
            answer = await self._ask(method, request)
            found += records(items(answer))
            if not answer.next_page_token:
                return found
            request.page_token = answer.next_page_token
