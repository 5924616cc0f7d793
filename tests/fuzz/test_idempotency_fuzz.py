"""What gateways send about idempotency keys becomes a claim or a fault, and no two keys become one."""

import hypothesis.strategies as st
from hypothesis import given

from gen.alga.registry.v1 import idempotency_service_pb2 as pb
from kernel.errors import Fault, Reason
from registry.idempotency.claims import Asked, asked_of, place_of
from registry.idempotency.model import Place
from registry.idempotency_servicer import _answer

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)  # protobuf refuses lone surrogates itself
WORD = st.text("ab:1", max_size=4)


@given(TEXT, TEXT, TEXT, TEXT, TEXT)
def test_every_place_is_one_or_is_refused(tenant: str, install: str, endpoint: str, principal: str, key: str) -> None:
    try:
        place = place_of(tenant, install, endpoint, principal, key)
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
        assert fault.violations[0].field.startswith("place.")
    else:
        assert len(place.scope) == len(place.principal) == 64


@given(st.binary(max_size=40), TEXT, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_every_claim_is_one_or_is_refused(request_hash: bytes, claim_id: str, lease_ms: int, wait_ms: int) -> None:
    try:
        asked = asked_of(Place("t", "i", "s", "p"), request_hash, claim_id, lease_ms, wait_ms)
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
    else:
        assert isinstance(asked, Asked)


@given(st.binary(max_size=60))
def test_every_answer_is_one_or_is_refused(data: bytes) -> None:
    message = pb.KeptAnswer()
    try:
        message.ParseFromString(data)
    except Exception:  # noqa: BLE001 - gRPC refuses it before us
        return
    try:
        assert 200 <= _answer(message).status < 600
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT


@given(st.tuples(WORD, WORD, WORD), st.tuples(WORD, WORD, WORD))
def test_different_keys_have_different_places(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (Place.of("t", "i", *one).scope == Place.of("t", "i", *other).scope) == (one == other)
