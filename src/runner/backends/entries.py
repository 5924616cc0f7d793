"""Reads of the registry's storage, for all running guests over one stream.

A call of its own costs twice of what a message of a stream does. Reads that are asked for while a message goes out leave together.
Where there is no stream (a registry that starts, stops or does not know it) each read is a call again.
"""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

import grpc
from grpc import aio

from gen.alga.registry.v1 import storage_service_pb2 as pb
from gen.alga.registry.v1 import storage_service_pb2_grpc as grpc_pb
from kernel import status, telemetry
from kernel.errors import Fault, Reason
from kernel.rpc import Peer
from kernel.signing import Signed

MAX_READS: Final = 64  # in one message
AGAIN_SECONDS: Final = 1.0  # after a stream ended
if TYPE_CHECKING:  # generic in the stubs alone
    _Stream: TypeAlias = aio.StreamStreamCall[pb.ReadEntriesRequest, pb.ReadEntriesResponse]
    _Found: TypeAlias = asyncio.Future[pb.EntryFound]


class Broken(Exception):  # noqa: N818 - it is what happened
    """There is no stream, or it ended before the answer came. A read changes nothing: it may be asked for again."""


@dataclass(frozen=True, slots=True)
class _Read:
    found: "_Found"
    grant: Signed
    namespace: str
    key: str
    request_id: str

    def write(self, message: pb.EntryRead) -> None:
        """Filled in its place: a message that is put into another one is copied."""
        message.request_id = self.request_id
        entry = message.entry
        entry.namespace, entry.key = self.namespace, self.key
        grant = entry.grant
        grant.payload, grant.signature, grant.key_id = self.grant.payload, self.grant.signature, self.grant.key_id


class EntryStream:
    """Reads of one runner. It belongs to one event loop and connects when first used."""

    def __init__(self, registry: Peer) -> None:
        self._registry = registry
        self._stub = grpc_pb.StorageServiceStub(registry.channel)
        self._running: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._unsent: deque[_Read] = deque()
        self._asked: deque[list[_Found]] = deque()  # by message: answers come in the order of the requests
        self._wake: asyncio.Future[None] | None = None  # the sender waits for work

    async def read(self, grant: Signed, namespace: str, key: str, seconds: float) -> pb.Entry:
        """One entry. Raises Fault as GetEntry does, DEADLINE_EXCEEDED after so many seconds, and Broken."""
        loop = asyncio.get_running_loop()
        if self._running is None:
            if loop.time() < self._not_before:
                raise Broken
            self._running = asyncio.create_task(self._run())
        found: _Found = loop.create_future()
        self._unsent.append(_Read(found, grant, namespace, key, telemetry.request_id.get()))
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
        late = loop.call_later(seconds, _over, found)
        try:
            answer = await found
        finally:
            late.cancel()
        if answer.HasField("entry"):
            return answer.entry
        raise status.from_detail(answer.error, "a read failed") or Fault(Reason.INTERNAL, log="a reason that is not known")

    async def close(self) -> None:
        """End the stream; legal more than once."""
        if (running := self._running) is not None:
            running.cancel()
            await asyncio.wait((running,))

    async def _run(self) -> None:
        """One stream, from its first read to its end."""
        stream: _Stream = self._stub.ReadEntries(metadata=self._registry.metadata())
        sender = asyncio.create_task(self._send(stream))
        try:
            async for answers in stream:
                asked = self._asked.popleft()
                if len(asked) != len(answers.found):
                    self._asked.appendleft(asked)  # whose answer is whose is not known
                    break
                for found, answer in zip(asked, answers.found, strict=True):
                    if not found.done():  # its caller may have gone
                        found.set_result(answer)
        except (grpc.RpcError, asyncio.InvalidStateError, IndexError):
            pass  # whoever waits asks in another way
        finally:
            self._running = None
            self._not_before = asyncio.get_running_loop().time() + AGAIN_SECONDS
            sender.cancel()
            stream.cancel()
            for found in (*chain(*self._asked), *(read.found for read in self._unsent)):
                if not found.done():
                    found.set_exception(Broken())
            self._asked.clear()
            self._unsent.clear()

    async def _send(self, stream: "_Stream") -> None:
        with contextlib.suppress(grpc.RpcError, asyncio.InvalidStateError):  # the reader sees the end as well
            while True:
                if not self._unsent:
                    self._wake = asyncio.get_running_loop().create_future()
                    await self._wake
                message = pb.ReadEntriesRequest()
                asked: list[_Found] = []
                while self._unsent and len(asked) < MAX_READS:
                    read = self._unsent.popleft()
                    if not read.found.done():
                        read.write(message.reads.add())
                        asked.append(read.found)
                if asked:
                    self._asked.append(asked)
                    await stream.write(message)


def _over(found: "_Found") -> None:
    if not found.done():
        found.set_exception(Fault(Reason.DEADLINE_EXCEEDED))
