"""Idempotency keys over gRPC: one runs, the others wait and are told, and what nobody knows is never run again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from sqlite3 import OperationalError
from typing import Any

import pytest

from gen.alga.registry.v1 import idempotency_service_pb2 as pb
from gen.alga.registry.v1 import install_service_pb2 as installs
from kernel.errors import Fault, Reason
from registry import app
from registry.bell import Bell
from registry.catalog.brief import Here
from registry.catalog.migrate import PREFIX
from registry.catalog.session import SqlCatalog
from registry.idempotency import claims
from registry.idempotency.model import MAX_KEPT_BYTES, Place
from registry.idempotency.sweep import KeySweep
from registry.idempotency.turns import Turns
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import refused
from tests.registry.stack import Stack, started

HASH = b"h" * 32
ANSWER = pb.KeptAnswer(status=201, headers=[pb.KeptHeader(name="x-ext-a", value="ü")], body=b"\x00made")


class Clock:
    """The registry's time."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Gateway:
    """What a gateway asks for one install of tenant a."""

    def __init__(self, stack: Stack, install_id: str) -> None:
        self.stack, self.install_id = stack, install_id

    def place(self, key: str = "k", **changes: str) -> pb.IdempotencyPlace:
        values = {"tenant_id": "a", "install_id": self.install_id, "endpoint": "POST /items", "principal": "p", "key": key}
        return pb.IdempotencyPlace(**(values | changes))

    async def claim(self, claim_id: str, key: str = "k", **changes: Any) -> pb.ClaimKeyResponse:
        place = self.place(key, **changes.pop("place", {}))
        values = {"place": place, "request_hash": HASH, "claim_id": claim_id, "lease_ms": 30_000} | changes
        answer: pb.ClaimKeyResponse = await self._call("ClaimKey", pb.ClaimKeyRequest(**values))
        return answer

    async def complete(self, claim_id: str, key: str = "k", place: pb.IdempotencyPlace | None = None, **outcome: Any) -> bool:
        request = pb.CompleteKeyRequest(place=place or self.place(key), claim_id=claim_id, **outcome)
        return bool((await self._call("CompleteKey", request)).kept)

    async def _call(self, method: str, request: Any) -> Any:
        return await self.stack.clients["gateway"].call("idempotency", method, request)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(app, "utc_now", clock)
    return clock


@pytest.fixture
async def gateway(clock: Clock) -> AsyncIterator[Gateway]:
    """Of a registry where a tenant may have 6 keys and 2,000 bytes, one caller half of that."""
    async with started(idempotency_max_keys=6, idempotency_max_bytes=2_000) as stack:
        await stack.clients["acme"].publish(bundle(stack.publisher_key))
        install = await stack.clients["admin-a"].install("a", NAME)
        yield Gateway(stack, install.id)


async def test_the_first_runs_and_the_next_is_answered_alike(gateway: Gateway) -> None:
    assert (await gateway.claim("1")).WhichOneof("outcome") == "claimed"
    assert await gateway.complete("1", answer=ANSWER)
    for claim_id in ("2", "1"):
        assert (await gateway.claim(claim_id)).replay == ANSWER
    nothing = pb.KeptAnswer(status=204)
    await gateway.claim("3", "l")
    assert await gateway.complete("3", "l", answer=nothing)
    assert not (await gateway.claim("4", "l")).replay.HasField("body")


async def test_a_claim_and_its_end_can_be_told_twice(gateway: Gateway) -> None:
    for _ in range(2):
        assert (await gateway.claim("1")).WhichOneof("outcome") == "claimed"
    for _ in range(2):
        assert await gateway.complete("1", answer=ANSWER)
    assert await gateway.complete("1", unknown=pb.KeyUnknown())  # what is known stays known
    assert (await gateway.claim("2")).replay == ANSWER
    assert (await refused(gateway.complete("1", released=pb.KeyReleased()))).reason is Reason.NOT_FOUND
    assert (await refused(gateway.complete("2", answer=ANSWER))).reason is Reason.NOT_FOUND


async def test_another_request_with_the_key_is_an_error_at_every_time(gateway: Gateway) -> None:
    other = {"request_hash": b"i" * 32}
    await gateway.claim("1")
    assert (await refused(gateway.claim("2", **other, wait_ms=20_000))).reason is Reason.IDEMPOTENCY_CONFLICT
    await gateway.complete("1", answer=ANSWER)
    assert (await refused(gateway.claim("1", **other))).reason is Reason.IDEMPOTENCY_CONFLICT


@pytest.mark.parametrize("changed", [{"endpoint": "PUT /items"}, {"principal": "q"}])
async def test_the_key_of_another_endpoint_or_principal_is_another(gateway: Gateway, changed: dict[str, str]) -> None:
    await gateway.claim("1")
    assert (await gateway.claim("2", place=changed)).WhichOneof("outcome") == "claimed"


async def test_duplicates_wait_for_the_first_and_no_longer_than_they_want(gateway: Gateway) -> None:
    await gateway.claim("1")
    assert (await refused(gateway.claim("2", wait_ms=10))).reason is Reason.IDEMPOTENCY_IN_PROGRESS
    waiting = [asyncio.create_task(gateway.claim(f"w{number}", wait_ms=20_000)) for number in range(5)]
    await asyncio.sleep(0)
    await gateway.complete("1", answer=ANSWER)
    assert [(await task).replay for task in waiting] == [ANSWER] * 5


async def test_those_who_wait_are_bounded(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MAX_WAITING_HERE", 2)
    await gateway.claim("1")
    waiting = [asyncio.create_task(gateway.claim(f"w{number}", wait_ms=20_000)) for number in range(4)]
    done: set[asyncio.Task[pb.ClaimKeyResponse]] = set()
    while len(done) < 2:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert {(await refused(task)).reason for task in done} == {Reason.IDEMPOTENCY_IN_PROGRESS}
    await gateway.complete("1", answer=ANSWER)
    assert [(await task).replay for task in waiting if task not in done] == [ANSWER] * 2


async def test_of_those_who_wait_one_runs_when_nothing_ran(gateway: Gateway) -> None:
    await gateway.claim("1")
    waiting = [asyncio.create_task(gateway.claim(f"w{number}", wait_ms=20_000)) for number in range(3)]
    await asyncio.sleep(0)
    await gateway.complete("1", released=pb.KeyReleased())
    done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    (first,) = done
    assert first.result().WhichOneof("outcome") == "claimed"
    await gateway.complete(f"w{waiting.index(first)}", answer=ANSWER)
    assert [(await task).replay for task in left] == [ANSWER] * 2


async def test_what_nobody_completed_is_unknown_and_never_run_again(gateway: Gateway, clock: Clock) -> None:
    await gateway.claim("1", lease_ms=1_000)
    # Whoever waits hears of it at the end of the lease.
    assert (await refused(gateway.claim("2", wait_ms=20_000))).reason is Reason.OUTCOME_UNKNOWN
    clock.ahead += timedelta(hours=1)
    for claim_id in ("1", "3"):
        assert (await refused(gateway.claim(claim_id))).reason is Reason.OUTCOME_UNKNOWN
    # What its gateway knows after all is better than nothing.
    assert await gateway.complete("1", answer=ANSWER)
    assert (await gateway.claim("4")).replay == ANSWER


async def test_what_a_gateway_says_is_unknown_is(gateway: Gateway) -> None:
    await gateway.claim("1")
    assert not await gateway.complete("1", unknown=pb.KeyUnknown())
    assert (await refused(gateway.claim("2"))).reason is Reason.OUTCOME_UNKNOWN


async def test_a_large_answer_is_not_kept_and_not_run_again(gateway: Gateway) -> None:
    await gateway.claim("1")
    assert not await gateway.complete("1", answer=pb.KeptAnswer(status=202, body=bytes(MAX_KEPT_BYTES + 1)))
    fault = await refused(gateway.claim("2"))
    assert (fault.reason, fault.facts["status"]) == (Reason.REPLAY_UNAVAILABLE, "202")
    await gateway.claim("l", "l")
    assert not await gateway.complete("l", "l", answer=pb.KeptAnswer(status=201, too_large=True))
    assert (await refused(gateway.claim("m", "l"))).facts["status"] == "201"
    # One caller's answers fill half of the tenant's bytes, and nobody else's.
    for number, size, kept in ((3, 999, True), (4, 1, True), (5, 1, False)):
        await gateway.claim(str(number), str(number), place={"principal": "q"})
        place = gateway.place(str(number), principal="q")
        assert await gateway.complete(str(number), place=place, answer=pb.KeptAnswer(status=200, body=bytes(size))) is kept
    await gateway.claim("6", "6")
    assert await gateway.complete("6", "6", answer=ANSWER)


async def test_keys_are_bounded_for_a_caller_and_for_a_tenant(gateway: Gateway, clock: Clock) -> None:
    for number in range(3):
        await gateway.claim(str(number), str(number))
    fault = await refused(gateway.claim("3", "3"))
    assert (fault.reason, fault.facts) == (Reason.QUOTA_EXCEEDED, {"quota": "idempotency_keys_of_principal", "limit": "3"})
    for number in range(3):
        await gateway.claim(str(number), str(number), place={"principal": "q"})
    fault = await refused(gateway.claim("9", "9", place={"principal": "r"}))
    assert fault.facts == {"quota": "idempotency_keys", "limit": "6"}
    # Known keys are judged as before, and keys whose time is over make room.
    assert (await gateway.claim("0", "0")).WhichOneof("outcome") == "claimed"
    clock.ahead += timedelta(days=1, seconds=60)
    assert (await gateway.claim("3", "3")).WhichOneof("outcome") == "claimed"


async def test_a_key_is_forgotten_after_its_time(gateway: Gateway, clock: Clock) -> None:
    await gateway.claim("1")
    await gateway.complete("1", answer=ANSWER)
    clock.ahead += timedelta(days=1, seconds=60)
    assert (await gateway.claim("2")).WhichOneof("outcome") == "claimed"
    assert (await refused(gateway.complete("1", answer=ANSWER))).reason is Reason.NOT_FOUND


async def test_an_uninstall_takes_the_keys_along(gateway: Gateway) -> None:
    await gateway.claim("1")
    await gateway.complete("1", answer=ANSWER)
    await gateway.stack.clients["admin-a"].call("installs", "Uninstall", installs.UninstallRequest(tenant_id="a", install=NAME))
    assert (await refused(gateway.claim("2"))).reason is Reason.NOT_FOUND
    assert (await refused(gateway.complete("1", answer=ANSWER))).reason is Reason.NOT_FOUND


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": {"tenant_id": "no/tenant"}}, "place.tenant_id"),
        ({"place": {"install_id": "x" * 37}}, "place.install_id"),
        ({"place": {"endpoint": ""}}, "place.endpoint"),
        ({"place": {"endpoint": "x" * 601}}, "place.endpoint"),
        ({"place": {"principal": ""}}, "place.principal"),
        ({"place": {"principal": "x" * 129}}, "place.principal"),
        ({"key": ""}, "place.key"),
        ({"key": "x" * 256}, "place.key"),
        ({"key": "a b"}, "place.key"),
        ({"key": "ü"}, "place.key"),
        ({"request_hash": b"short"}, "request_hash"),
        ({"claim_id": ""}, "claim_id"),
        ({"claim_id": "x" * 65}, "claim_id"),
        ({"lease_ms": 999}, "lease_ms"),
        ({"lease_ms": 180_001}, "lease_ms"),
        ({"wait_ms": 20_001}, "wait_ms"),
    ],
)
async def test_what_is_no_claim_is_refused(gateway: Gateway, changes: dict[str, Any], field: str) -> None:
    fault = await refused(gateway.claim(**({"claim_id": "1"} | changes)))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, field)


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        ({}, "outcome"),
        ({"answer": pb.KeptAnswer()}, "answer.status"),
        ({"answer": pb.KeptAnswer(status=199)}, "answer.status"),
        ({"answer": pb.KeptAnswer(status=600)}, "answer.status"),
        ({"answer": pb.KeptAnswer(status=200, headers=[pb.KeptHeader()] * 129)}, "answer.headers"),
    ],
)
async def test_what_is_no_end_is_refused(gateway: Gateway, outcome: dict[str, Any], field: str) -> None:
    await gateway.claim("1")
    fault = await refused(gateway.complete("1", **outcome))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, field)


async def test_foreign_installs_do_not_exist(gateway: Gateway) -> None:
    for place in ({"tenant_id": "b"}, {"install_id": "another"}):
        fault: Fault = await refused(gateway.claim("1", place=place))
        assert fault.reason is Reason.NOT_FOUND


def test_nobody_who_waited_leaves_anything_behind() -> None:
    turns, place = Turns(), Place.of("a", "i", "e", "p", "k")
    with turns.hear(place) as one, turns.hear(place) as other:
        assert one is other
        turns.over(place)
        with turns.hear(place) as later:
            assert one.is_set()
            assert not later.is_set()
    assert len(turns) == 0


async def test_the_sweep_forgets_what_is_over_and_nothing_else(gateway: Gateway, clock: Clock) -> None:
    await gateway.claim("1", "1")
    clock.ahead += timedelta(hours=12)
    await gateway.claim("2", "2")
    catalog = SqlCatalog.open(f"{PREFIX}{gateway.stack.data / 'registry.db'}", Bell())
    try:
        assert await KeySweep(catalog, clock).sweep() == 0
        clock.ahead += timedelta(hours=12, seconds=60)
        assert await KeySweep(catalog, clock).sweep() == 1
    finally:
        await catalog.close()
    assert (await gateway.claim("1b", "1")).WhichOneof("outcome") == "claimed"
    assert (await refused(gateway.claim("2", "2"))).reason is Reason.OUTCOME_UNKNOWN


def asks(gateway: Gateway, *ids: str, key: str = "") -> list[pb.KeyAsk]:
    """A claim for each id, of a key of its own unless one is named."""
    return [
        pb.KeyAsk(
            request_id="r",
            claim=pb.ClaimKeyRequest(
                place=gateway.place(key or one), request_hash=HASH, claim_id=one, lease_ms=30_000, wait_ms=20_000
            ),
        )
        for one in ids
    ]


def ends(gateway: Gateway, key: str, **outcome: Any) -> pb.KeyAsk:
    return pb.KeyAsk(complete=pb.CompleteKeyRequest(place=gateway.place(key), claim_id=key, **outcome))


async def told(gateway: Gateway, *messages: list[pb.KeyAsk]) -> list[list[pb.KeyOutcome]]:
    requests = iter([pb.AskKeysRequest(asks=message) for message in messages])
    stream = gateway.stack.clients["gateway"].stream("idempotency", "AskKeys", requests)
    return [list(answer.outcomes) async for answer in stream]


async def test_over_a_stream_each_is_answered_as_by_itself_and_in_order(gateway: Gateway) -> None:
    first, none, second = await told(
        gateway,
        [*asks(gateway, "1", "2"), *asks(gateway, "3", key="1"), pb.KeyAsk(), ends(gateway, "4", answer=ANSWER)],
        [],
        [ends(gateway, "1", answer=ANSWER), *asks(gateway, "3", key="1"), ends(gateway, "2", released=pb.KeyReleased())],
    )
    assert not none
    assert [one.claim.WhichOneof("outcome") for one in first[:2]] == ["claimed"] * 2
    assert [one.error.reason for one in first[2:]] == [
        Reason.IDEMPOTENCY_IN_PROGRESS,  # and the stream did not wait
        Reason.INVALID_ARGUMENT,
        Reason.NOT_FOUND,
    ]
    assert [(v.field, v.rule) for v in first[3].error.violations] == [("ask", "must be claim or complete")]
    assert (second[0].complete.kept, second[1].claim.replay, second[2].WhichOneof("outcome")) == (True, ANSWER, "complete")
    assert (await gateway.claim("5", "2")).WhichOneof("outcome") == "claimed"


async def test_what_fails_in_a_message_undoes_nothing_of_the_others(gateway: Gateway) -> None:
    (outcomes,) = await told(gateway, asks(gateway, *"12345"))  # of which one caller may have 3
    assert [one.error.metadata["quota"] for one in outcomes if one.HasField("error")] == ["idempotency_keys_of_principal"] * 2
    for key in "123":
        assert await gateway.complete(key, key, answer=pb.KeptAnswer(status=204))


async def test_an_end_over_a_stream_wakes_those_who_wait(gateway: Gateway) -> None:
    await gateway.claim("1", "1")
    waiting = asyncio.create_task(gateway.claim("2", "1", wait_ms=20_000))
    async with asyncio.timeout(15):  # and not the whole wait
        await told(gateway, [ends(gateway, "1", answer=ANSWER)])
        assert (await waiting).replay == ANSWER


async def test_a_message_has_at_most_32_asks(gateway: Gateway) -> None:
    (outcomes,) = await told(gateway, asks(gateway, *["1"] * 32))
    assert len(outcomes) == 32
    assert (await refused(told(gateway, asks(gateway, *["1"] * 33)))).violations[0].field == "asks"


async def test_a_database_that_cannot_be_written_fails_all_of_a_message_and_the_stream_goes_on(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Here.begin
    failures = iter([OperationalError("disk I/O error")] * 2)

    def failing(self: Here, wait_ms: int = 0) -> None:
        if (error := next(failures, None)) is not None:
            raise error
        begin(self, wait_ms)

    monkeypatch.setattr(Here, "begin", failing)
    failed, done = await told(gateway, asks(gateway, "1", "2"), asks(gateway, "1", "2"))
    assert [one.error.reason for one in failed] == [Reason.UNAVAILABLE] * 2
    assert [one.claim.WhichOneof("outcome") for one in done] == ["claimed"] * 2


async def test_a_stream_of_asks_ends_when_the_registry_drains(gateway: Gateway) -> None:
    more = asyncio.Event()

    async def messages() -> AsyncIterator[pb.AskKeysRequest]:
        yield pb.AskKeysRequest(asks=asks(gateway, "1"))
        await more.wait()

    stream = gateway.stack.clients["gateway"].stream("idempotency", "AskKeys", messages())
    assert (await anext(stream)).outcomes[0].claim.HasField("claimed")
    async with asyncio.timeout(20):  # and not the grace of a minute
        await gateway.stack.app.drain(60)
        assert [answer async for answer in stream] == []
    more.set()
