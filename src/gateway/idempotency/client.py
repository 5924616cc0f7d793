"""`Keys` over gRPC: claims and ends of all calls over one stream. Without one each is a call, as is a claim that waits."""

import asyncio
from typing import Final

from gateway.clients import REGISTRY_SECONDS, answers, ask_registry, same
from gateway.idempotency.model import MAX_KEPT_BYTES, Claim, Kept
from gen.alga.registry.v1 import idempotency_service_pb2 as pb
from gen.alga.registry.v1 import idempotency_service_pb2_grpc as grpc_pb
from kernel import status, telemetry
from kernel.asking import Asking, Broken, Form
from kernel.errors import Fault, Reason
from kernel.rpc import Peer

MAX_ASKS: Final = 32  # in one message
UNDER_WAY: Final = 1  # each is a transaction, of which the registry has one at a time in any case
AGAIN_SECONDS: Final = 0.2  # after the registry went away while somebody waited
_R: Final = Reason
_CLAIM: Final = {
    **same(_R.IDEMPOTENCY_CONFLICT, _R.IDEMPOTENCY_IN_PROGRESS, _R.OUTCOME_UNKNOWN, _R.REPLAY_UNAVAILABLE, _R.QUOTA_EXCEEDED),
    _R.NOT_FOUND: _R.EXTENSION_NOT_AVAILABLE,  # it was uninstalled a moment ago
}
_GONE: Final = same(_R.NOT_FOUND)


class KeysClient:
    """The registry's IdempotencyService."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = stub = grpc_pb.IdempotencyServiceStub(peer.channel)
        self._asking: Asking[pb.KeyAsk, pb.KeyOutcome] = Asking(
            lambda: stub.AskKeys(metadata=peer.metadata()),
            Form(MAX_ASKS, UNDER_WAY, lambda asks: pb.AskKeysRequest(asks=asks), lambda answer: answer.outcomes),
        )

    async def close(self) -> None:
        """End the stream; legal more than once."""
        await self._asking.close()

    async def claim(self, claim: Claim) -> Kept | None:
        """See the port."""
        try:
            # At once first: a registry that does not answer is noticed sooner than the longest wait ends.
            ask = _claiming(claim, 0)
            answer = (await ask_registry(_CLAIM, lambda seconds: self._ask(ask, seconds))).claim
        except Fault as fault:
            if fault.reason is not Reason.IDEMPOTENCY_IN_PROGRESS or not claim.wait_ms:
                raise
            answer = await self._wait(claim)
        match answer.WhichOneof("outcome"):
            case "claimed":
                return None
            case "replay":
                kept = answer.replay
                headers = tuple((header.name, header.value) for header in kept.headers)
                return Kept(kept.status, headers, kept.body if kept.HasField("body") else None)
        raise Fault(Reason.INTERNAL, log="the registry's answer to a claim is empty")

    async def complete(self, claim: Claim, kept: Kept | None) -> None:
        """See the port."""
        request = pb.CompleteKeyRequest(place=_place(claim), claim_id=claim.id)
        if kept is None:
            request.unknown.SetInParent()
        else:
            request.answer.status = kept.status
            request.answer.too_large = kept.size > MAX_KEPT_BYTES
            if not request.answer.too_large:
                for name, value in kept.headers:
                    request.answer.headers.add(name=name, value=value)
                if kept.body is not None:
                    request.answer.body = kept.body
        await self._tell(request)

    async def release(self, claim: Claim) -> None:
        """See the port."""
        request = pb.CompleteKeyRequest(place=_place(claim), claim_id=claim.id)
        request.released.SetInParent()
        await self._tell(request)

    async def _wait(self, claim: Claim) -> pb.ClaimKeyResponse:
        """Once more when the registry starts again meanwhile."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + claim.wait_ms / 1000
        while True:
            left = max(0.0, ends - loop.time())
            try:
                with answers("registry", _CLAIM):
                    return (await self._call(_claiming(claim, int(left * 1000)), left + REGISTRY_SECONDS)).claim
            except Fault as fault:
                if fault.reason is not Reason.UNAVAILABLE or loop.time() >= ends:
                    raise
            await asyncio.sleep(AGAIN_SECONDS)

    async def _tell(self, request: pb.CompleteKeyRequest) -> None:
        ask = pb.KeyAsk(request_id=telemetry.request_id.get(), complete=request)
        try:
            await ask_registry(_GONE, lambda seconds: self._ask(ask, seconds))
        except Fault as fault:
            if fault.reason is not Reason.NOT_FOUND:
                raise

    async def _ask(self, ask: pb.KeyAsk, seconds: float) -> pb.KeyOutcome:
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        try:
            outcome = await self._asking.ask(ask, seconds)
        except Broken:  # it may have been heard: both may be asked again
            return await self._call(ask, max(0.0, ends - loop.time()))
        if outcome.HasField("error"):
            raise status.refusal(outcome.error, "a key")
        return outcome

    async def _call(self, ask: pb.KeyAsk, seconds: float) -> pb.KeyOutcome:
        metadata = self._peer.metadata()
        if ask.HasField("claim"):
            return pb.KeyOutcome(claim=await self._stub.ClaimKey(ask.claim, metadata=metadata, timeout=seconds))
        return pb.KeyOutcome(complete=await self._stub.CompleteKey(ask.complete, metadata=metadata, timeout=seconds))


def _claiming(claim: Claim, wait_ms: int) -> pb.KeyAsk:
    request = pb.ClaimKeyRequest(
        place=_place(claim), request_hash=claim.request_hash, claim_id=claim.id, lease_ms=claim.lease_ms, wait_ms=wait_ms
    )
    return pb.KeyAsk(request_id=telemetry.request_id.get(), claim=request)


def _place(claim: Claim) -> pb.IdempotencyPlace:
    scope = claim.scope
    return pb.IdempotencyPlace(
        tenant_id=scope.tenant_id,
        install_id=scope.install_id,
        endpoint=scope.endpoint,
        principal=scope.principal,
        key=scope.key,
    )
