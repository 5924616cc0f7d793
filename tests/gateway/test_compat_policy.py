"""`POST /v1/execute`: the call of a host application's server passes what every call passes."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gen.alga.registry.v1 import install_pb2
from gen.alga.runner.v1 import execute_service_pb2
from kernel.errors import Fault, Reason
from tests.gateway.conftest import EXTENSION, Stack, Start
from tests.gateway.fakes import Installed, says
from tests.gateway.service import SECRET, asking, envelope, execute
from tests.gateway.test_rates import only

KEY = ("x-idempotency-key", "k-1")


@pytest.fixture
async def stack(start: Start, tmp_path: Path) -> AsyncIterator[Stack]:
    async with asking(start, tmp_path) as made:
        yield made


def user(name: str = "u-1", **more: str) -> dict[str, str]:
    return {"user_id": name, "user_email": "jo@x", "user_name": "Jo", "user_type": "internal", **more}


async def read(stack: Stack, *fields: tuple[str, str], path: str = "/items", user: Any = None) -> Any:
    return await envelope(stack, *fields, user=user, method="GET", path=path, body_b64=None)


def outcome(told: Any) -> tuple[int, str | None]:
    return told["status"], told["error"]


async def test_an_answer_keeps_what_the_guest_said_and_tells_what_is_left(stack: Stack) -> None:
    stack.runner.answers(201, (("x-a", "1"), ("X-A", "2"), ("set-cookie", "a=b"), ("ratelimit", "mine")), b"made")
    told = await envelope(stack)
    assert (outcome(told), told["body_b64"]) == ((201, None), base64.b64encode(b"made").decode())
    assert told["headers"]["x-a"] == ["1", "2"]
    assert told["headers"]["ratelimit"] == '"principal";r=499;t=1'
    assert "set-cookie" not in told["headers"]


@pytest.mark.parametrize("name", ["tenant", "extension", "principal"])
async def test_rates_hold_and_the_envelope_says_when_to_come_back(start: Start, tmp_path: Path, name: str) -> None:
    async with asking(start, tmp_path, **only(name, 1)) as stack:
        assert outcome(await read(stack)) == (200, None)
        told = await read(stack)
        assert outcome(told) == (429, "rate_limited")
        assert int(told["headers"]["retry-after"]) > 0
        assert told["headers"]["ratelimit"].startswith(f'"{name}";r=0')
        assert told["body_b64"] is None
        assert len(stack.runner.calls) == 1


async def test_the_principal_is_the_host_application_or_the_person_it_names(start: Start, tmp_path: Path) -> None:
    async with asking(start, tmp_path, **only("principal", 1)) as stack:
        said = (("x-runner-auth", SECRET), ("x-alga-tenant", "tenant-a"))
        assert outcome(await read(stack)) == (200, None)
        assert outcome(await read(stack, user=user()))[0] == 200
        assert outcome(await read(stack, user=user("u-2")))[0] == 200
        assert outcome(await read(stack, user=user()))[0] == 429
        # Whichever route they come by.
        assert (await stack.call("GET", "/items", *said, key="")).status == 429
        assert (await stack.call("GET", "/items", *said, ("x-user-id", "u-2"), key="")).status == 429
        assert (await stack.call("GET", "/items", *said, ("x-user-id", "u-3"), key="")).status == 200


async def test_calls_at_once_are_bounded(start: Start, tmp_path: Path) -> None:
    async with asking(start, tmp_path, running_per_extension=1) as stack:
        release = asyncio.Event()

        async def wait(request: object) -> execute_service_pb2.ExecuteResponse:
            await release.wait()
            return says()

        stack.runner.behave = wait
        first = asyncio.create_task(read(stack))
        await asyncio.wait_for(stack.runner.entered.wait(), 10)
        assert outcome(await read(stack)) == (429, "rate_limited")
        assert (await stack.call("GET", "/items")).status == 429
        release.set()
        assert outcome(await first) == (200, None)


async def test_quotas_of_a_day_count_both_routes(start: Start, tmp_path: Path) -> None:
    async with asking(start, tmp_path, calls_per_day=2) as stack:
        assert (await stack.call("GET", "/items")).status == 200
        assert outcome(await read(stack)) == (200, None)
        assert outcome(await read(stack)) == (429, "quota_exceeded")
        assert (await stack.call("GET", "/items")).status == 429


@pytest.mark.parametrize(
    ("person", "fields", "status"),
    [
        (None, [], 200),
        (user(user_type="client", client_id="c"), [], 403),  # a version that is not meant for them
        (None, [("x-user-roles", "tenant_reader")], 403),
        (None, [("x-user-roles", "other")], 403),
    ],
)
async def test_the_decision_is_that_of_every_call(
    stack: Stack, person: dict[str, str] | None, fields: list[tuple[str, str]], status: int
) -> None:
    told = await envelope(stack, *fields, user=person)
    assert outcome(told) == (status, "forbidden" if status == 403 else None)
    assert len(stack.runner.calls) == (status == 200)


async def test_the_installs_own_rules_hold(stack: Stack) -> None:
    rules = install_pb2.AccessRules(roles=[install_pb2.RoleAccess(role="tenant_caller", read=True)])
    stack.registry.install(Installed("tenant-a", EXTENSION, access=rules))
    assert outcome(await read(stack)) == (200, None)
    assert outcome(await envelope(stack)) == (403, "forbidden")


async def test_client_portal_users_call_versions_that_are_meant_for_them(stack: Stack) -> None:
    stack.registry.install(Installed("tenant-a", EXTENSION, client_portal=True))
    assert outcome(await read(stack, user=user(user_type="client", client_id="c"))) == (200, None)
    assert outcome(await read(stack, user=user(user_type="client"))) == (403, "forbidden")


@pytest.mark.parametrize(("mode", "status"), [("enforced", 404), ("advisory", 200), ("off", 200)])
async def test_endpoints_are_matched_as_the_setting_says(start: Start, tmp_path: Path, mode: str, status: int) -> None:
    async with asking(start, tmp_path, endpoints=mode) as stack:
        told = await read(stack, path="/nowhere")
        assert outcome(told) == (status, "endpoint_not_found" if status == 404 else None)


@pytest.mark.parametrize("place", ["outer", "inner"])
async def test_a_key_runs_once(stack: Stack, place: str) -> None:
    stack.runner.answers(201, (("x-a", "1"), ("x-a", "2")), b"made")
    fields, inside = ((KEY,), {}) if place == "outer" else ((), dict([KEY]))
    first = await envelope(stack, *fields, headers=inside)
    again = await envelope(stack, *fields, headers=inside)
    assert len(stack.runner.calls) == 1
    assert outcome(first) == outcome(again) == (201, None)
    assert again["body_b64"] == first["body_b64"]
    assert again["headers"]["x-a"] == ["1", "2"]
    assert again["headers"]["x-idempotency-replayed"] == "true"
    assert KEY in {(item.name, item.value) for item in stack.runner.calls[0].http.headers}
    other = await envelope(stack, *fields, headers=inside, body_b64="")
    assert outcome(other) == (409, "idempotency_conflict")


async def test_two_keys_in_one_request_are_refused(stack: Stack) -> None:
    got = await execute(stack, {"headers": {"X-Idempotency-Key": "k-2"}}, KEY)
    assert (got.status, got.code, got.json["violations"][0]["field"]) == (400, "invalid_argument", "x-idempotency-key")
    assert not stack.runner.calls


async def test_a_key_of_one_route_is_no_answer_on_the_other(start: Start, tmp_path: Path) -> None:
    """Its answers keep more header fields than `/api/ext` lets pass."""
    async with asking(start, tmp_path) as stack:
        stack.runner.answers(200, (("x-internal", "1"),), b"made")
        assert outcome(await envelope(stack, KEY)) == (200, None)
        said = (("x-runner-auth", SECRET), ("x-alga-tenant", "tenant-a"), KEY)
        got = await stack.call("POST", "/items", *said, body=b"x", key="")
        assert (got.status, got.code) == (409, "idempotency_conflict")
        assert len(stack.runner.calls) == 1


async def test_what_may_have_run_is_unknown_and_what_is_too_large_is_not_replayed(stack: Stack) -> None:
    stack.runner.faults = [Fault(Reason.EXECUTOR_LOST)]
    for _ in range(2):
        assert outcome(await envelope(stack, KEY)) == (502, "outcome_unknown")
    stack.runner.answers(202, (), bytes(300 << 10))
    other = ("x-idempotency-key", "k-2")
    assert outcome(await envelope(stack, other)) == (202, None)
    told = await envelope(stack, other)
    assert outcome(told) == (409, "replay_unavailable")
    assert told["headers"]["x-idempotency-first-status"] == "202"
    assert len(stack.runner.calls) == 2


@pytest.mark.parametrize("token", ["the-token-of-today-of-the-application", "the-token-of-tomorrow-of-that-application"])
async def test_one_setting_names_its_tokens_for_all_routes(start: Start, tmp_path: Path, token: str) -> None:
    (tmp_path / "today").write_text("the-token-of-today-of-the-application")
    (tmp_path / "next").write_text("the-token-of-tomorrow-of-that-application")
    async with start(host_token_files=(tmp_path / "today", tmp_path / "next")) as stack:
        shown, place = ("x-runner-auth", token), "/api/installs/validate?tenant=tenant-a&extension=x&hash=" + "0" * 64
        assert (await stack.call("GET", "/items", shown, ("x-alga-tenant", "tenant-a"), key="")).status == 200
        assert (await stack.ask("GET", place, shown)).json == {"valid": False}
        assert (await stack.ask("GET", place, ("x-runner-auth", token + "x"))).status == 401
        assert (await stack.ask("GET", place, shown, ("x-api-key", token + "x"))).status == 401
