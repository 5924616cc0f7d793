"""`user` and `user-v2` through real guests: who is behind a call, and what may be said of a person at the runner's door."""

from typing import Any

import pytest

from gen.alga.common.v1.context_pb2 import CallContext, User
from kernel.errors import Fault, Reason
from runner.engine.types import Many, Option, Outcome, Record
from runner.engine.values import Enum, Err, Ok
from runner.engine.world import TEXT
from tests.guests.typed import USER_DATA, USER_ERROR, Function
from tests.host.host_app.conftest import Host

pytestmark = pytest.mark.asyncio(loop_scope="session")
_PAIR = Record("pair", {"name": TEXT, "value": TEXT})
_DATA_V2 = Record("user-data-v2", {**USER_DATA.fields, "client-id": Option(TEXT), "additional-fields": Many(_PAIR)})
V1 = Function("user", "get-user", (), Outcome(USER_DATA, USER_ERROR))
V2 = Function("user-v2", "get-user", (), Outcome(_DATA_V2, USER_ERROR))
JO = User(
    user_id="u-1",
    email="jo@example.com",
    name="J\u00f6 \U0001f44b",
    type="client",
    client_name="Acme",
    client_id="c-1",
    additional_fields={"locale": "de", "contact_id": "", "timezone": "Europe/Berlin"},
)
DATA = {
    "tenant-id": "t1",
    "client-name": "Acme",
    "user-id": "u-1",
    "user-email": "jo@example.com",
    "user-name": "J\u00f6 \U0001f44b",
    "user-type": "client",
}


def _pairs(*found: tuple[str, str]) -> tuple[dict[str, str], ...]:
    return tuple({"name": name, "value": value} for name, value in found)


async def test_a_guest_learns_who_is_behind_its_call(host: Host) -> None:
    context = CallContext(user=JO)
    assert await host.call(V1, context=context) == Ok(DATA)
    fields = _pairs(("contact_id", ""), ("locale", "de"), ("timezone", "Europe/Berlin"))
    assert await host.call(V2, context=context) == Ok({**DATA, "client-id": "c-1", "additional-fields": fields})


async def test_the_tenant_is_the_grants(host: Host) -> None:
    answer = await host.call(V1, context=CallContext(user=JO), tenant_id="t2")
    assert answer.value["tenant-id"] == "t2"


async def test_internal_people_have_no_client(host: Host) -> None:
    context = CallContext(user=User(user_id="u-2", type="internal"))
    answer = await host.call(V2, context=context)
    assert (answer.value["client-id"], answer.value["additional-fields"], answer.value["user-name"]) == (None, (), "")


async def test_a_call_of_a_program_has_nobody(host: Host) -> None:
    for function in (V1, V2):
        assert await host.call(function) == Err(Enum("not-available"))
        assert await host.call(function, context=CallContext(request_id="r-1")) == Err(Enum("not-available"))


async def test_without_the_capability_nobody_is_told(host: Host) -> None:
    for function in (V1, V2):
        answer = await host.call(function, context=CallContext(user=JO), capabilities=frozenset())
        assert answer == Err(Enum("not-allowed"))


async def test_one_call_learns_nothing_of_the_next_ones_user(host: Host) -> None:
    assert isinstance(await host.call(V1, context=CallContext(user=JO)), Ok)
    assert await host.call(V1) == Err(Enum("not-available"))


def _user(**changes: Any) -> User:
    return User(**{"user_id": "u", "type": "internal"} | changes)


@pytest.mark.parametrize(
    "user",
    [
        _user(user_id="u" * 128, email="e" * 320, name="n" * 200, client_name="c" * 200, client_id="i" * 128),
        _user(additional_fields={str(number): "" for number in range(32)}),
        _user(additional_fields={"n" * 64: "v" * (8192 - 64)}),
    ],
    ids=["lengths", "number", "bytes"],
)
async def test_the_limits_themselves_are_good(host: Host, user: User) -> None:
    assert isinstance(await host.call(V2, context=CallContext(user=user)), Ok)


@pytest.mark.parametrize(
    ("user", "field"),
    [
        (_user(user_id=""), "context.user.user_id"),
        (_user(user_id="u" * 129), "context.user.user_id"),
        (_user(user_id="u\n"), "context.user.user_id"),
        (_user(email="e" * 321), "context.user.email"),
        (_user(email="a@x\r\nx-alga-tenant: t2"), "context.user.email"),
        (_user(name="n" * 201), "context.user.name"),
        (_user(type=""), "context.user.type"),
        (_user(type="Internal"), "context.user.type"),
        (_user(client_name="c" * 201), "context.user.client_name"),
        (_user(client_id=""), "context.user.client_id"),
        (_user(client_id="i" * 129), "context.user.client_id"),
        (_user(additional_fields={str(number): "" for number in range(33)}), "context.user.additional_fields"),
        (_user(additional_fields={"a": "v" * 8192}), "context.user.additional_fields"),
        (_user(additional_fields={"": "v"}), "context.user.additional_fields"),
        (_user(additional_fields={"n" * 65: "v"}), "context.user.additional_fields"),
        (_user(additional_fields={"a\n": "v"}), "context.user.additional_fields"),
        (_user(additional_fields={"a": "v\x00"}), "context.user.additional_fields.a"),
    ],
)
async def test_what_may_not_be_said_of_a_person(host: Host, user: User, field: str) -> None:
    with pytest.raises(Fault) as caught:
        await host.call(V1, context=CallContext(user=user))
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert [violation.field for violation in caught.value.violations] == [field]
