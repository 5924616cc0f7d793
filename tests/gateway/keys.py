"""The registry's idempotency keys in memory: its own use-case, with failures on demand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from gen.alga.registry.v1 import idempotency_service_pb2 as pb
from gen.alga.registry.v1.idempotency_service_pb2_grpc import IdempotencyServiceServicer
from kernel.errors import Fault, Reason
from kernel.status import to_detail
from registry.bell import Bell
from registry.catalog.memory import MemoryCatalog
from registry.idempotency.claims import Claims
from registry.idempotency.quota import KeyQuota
from registry.idempotency_servicer import IdempotencyServicer
from tests.contract.samples import install, publish


class Keys(IdempotencyServiceServicer):
    """`claims` and `ends` are what it was asked; failures are raised first, one a call."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.catalog = MemoryCatalog(Bell())
        self.use(KeyQuota())
        self.claims: list[pb.ClaimKeyRequest] = []
        self.ends: list[pb.CompleteKeyRequest] = []
        self.claim_faults: list[Fault] = []
        self.end_faults: list[Fault] = []
        self.ended = asyncio.Event()
        self.messages = 0  # that came over streams
        self.breaks: Reason | None = None  # how the next streams end at their first message

    def use(self, quota: KeyQuota) -> None:
        now = lambda: datetime.now(UTC) + self.ahead  # noqa: E731 - a clock
        self._servicer = IdempotencyServicer(Claims(self.catalog, quota, timedelta(days=1), now))

    async def install(self, tenant: str, install_id: str) -> None:
        async with self.catalog.write() as tables:
            await tables.installs.add(install(await publish(tables, f"com.acme.of-{tenant}"), tenant, id=install_id))

    async def ClaimKey(self, request: pb.ClaimKeyRequest, context: Any) -> pb.ClaimKeyResponse:
        self.claims.append(request)
        if self.claim_faults:
            raise self.claim_faults.pop(0)
        return await self._servicer.ClaimKey(request, context)

    async def CompleteKey(self, request: pb.CompleteKeyRequest, context: Any) -> pb.CompleteKeyResponse:
        self.ends.append(request)
        if self.end_faults:
            raise self.end_faults.pop(0)
        answer = await self._servicer.CompleteKey(request, context)
        self.ended.set()
        return answer

    async def AskKeys(self, requests: AsyncIterator[pb.AskKeysRequest], context: Any) -> AsyncIterator[pb.AskKeysResponse]:
        async for request in requests:
            self.messages += 1
            if self.breaks is not None:
                raise Fault(self.breaks)
            yield pb.AskKeysResponse(outcomes=[await self._outcome(ask, context) for ask in request.asks])

    async def _outcome(self, ask: pb.KeyAsk, context: Any) -> pb.KeyOutcome:
        try:
            if ask.HasField("claim"):
                return pb.KeyOutcome(claim=await self.ClaimKey(ask.claim, context))
            return pb.KeyOutcome(complete=await self.CompleteKey(ask.complete, context))
        except Fault as fault:
            return pb.KeyOutcome(error=to_detail(fault))
