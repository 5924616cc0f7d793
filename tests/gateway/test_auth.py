"""Who is let in: credentials as headers show them, and how long an answer about a key is believed."""

import asyncio

import pytest

from gateway.flights import MAX_FLIGHTS
from gateway.identity import kept
from gateway.identity import keys as api_keys
from gateway.identity.caller import Caller, Kind, principal_id
from gateway.identity.kept import Kept
from gateway.identity.keys import ApiKeys
from gateway.model import Verified
from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason
from kernel.user import User
from tests.gateway.conftest import EXTENSION, KEY_A, KEY_B, Stack, Start

A, B = ("x-api-key", KEY_A), ("authorization", f"Bearer {KEY_A}")
TABLE = [
    ([A], 200),
    ([B], 200),
    ([("Authorization", f"bearer  {KEY_A}")], 200),
    ([A, B], 200),
    ([A, ("x-alga-tenant", "tenant-a")], 200),
    ([], 401),
    ([("x-api-key", "")], 401),
    ([("x-api-key", "alga_unknown")], 401),
    ([("x-api-key", "x" * 513)], 401),
    ([("x-api-key", "a b\u00e9")], 401),
    ([("authorization", "Bearer")], 401),
    ([("authorization", f"Basic {KEY_A}")], 401),
    ([("authorization", KEY_A)], 401),
    ([A, ("authorization", "Basic eDp5")], 401),
    ([A, ("authorization", f"Bearer {KEY_B}")], 401),
    ([A, ("x-api-key", KEY_B)], 401),
    ([("cookie", f"x-api-key={KEY_A}")], 401),
    ([("x-alga-tenant", "tenant-a")], 401),
    ([A, ("x-alga-tenant", "tenant-b")], 403),
    ([A, ("x-tenant-id", "tenant-b")], 403),
    ([A, ("x-alga-tenant", "")], 403),
    ([A, ("x-alga-tenant", "tenant-a"), ("x-alga-tenant", "tenant-b")], 403),
]


@pytest.mark.parametrize(("fields", "status"), TABLE)
async def test_credentials(stack: Stack, fields: list[tuple[str, str]], status: int) -> None:
    got = await stack.call("GET", "/items", *fields, key="")
    assert got.status == status
    if status == 403:
        assert got.code == "tenant_mismatch"
    assert len(stack.runner.calls) == (status == 200)


async def test_another_tenants_extension_is_a_strangers(stack: Stack) -> None:
    assert (await stack.call("GET", "/items", key=KEY_B)).code == "extension_not_available"


async def test_the_development_tenant_is_for_calls_without_a_key(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    async with start(insecure_development_tenant="tenant-a") as stack:
        assert any("INSECURE" in record.message for record in caplog.records)
        assert (await stack.call("GET", "/items", key="")).status == 200
        assert (await stack.call("GET", "/items", ("x-alga-tenant", "tenant-b"), key="")).status == 403
        assert (await stack.call("GET", "/items", key="alga_unknown")).status == 401
        assert (await stack.call("GET", "/items", key=KEY_B)).status == 404


async def test_a_query_or_path_holds_no_credentials(stack: Stack) -> None:
    assert (await stack.ask("GET", f"/api/ext/{EXTENSION}/items?x-api-key={KEY_A}&tenant=tenant-a")).status == 401


async def test_secrets_are_not_logged(stack: Stack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await stack.call("GET", "/items?token=in-the-query")
    await stack.call("GET", "/items", ("authorization", f"Bearer {KEY_B}"))
    await stack.call("GET", "/items", key="alga_unknown")
    text = "\n".join(str(vars(record)) for record in caplog.records)
    assert "request" in text
    assert not any(secret in text for secret in (KEY_A, KEY_B, "alga_unknown", "in-the-query"))


class Keys:
    """An `Identity` in memory."""

    def __init__(self) -> None:
        self.asked = 0
        self.known: dict[str, Verified] = {}
        self.gate: asyncio.Event | None = None
        self.down = False

    async def verify(self, secret: str) -> Verified:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.down:
            raise Fault(Reason.UNAVAILABLE)
        if secret not in self.known:
            raise Fault(Reason.UNAUTHENTICATED)
        return self.known[secret]


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def keys() -> Keys:
    made = Keys()
    made.known["good"] = Verified(Principal(Role.TENANT_CALLER, "t"))
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def refused(known: ApiKeys, secret: str) -> Reason:
    with pytest.raises(Fault) as caught:
        await known.caller(secret)
    return caught.value.reason


async def test_a_revoked_key_works_for_at_most_30_seconds(keys: Keys, clock: Clock) -> None:
    known = ApiKeys(keys, clock)
    await known.caller("good")
    del keys.known["good"]
    clock.now += 29.9
    assert (await known.caller("good")).tenant_id == "t"
    assert keys.asked == 1
    clock.now += 0.1
    assert await refused(known, "good") is Reason.UNAUTHENTICATED


async def test_a_key_is_not_believed_beyond_its_own_end(keys: Keys, clock: Clock) -> None:
    keys.known["short"] = Verified(Principal(Role.TENANT_CALLER, "t"), 3.0)
    known = ApiKeys(keys, clock)
    await known.caller("short")
    del keys.known["short"]
    clock.now += 3
    assert await refused(known, "short") is Reason.UNAUTHENTICATED


async def test_a_refused_key_is_asked_for_again_after_a_while(keys: Keys, clock: Clock) -> None:
    known = ApiKeys(keys, clock)
    for _ in range(3):
        assert await refused(known, "new") is Reason.UNAUTHENTICATED
    assert keys.asked == 1
    keys.known["new"] = keys.known["good"]
    clock.now += api_keys.REFUSED_SECONDS
    assert await known.caller("new")


async def test_a_registry_that_is_down_is_not_a_refusal(keys: Keys, clock: Clock) -> None:
    known = ApiKeys(keys, clock)
    keys.down = True
    assert await refused(known, "good") is Reason.UNAVAILABLE
    keys.down = False
    assert await known.caller("good")


async def test_one_question_for_many_callers(keys: Keys, clock: Clock) -> None:
    known = ApiKeys(keys, clock)
    keys.gate = asyncio.Event()
    callers = [asyncio.create_task(known.caller("good")) for _ in range(20)]
    await asyncio.sleep(0)
    callers[0].cancel()  # the first of them asked; the others still get the answer
    await asyncio.sleep(0)
    keys.gate.set()
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert all(isinstance(answer, Caller) for answer in answers[1:])
    assert keys.asked == 1


async def test_a_flood_of_made_up_keys_is_bounded(keys: Keys, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    known = ApiKeys(keys, clock)
    monkeypatch.setattr(api_keys, "MAX_REFUSED", 10)
    await known.caller("good")
    for number in range(50):
        await refused(known, f"made-up-{number}")
    assert len(known._refused) == 10
    assert await known.caller("good")
    assert keys.asked == 51
    keys.gate = asyncio.Event()
    flood = [asyncio.create_task(refused(known, f"at-once-{number}")) for number in range(MAX_FLIGHTS + 5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    keys.gate.set()
    reasons = await asyncio.gather(*flood)
    assert reasons.count(Reason.OVERLOADED) == 5


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PUBLISHER, Role.GATEWAY, Role.RUNNER])
async def test_only_tenants_roles_may_call(keys: Keys, clock: Clock, role: Role) -> None:
    keys.known["other"] = Verified(Principal(role, "t"))
    known = ApiKeys(keys, clock)
    for _ in range(3):
        assert await refused(known, "other") is Reason.PERMISSION_DENIED
    assert keys.asked == 1


def test_ids_of_principals_are_stable_and_apart() -> None:
    assert principal_id(Kind.JWT, "a", "b") == principal_id(Kind.JWT, "a", "b")
    assert len({principal_id(kind, *parts) for kind in Kind for parts in (("a", "b"), ("ab", ""), ("a:b",), ())}) == 16
    assert principal_id(Kind.HOST, "\ud800").startswith("host:")


def _person(number: int, size: int) -> Caller:
    user = User(f"{number:09}", "", "", "internal", "", None, (("a", "x" * size),))
    return Caller("t", Kind.KEY, "key:1", frozenset(), user)


def test_what_is_kept_of_persons_is_bounded_in_bytes_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_KEPT_BYTES", 10_000)
    monkeypatch.setattr(kept, "MAX_KEPT", 20)
    found = Kept()
    for number in range(50):
        found.put(b"%d" % number, 1.0, _person(number, 990))
    assert len(found) == 10
    assert found.get(b"49", 0.5) == _person(49, 990)
    assert found.get(b"49", 1.0) is None
    for number in range(50):
        found.put(b"%d" % number, 1.0, _person(number, 0))
    assert len(found) == 20
    for _ in range(3):
        found.put(b"49", 1.0, _person(49, 5_000))  # the same again takes its own place
    assert len(found) == 20
    found.put(b"big", 1.0, _person(0, 20_000))
    assert len(found) == 0


def test_persons_stay_out_of_logs() -> None:
    assert "jo@example.com" not in repr(
        Caller("t", Kind.KEY, "key:1", frozenset(), User("u", "jo@example.com", "", "internal", ""))
    )
