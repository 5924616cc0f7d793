"""`alga.registry.v1.IdempotencyService`."""

from typing import Any, Final

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import idempotency_service_pb2 as pb
from gen.alga.registry.v1 import idempotency_service_pb2_grpc as grpc_pb
from kernel.errors import Fault
from registry.idempotency.claims import MAX_HEADERS, Claims, asked_of, place_of
from registry.idempotency.model import Answer, Place

STATUSES: Final = range(200, 600)
_Context = ServicerContext[Any, Any]


class IdempotencyServicer(grpc_pb.IdempotencyServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    async def ClaimKey(self, request: pb.ClaimKeyRequest, context: _Context) -> pb.ClaimKeyResponse:
        """Take a key."""
        asked = asked_of(_place(request.place), request.request_hash, request.claim_id, request.lease_ms, request.wait_ms)
        answer = await self._claims.claim(asked)
        if answer is None:
            return pb.ClaimKeyResponse(claimed=pb.KeyClaimed())
        headers = [pb.KeptHeader(name=name, value=value) for name, value in answer.headers]
        return pb.ClaimKeyResponse(replay=pb.KeptAnswer(status=answer.status, headers=headers, body=answer.body))

    async def CompleteKey(self, request: pb.CompleteKeyRequest, context: _Context) -> pb.CompleteKeyResponse:
        """Record how a call ended."""
        place = _place(request.place)
        match request.WhichOneof("outcome"):
            case "answer":
                kept = await self._claims.complete(place, request.claim_id, _answer(request.answer))
            case "unknown":
                kept = await self._claims.complete(place, request.claim_id, None)
            case "released":
                await self._claims.release(place, request.claim_id)
                kept = False
            case _:
                raise Fault.invalid("outcome", "must be answer, released or unknown")
        return pb.CompleteKeyResponse(kept=kept)


def _place(place: pb.IdempotencyPlace) -> Place:
    return place_of(place.tenant_id, place.install_id, place.endpoint, place.principal, place.key)


def _answer(answer: pb.KeptAnswer) -> Answer:
    if answer.status not in STATUSES:
        raise Fault.invalid("answer.status", f"must be {STATUSES.start} to {STATUSES.stop - 1}")
    if len(answer.headers) > MAX_HEADERS:
        raise Fault.invalid("answer.headers", f"must be at most {MAX_HEADERS}")
    headers = tuple((header.name, header.value) for header in answer.headers)
    return Answer(answer.status, headers, answer.body if answer.HasField("body") else None, whole=not answer.too_large)
