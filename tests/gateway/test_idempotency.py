"""Idempotency keys at the gateway: one call runs for each key, and every code means what docs/idempotency.md says."""

import asyncio
from typing import Any

import pytest

from gateway.idempotency.model import MAX_KEPT_BYTES, request_hash
from kernel import asking
from kernel.errors import NOTHING_RAN, Fault, Reason
from registry.idempotency.quota import KeyQuota
from tests.gateway.conftest import ADMIN_A, EXTENSION, KEY_A, KEY_B, Stack, Start, eventually
from tests.gateway.fakes import Installed, says
from tests.gateway.http import Got, connect, head

KEY = ("x-idempotency-key", "k-1")


async def post(stack: Stack, *fields: tuple[str, str], body: bytes = b"b", path: str = "/items", key: Any = KEY) -> Got:
    return await stack.call("POST", path, key, *fields, body=body)


def replayed(got: Got) -> bool:
    return got.all("x-idempotency-replayed") == ["true"]


async def test_the_second_call_is_answered_as_the_first(stack: Stack) -> None:
    said = (("content-type", "text/plain"), ("set-cookie", "a=b"), ("x-ext-a", "1"), ("location", "/items/7"))
    stack.runner.answers(201, said, b"made")
    first, second = await post(stack), await post(stack, ("accept", "other"), ("user-agent", "other"))
    assert len(stack.runner.calls) == 1
    assert (first.status, first.body, replayed(first)) == (201, b"made", False)
    assert (second.status, second.body, replayed(second)) == (201, b"made", True)
    for name in ("content-type", "x-ext-a", "location", "cache-control"):
        assert second[name] == first[name]
    assert first["x-request-id"] != second["x-request-id"]
    assert not second.all("set-cookie")
    assert ("x-idempotency-key", "k-1") in {(item.name, item.value) for item in stack.runner.calls[0].http.headers}


async def test_the_field_may_have_the_name_that_others_give_it(stack: Stack) -> None:
    first, second = [await post(stack, key=(name, "k-1")) for name in ("Idempotency-Key", "x-idempotency-key")]
    assert (replayed(first), replayed(second)) == (False, True)
    assert [item.value for item in stack.runner.calls[0].http.headers if item.name == "x-idempotency-key"] == ["k-1"]
    assert not [item for item in stack.runner.calls[0].http.headers if item.name == "idempotency-key"]


async def test_two_fields_name_no_key(stack: Stack) -> None:
    got = await post(stack, ("idempotency-key", "k-2"))
    assert (got.status, got.json["violations"][0]["field"]) == (400, "idempotency-key")
    assert not stack.runner.calls


@pytest.mark.parametrize("status", [204, 400, 429, 500, 503])
async def test_what_the_guest_says_is_kept_whatever_it_says(stack: Stack, status: int) -> None:
    stack.runner.answers(status, body=None)
    assert [(await post(stack)).status for _ in range(2)] == [status] * 2
    assert len(stack.runner.calls) == 1


async def test_calls_without_a_key_and_reads_run_each_time(stack: Stack) -> None:
    for _ in range(2):
        await stack.call("POST", "/items", body=b"b")
        await stack.call("GET", "/items", KEY)
        await stack.call("HEAD", "/items", KEY)
    assert len(stack.runner.calls) == 6
    assert not stack.keys.claims


@pytest.mark.parametrize("change", ["body", "query", "content-type"])
async def test_the_key_with_another_request_is_an_error(stack: Stack, change: str) -> None:
    await post(stack)
    changed: dict[str, dict[str, Any]] = {"body": {"body": b"c"}, "query": {"path": "/items?a"}, "content-type": {}}
    fields = (("content-type", "text/plain"),) if change == "content-type" else ()
    got = await post(stack, *fields, **changed[change])
    assert (got.status, got.code) == (409, "idempotency_conflict")
    assert len(stack.runner.calls) == 1


async def test_each_endpoint_has_keys_of_its_own(stack: Stack) -> None:
    await post(stack)
    assert (await stack.call("PUT", "/items/1", KEY, body=b"b")).status == 200
    assert len(stack.runner.calls) == 2
    (first, second) = stack.keys.claims
    assert (first.place.endpoint, second.place.endpoint) == ("POST /items", "PUT /items/:id")
    assert (first.place.tenant_id, first.place.install_id) == ("tenant-a", f"install-{EXTENSION}")
    assert first.place.principal


async def test_each_principal_and_each_tenant_has_keys_of_its_own(stack: Stack) -> None:
    stack.registry.install(Installed("tenant-b", EXTENSION))
    await stack.keys.install("tenant-b", f"install-{EXTENSION}")
    for number, key in enumerate((KEY_A, ADMIN_A, KEY_B), start=1):
        stack.runner.answers(200, body=key.encode())
        for again in (False, True):
            got = await stack.call("POST", "/items", KEY, body=b"b", key=key)
            assert (got.status, got.body, replayed(got)) == (200, key.encode(), again)
        assert len(stack.runner.calls) == number
    places = [(claim.place.tenant_id, claim.place.principal) for claim in stack.keys.claims]
    assert len(set(places)) == 3


async def test_duplicates_at_one_time_wait_for_the_first(stack: Stack) -> None:
    go = asyncio.Event()

    async def behave(request: Any) -> Any:
        await go.wait()
        return says(201)

    stack.runner.behave = behave
    calls = [asyncio.create_task(post(stack)) for _ in range(5)]
    await stack.runner.entered.wait()
    await eventually(lambda: len(stack.keys.claims) >= 9)  # the first, and each other one twice: at once, and waiting
    go.set()
    answers = [await call for call in calls]
    assert [answer.status for answer in answers] == [201] * 5
    assert sum(map(replayed, answers)) == 4
    assert len(stack.runner.calls) == 1


async def test_they_do_not_wait_longer_than_a_call_may_take(start: Start) -> None:
    async with start(timeout_ms=50) as stack:
        await claimed(stack)
        got = await post(stack)
        assert (got.status, got.code, got["retry-after"]) == (409, "idempotency_in_progress", "1")
        assert len(stack.runner.calls) == 1


async def claimed(stack: Stack) -> None:
    """The first call is lost with its gateway: the claim stays as it is."""
    stack.keys.end_faults = [Fault(Reason.INTERNAL)] * 100
    await post(stack)


async def test_a_client_that_goes_away_gets_the_answer_when_it_comes_back(stack: Stack) -> None:
    go = asyncio.Event()

    async def behave(request: Any) -> Any:
        await go.wait()
        return says(201, body=b"late")

    stack.runner.behave = behave
    _, writer = await connect(stack.address)
    fields = (("x-api-key", "alga_key-of-tenant-a"), KEY, ("content-length", "1"))
    writer.write(head("POST", f"/api/ext/{EXTENSION}/items", *fields) + b"b")
    await stack.runner.entered.wait()
    writer.transport.abort()
    go.set()
    await stack.keys.ended.wait()
    got = await post(stack)
    assert (got.status, got.body, replayed(got)) == (201, b"late", True)
    assert len(stack.runner.calls) == 1


async def test_a_large_answer_is_delivered_and_not_replayed(stack: Stack) -> None:
    large = bytes(MAX_KEPT_BYTES)
    stack.runner.answers(202, (("x-ext-a", "1"),), large)
    assert (await post(stack)).body == large
    assert not stack.keys.ends[0].answer.body
    got = await post(stack)
    assert (got.status, got.code, got["x-idempotency-first-status"]) == (409, "replay_unavailable", "202")
    assert len(stack.runner.calls) == 1


@pytest.mark.parametrize("reason", [Reason.OVERLOADED, Reason.GRANT_STALE, Reason.ENDPOINT_NOT_FOUND])
async def test_what_did_not_run_may_run_with_the_same_key(stack: Stack, reason: Reason) -> None:
    stack.runner.faults = [Fault(reason, facts={NOTHING_RAN: "true"}) for _ in range(9)]
    assert (await post(stack)).status in {404, 503}
    stack.runner.faults = []
    tried = len(stack.runner.calls)
    got = await post(stack)
    assert (got.status, replayed(got)) == (200, False)
    assert len(stack.runner.calls) == tried + 1


@pytest.mark.parametrize("reason", [Reason.EXECUTOR_LOST, Reason.UNAVAILABLE, Reason.INTERNAL, Reason.DEADLINE_EXCEEDED])
async def test_what_may_have_run_is_unknown_and_stays_so(stack: Stack, reason: Reason) -> None:
    stack.runner.faults = [Fault(reason)]
    for _ in range(2):
        got = await post(stack)
        assert (got.status, got.code) == (502, "outcome_unknown")
        assert not got.all("retry-after")
    assert len(stack.runner.calls) == 1


@pytest.mark.parametrize(("reason", "status"), [(Reason.GUEST_TRAPPED, 502), (Reason.GUEST_TIMED_OUT, 504)])
async def test_a_guest_that_fails_is_told_once_and_does_not_run_again(stack: Stack, reason: Reason, status: int) -> None:
    stack.runner.faults = [Fault(reason)]
    assert ((await post(stack)).status, (await post(stack)).code) == (status, "outcome_unknown")
    assert len(stack.runner.calls) == 1


async def test_an_answer_that_breaks_a_rule_is_not_kept(stack: Stack) -> None:
    stack.runner.answers(99)
    assert [(await post(stack)).code for _ in range(2)] == ["guest_response_invalid", "outcome_unknown"]


async def test_without_a_registry_nothing_runs_with_a_key(stack: Stack) -> None:
    stack.keys.claim_faults = [Fault(Reason.UNAVAILABLE)] * 2
    got = await post(stack)
    assert (got.status, got.code) == (503, "unavailable")
    assert not stack.runner.calls
    # Had the claim arrived, it would be given back.
    await eventually(lambda: bool(stack.keys.ends))
    assert stack.keys.ends[0].HasField("released")
    assert (await post(stack)).status == 200


async def test_a_claim_whose_answer_was_lost_is_claimed_again(stack: Stack) -> None:
    stack.keys.claim_faults = [Fault(Reason.UNAVAILABLE)]
    assert (await post(stack)).status == 200
    assert len({claim.claim_id for claim in stack.keys.claims}) == 1


async def test_the_answer_is_delivered_when_its_end_cannot_be_told(stack: Stack) -> None:
    stack.keys.end_faults = [Fault(Reason.UNAVAILABLE)] * 3
    got = await post(stack)
    assert (got.status, got.body) == (200, b"hi")
    await stack.keys.ended.wait()  # told later
    assert replayed(await post(stack))


async def test_a_quota_of_keys_is_told_before_anything_runs(stack: Stack) -> None:
    stack.keys.use(KeyQuota(2))
    assert (await post(stack)).status == 200
    got = await post(stack, key=("x-idempotency-key", "k-2"))
    assert (got.status, got.code) == (429, "quota_exceeded")
    assert len(stack.runner.calls) == 1


def test_no_two_requests_are_the_same() -> None:
    asked = [
        ("POST", "/a", (), None),
        ("POST", "/a", (), b""),
        ("POST", "/a", ("b",), None),
        ("POST", "/a", ("b", ""), None),
        ("POST", "/a1:b", (), None),
        ("POST", "/", ("a",), None),
        ("POST", "/a", (), b"-"),
        ("PUT", "/a", (), None),
    ]
    assert len({request_hash(*one) for one in asked}) == len(asked)


async def test_claims_and_ends_of_all_calls_go_over_one_stream(stack: Stack) -> None:
    answers = await asyncio.gather(*(post(stack, key=("x-idempotency-key", f"k-{number}")) for number in range(40)))
    assert {answer.status for answer in answers} == {200}
    assert len(stack.runner.calls) == len(stack.keys.claims) == len(stack.keys.ends) == 40
    assert 4 <= stack.keys.messages < 80  # of at most 32, and those that came at once in one


@pytest.mark.parametrize("reason", [Reason.METHOD_NOT_ALLOWED, Reason.UNAVAILABLE])
async def test_without_a_stream_each_is_a_call(stack: Stack, reason: Reason, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AGAIN_SECONDS", 3_600)
    stack.keys.breaks = reason  # as a registry that stops, or is too old for it
    first, second = await post(stack), await post(stack)
    assert (first.status, replayed(first), second.status, replayed(second)) == (200, False, 200, True)
    assert len(stack.runner.calls) == 1
    assert stack.keys.messages == 1  # and it is not tried anew for each call
