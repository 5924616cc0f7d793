"""`/v1/execute` and its grants: one that is of no use any more is renewed once, and nothing runs twice."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from gen.alga.registry.v1 import trust_pb2
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from tests.gateway.conftest import Stack, Start
from tests.gateway.fakes import HASH
from tests.gateway.service import asking, envelope, execute


@pytest.fixture
async def stack(start: Start, tmp_path: Path) -> AsyncIterator[Stack]:
    async with asking(start, tmp_path) as made:
        await made.watched()  # so that grants are kept
        made.runner.calls.clear()
        yield made


def grants(stack: Stack) -> list[bytes]:
    return [call.grant.payload for call in stack.runner.calls]


async def test_a_grant_that_lasts_is_kept(stack: Stack) -> None:
    resolves = stack.registry.resolves
    assert (await envelope(stack))["status"] == 200
    assert (await envelope(stack))["status"] == 200
    assert stack.registry.resolves == resolves
    assert len(set(grants(stack))) == 1


@pytest.mark.parametrize("reason", [Reason.GRANT_EXPIRED, Reason.GRANT_STALE, Reason.VERSION_REVOKED])
async def test_a_refused_grant_is_renewed_once(stack: Stack, reason: Reason) -> None:
    resolves = stack.registry.resolves
    stack.runner.faults = [Fault(reason)]
    told = await envelope(stack)
    assert (told["status"], told["error"]) == (200, None)
    assert (stack.registry.resolves - resolves, len(set(grants(stack)))) == (1, 2)
    first, second = stack.runner.calls
    assert (first.http, first.context, first.timeout_ms) == (second.http, second.context, second.timeout_ms)


@pytest.mark.parametrize(
    ("reason", "status", "error"),
    [
        (Reason.GRANT_EXPIRED, 503, "unavailable"),
        (Reason.GRANT_STALE, 503, "unavailable"),
        (Reason.VERSION_REVOKED, 404, "extension_revoked"),
    ],
)
async def test_a_grant_that_is_refused_twice(stack: Stack, reason: Reason, status: int, error: str) -> None:
    stack.runner.faults = [Fault(reason), Fault(reason), Fault(reason)]
    told = await envelope(stack)
    assert (told["status"], told["error"], told["body_b64"]) == (status, error, None)
    assert told["headers"] == ({"retry-after": "1"} if status == 503 else {})
    assert len(stack.runner.calls) == 2


async def test_what_was_installed_in_between_does_not_answer_for_the_bundle_that_is_asked(stack: Stack) -> None:
    (installed,) = stack.registry.installs.values()
    installed.content_hash = Digest.of(b"another version")
    stack.runner.faults = [Fault(Reason.GRANT_STALE)]
    told = await envelope(stack)
    assert (told["status"], told["error"]) == (404, "extension_not_available")
    (grant,) = grants(stack)
    assert trust_pb2.ExecutionGrant.FromString(grant).content_hash == str(HASH)


@pytest.mark.parametrize("reason", [Reason.UNAVAILABLE, Reason.EXECUTOR_LOST, Reason.GUEST_TRAPPED, Reason.DEADLINE_EXCEEDED])
async def test_what_may_have_run_is_not_run_again(stack: Stack, reason: Reason) -> None:
    stack.runner.faults = [Fault(reason)]
    assert (await envelope(stack))["status"] >= 500
    assert len(stack.runner.calls) == 1


async def test_repeated_keys_and_fields_are_kept_and_the_path_is_as_sent(stack: Stack) -> None:
    query = {"a": ["1", "2"], "b c": "\u00e9&=", "empty": ""}
    told = await envelope(stack, method="GET", path="/items/7", query=query, headers={"Accept": ["x", "y"]}, body_b64=None)
    assert told["status"] == 200
    http = stack.runner.calls[0].http
    path, _, sent = http.url.partition("?")
    assert (path, parse_qsl(sent, keep_blank_values=True)) == (
        "/items/7",
        [("a", "1"), ("a", "2"), ("b c", "\u00e9&="), ("empty", "")],
    )
    assert [item.value for item in http.headers if item.name == "accept"] == ["x", "y"]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (None, 700),
        ({}, 700),
        ({"timeout_ms": None}, 700),
        ({"timeout_ms": 50}, 50),
        ({"timeout_ms": 30_000, "memory_mb": 1, "fuel": 1}, 700),
    ],
)
async def test_the_lowest_time_holds_and_none_is_the_default(stack: Stack, limits: Any, expected: int) -> None:
    got = await execute(stack, {"method": "PATCH", "path": "/items/1"}, limits=limits)
    assert (got.json["status"], got.json["error"]) == (200, None)
    assert [call.timeout_ms for call in stack.runner.calls] == [expected]
