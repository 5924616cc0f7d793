"""`alga.registry.v1.IdempotencyService`."""

from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import repeat
from time import monotonic
from typing import Any, Final

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import idempotency_service_pb2 as pb
from gen.alga.registry.v1 import idempotency_service_pb2_grpc as grpc_pb
from kernel.answering import Answering
from kernel.errors import Fault
from registry.idempotency.claims import MAX_HEADERS, Asked, Claims, Ended, asked_of, place_of
from registry.idempotency.model import Answer, Place

STATUSES: Final = range(200, 600)
MAX_ASKS: Final = 32  # in one message: their answers have 8 MiB
_Context = ServicerContext[Any, Any]
_Outcome = Answer | bool | Exception | None


class IdempotencyServicer(grpc_pb.IdempotencyServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._asks = Answering("/alga.registry.v1.IdempotencyService/AskKeys")

    def close(self) -> None:
        """End streams. Legal more than once."""
        self._asks.close()

    async def ClaimKey(self, request: pb.ClaimKeyRequest, context: _Context) -> pb.ClaimKeyResponse:
        """Take a key."""
        return _claimed(await self._claims.claim(_asked(request)))

    async def CompleteKey(self, request: pb.CompleteKeyRequest, context: _Context) -> pb.CompleteKeyResponse:
        """Record how a call ended."""
        return pb.CompleteKeyResponse(kept=await self._claims.end(_ended(request)))

    async def AskKeys(
        self, request_iterator: AsyncIterator[pb.AskKeysRequest], context: _Context
    ) -> AsyncIterator[pb.AskKeysResponse]:
        """Take keys and record ends."""
        async for request in self._asks.messages(request_iterator):
            if len(request.asks) > MAX_ASKS:
                raise Fault.invalid("asks", f"must be at most {MAX_ASKS}")
            yield pb.AskKeysResponse(outcomes=await self._outcomes(request.asks))

    async def _outcomes(self, asks: Sequence[pb.KeyAsk]) -> list[pb.KeyOutcome]:
        started = monotonic()
        read = [_read(ask) for ask in asks]
        found: Iterator[_Outcome]
        try:
            found = iter(await self._claims.together([one for one in read if not isinstance(one, Fault)]))
        except Exception as error:  # noqa: BLE001 - the boundary of one message: the stream goes on
            found = repeat(error)
        outcomes = [one if isinstance(one, Fault) else next(found) for one in read]
        return [self._told(ask, outcome, started) for ask, outcome in zip(asks, outcomes, strict=True)]

    def _told(self, ask: pb.KeyAsk, outcome: _Outcome, started: float) -> pb.KeyOutcome:
        match outcome:
            case Exception():
                self._asks.begin(ask.request_id)
                return pb.KeyOutcome(error=self._asks.refused(outcome, started))
            case bool():
                return pb.KeyOutcome(complete=pb.CompleteKeyResponse(kept=outcome))
            case _:
                return pb.KeyOutcome(claim=_claimed(outcome))


def _read(ask: pb.KeyAsk) -> Asked | Ended | Fault:
    try:
        match ask.WhichOneof("ask"):
            case "claim":
                return _asked(ask.claim)
            case "complete":
                return _ended(ask.complete)
        return Fault.invalid("ask", "must be claim or complete")
    except Fault as fault:
        return fault


def _asked(request: pb.ClaimKeyRequest) -> Asked:
    return asked_of(_place(request.place), request.request_hash, request.claim_id, request.lease_ms, request.wait_ms)


def _claimed(answer: Answer | None) -> pb.ClaimKeyResponse:
    if answer is None:
        return pb.ClaimKeyResponse(claimed=pb.KeyClaimed())
    headers = [pb.KeptHeader(name=name, value=value) for name, value in answer.headers]
    return pb.ClaimKeyResponse(replay=pb.KeptAnswer(status=answer.status, headers=headers, body=answer.body))


def _ended(request: pb.CompleteKeyRequest) -> Ended:
    place = _place(request.place)
    match request.WhichOneof("outcome"):
        case "answer":
            return Ended(place, request.claim_id, _answer(request.answer))
        case "unknown":
            return Ended(place, request.claim_id)
        case "released":
            return Ended(place, request.claim_id, released=True)
    raise Fault.invalid("outcome", "must be answer, released or unknown")


def _place(place: pb.IdempotencyPlace) -> Place:
    return place_of(place.tenant_id, place.install_id, place.endpoint, place.principal, place.key)


def _answer(answer: pb.KeptAnswer) -> Answer:
    if answer.status not in STATUSES:
        raise Fault.invalid("answer.status", f"must be {STATUSES.start} to {STATUSES.stop - 1}")
    if len(answer.headers) > MAX_HEADERS:
        raise Fault.invalid("answer.headers", f"must be at most {MAX_HEADERS}")
    headers = tuple((header.name, header.value) for header in answer.headers)
    return Answer(answer.status, headers, answer.body if answer.HasField("body") else None, whole=not answer.too_large)
