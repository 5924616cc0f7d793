"""API keys and publishers: who may make which, and what ends them."""

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from gen.alga.common.v1.context_pb2 import User
from gen.alga.registry.v1 import identity_service_pb2 as identity
from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey
from registry import publisher_keys
from tests.registry.stack import Client, Stack


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await call
    return caught.value


async def create(client: Client, role: int, **values: Any) -> Any:
    return await client.call("identity", "CreateApiKey", identity.CreateApiKeyRequest(role=role, **values))


async def verify(stack: Stack, secret: str, caller: str = "gateway") -> Any:
    return (await stack.clients[caller].call("identity", "Verify", identity.VerifyRequest(secret=secret))).key


async def revoke(client: Client, key_id: str) -> Any:
    return (await client.call("identity", "RevokeApiKey", identity.RevokeApiKeyRequest(id=key_id))).key


async def listed(client: Client, **values: Any) -> Any:
    return await client.call("identity", "ListApiKeys", identity.ListApiKeysRequest(**values))


async def test_a_key_is_shown_once_and_kept_as_a_hash(stack: Stack) -> None:
    made = await create(stack.operator, identity.ROLE_TENANT_CALLER, tenant_id="t", label="for the shop")
    assert re.fullmatch(r"alga_[A-Za-z0-9_-]{43}", made.secret)
    key = await verify(stack, made.secret)
    assert key == made.key
    assert (key.role, key.tenant_id, key.publisher, key.label) == (identity.ROLE_TENANT_CALLER, "t", "", "for the shop")
    files = b"".join(path.read_bytes() for path in stack.data.glob("registry.db*"))
    assert made.secret.encode() not in files
    assert made.secret.removeprefix("alga_").encode() not in files


async def test_a_key_belongs_to_a_person(stack: Stack) -> None:
    user = User(
        user_id="u-1", email="jo@x", name="Jo", type="client", client_name="Acme", client_id="c", additional_fields={"l": "de"}
    )
    made = await create(stack.operator, identity.ROLE_TENANT_CALLER, tenant_id="t", user=user)
    assert made.key.user == user
    assert (await verify(stack, made.secret)).user == user
    admin = await create(stack.operator, identity.ROLE_TENANT_ADMIN, tenant_id="t")
    assert not admin.key.HasField("user")
    holder = stack.client("holder", admin.secret)
    made = await create(holder, identity.ROLE_TENANT_CALLER, tenant_id="t", user=user)
    assert [key.HasField("user") for key in (await listed(holder)).keys] == [True, False, True]
    fault = await refused(create(holder, identity.ROLE_TENANT_CALLER, tenant_id="other", user=user))
    assert fault.reason is Reason.PERMISSION_DENIED


@pytest.mark.parametrize("secret", ["", "alga_", "alga_" + "A" * 43, "alga_" + "A" * 44, "x" * 100_000, "\x00" * 48])
async def test_a_secret_that_nobody_issued(stack: Stack, secret: str) -> None:
    assert (await refused(verify(stack, secret))).reason is Reason.NOT_FOUND


async def test_the_tokens_of_processes_are_no_api_keys(stack: Stack) -> None:
    for token in stack.tokens.values():
        assert (await refused(verify(stack, token))).reason is Reason.NOT_FOUND


async def test_a_revoked_key_ends(stack: Stack) -> None:
    made = await create(stack.operator, identity.ROLE_TENANT_ADMIN, tenant_id="t")
    holder = stack.client("holder", made.secret)
    assert len((await listed(holder)).keys) == 1
    ended = await revoke(stack.operator, made.key.id)
    assert ended.HasField("revoked_at")
    assert await revoke(stack.operator, made.key.id) == ended
    assert (await refused(verify(stack, made.secret))).reason is Reason.NOT_FOUND
    assert (await refused(listed(holder))).reason is Reason.UNAUTHENTICATED


async def test_a_key_ends_at_its_time(stack: Stack) -> None:
    soon = Timestamp()
    soon.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    made = await create(stack.operator, identity.ROLE_TENANT_ADMIN, tenant_id="t", expires_at=soon)
    assert (await verify(stack, made.secret)).expires_at == made.key.expires_at
    age(stack, made.key.id)
    assert (await refused(verify(stack, made.secret))).reason is Reason.NOT_FOUND


def age(stack: Stack, key_id: str) -> None:
    """Two hours pass for one key."""
    connection = sqlite3.connect(stack.data / "registry.db")
    with connection:
        connection.execute("UPDATE api_key SET expires_at = expires_at - 7200000000 WHERE id = ?", (key_id,))
    connection.close()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": 0}, "role"),
        ({"role": 77}, "role"),
        ({"role": identity.ROLE_TENANT_ADMIN}, "tenant_id"),
        ({"role": identity.ROLE_TENANT_ADMIN, "tenant_id": "a b"}, "tenant_id"),
        ({"role": identity.ROLE_TENANT_CALLER, "tenant_id": "a", "publisher": "acme"}, "publisher"),
        ({"role": identity.ROLE_OPERATOR, "tenant_id": "a"}, "tenant_id"),
        ({"role": identity.ROLE_PUBLISHER}, "publisher"),
        ({"role": identity.ROLE_OPERATOR, "user": User(user_id="u", type="internal")}, "user"),
        ({"role": identity.ROLE_TENANT_CALLER, "tenant_id": "a", "user": User(type="internal")}, "user.user_id"),
        ({"role": identity.ROLE_TENANT_CALLER, "tenant_id": "a", "user": User(user_id="u", type="admin")}, "user.type"),
        (
            {
                "role": identity.ROLE_TENANT_CALLER,
                "tenant_id": "a",
                "user": User(user_id="u", type="internal", additional_fields={"a": "x" * 8192}),
            },
            "user.additional_fields",
        ),
        ({"role": identity.ROLE_OPERATOR, "label": "x" * 201}, "label"),
        ({"role": identity.ROLE_OPERATOR, "label": "x\ny"}, "label"),
        ({"role": identity.ROLE_OPERATOR, "expires_at": Timestamp(seconds=1)}, "expires_at"),
        ({"role": identity.ROLE_OPERATOR, "expires_at": Timestamp(seconds=2**62)}, "expires_at"),
        ({"role": identity.ROLE_OPERATOR, "expires_at": Timestamp(nanos=-5)}, "expires_at"),
    ],
)
async def test_a_key_has_to_make_sense(stack: Stack, values: dict[str, Any], field: str) -> None:
    fault = await refused(create(stack.operator, **values))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, field)


async def test_a_publishers_key_needs_the_publisher(stack: Stack) -> None:
    fault = await refused(create(stack.operator, identity.ROLE_PUBLISHER, publisher="nobody"))
    assert fault.reason is Reason.NOT_FOUND


async def test_tenants_admins_make_keys_of_their_own_tenant_alone(stack: Stack) -> None:
    admin = stack.clients["admin-a"]
    for role in (identity.ROLE_TENANT_ADMIN, identity.ROLE_TENANT_CALLER):
        assert (await create(admin, role, tenant_id="a")).key.tenant_id == "a"
        for tenant in ("b", ""):
            assert (await refused(create(admin, role, tenant_id=tenant))).reason is Reason.PERMISSION_DENIED
    for values in ({"role": identity.ROLE_OPERATOR}, {"role": identity.ROLE_PUBLISHER, "publisher": "acme"}):
        for tenant in ("", "a"):
            assert (await refused(create(admin, tenant_id=tenant, **values))).reason is Reason.PERMISSION_DENIED


async def test_tenants_admins_see_and_end_keys_of_their_own_tenant_alone(stack: Stack) -> None:
    mine = (await create(stack.operator, identity.ROLE_TENANT_CALLER, tenant_id="a")).key
    other = (await create(stack.operator, identity.ROLE_TENANT_CALLER, tenant_id="b")).key
    operators = (await create(stack.operator, identity.ROLE_OPERATOR)).key
    admin = stack.clients["admin-a"]
    for tenant in ("", "a"):
        assert {key.tenant_id for key in (await listed(admin, tenant_id=tenant)).keys} == {"a"}
    assert (await refused(listed(admin, tenant_id="b"))).reason is Reason.NOT_FOUND
    strangers = await refused(revoke(admin, "no-such-key"))
    for key in (other, operators):
        fault = await refused(revoke(admin, key.id))
        assert (fault.reason, fault.facts, fault.violations) == (strangers.reason, strangers.facts, strangers.violations)
    assert (await revoke(admin, mine.id)).HasField("revoked_at")


async def test_pages_of_keys_are_newest_first_and_whole(stack: Stack) -> None:
    made = [(await create(stack.operator, identity.ROLE_TENANT_CALLER, tenant_id="t")).key.id for _ in range(5)]
    found, token = [], ""
    while True:
        page = await listed(stack.operator, tenant_id="t", page_size=2, page_token=token)
        found += [key.id for key in page.keys]
        if not (token := page.next_page_token):
            break
        await create(stack.operator, identity.ROLE_TENANT_CALLER, tenant_id="t")
    assert found == made[::-1]
    assert len((await listed(stack.operator)).keys) == 12


@pytest.mark.parametrize("token", ["x", "WyJhIl0=", "WyJhIiwiYiJd", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OSIsImIiXQ=="])
async def test_a_foreign_token_of_keys_is_refused(stack: Stack, token: str) -> None:
    assert (await refused(listed(stack.operator, page_token=token))).reason is Reason.INVALID_ARGUMENT


async def add_key(stack: Stack, publisher: str, key: SigningKey) -> Any:
    request = publishers.AddPublisherKeyRequest(publisher=publisher, public_key_pem=key.public.pem.decode())
    return (await stack.operator.call("publishers", "AddPublisherKey", request)).publisher


async def end_key(stack: Stack, publisher: str, key_id: str) -> Any:
    request = publishers.RevokePublisherKeyRequest(publisher=publisher, key_id=key_id)
    return (await stack.operator.call("publishers", "RevokePublisherKey", request)).publisher


async def test_a_publisher_is_made_once_and_reads_itself_alone(stack: Stack) -> None:
    request = publishers.CreatePublisherRequest(name="other")
    made = (await stack.operator.call("publishers", "CreatePublisher", request)).publisher
    assert (await stack.operator.call("publishers", "CreatePublisher", request)).publisher == made
    own = publishers.GetPublisherRequest(name="acme")
    found = (await stack.clients["acme"].call("publishers", "GetPublisher", own)).publisher
    assert [key.key_id for key in found.keys] == [stack.publisher_key.public.key_id]
    for name in ("other", "nobody", ""):
        call = stack.clients["acme"].call("publishers", "GetPublisher", publishers.GetPublisherRequest(name=name))
        assert (await refused(call)).reason is Reason.NOT_FOUND


@pytest.mark.parametrize("name", ["", "Acme", "-a", "a-", "a b", "x" * 65, "ä"])
async def test_a_publishers_name_has_a_form(stack: Stack, name: str) -> None:
    call = stack.operator.call("publishers", "CreatePublisher", publishers.CreatePublisherRequest(name=name))
    assert (await refused(call)).reason is Reason.INVALID_ARGUMENT


async def test_keys_of_publishers(stack: Stack) -> None:
    await stack.operator.call("publishers", "CreatePublisher", publishers.CreatePublisherRequest(name="other"))
    key = SigningKey.generate(p256=True)
    with_key = await add_key(stack, "other", key)
    assert await add_key(stack, "other", key) == with_key
    assert (await refused(add_key(stack, "acme", key))).reason is Reason.ALREADY_EXISTS
    assert (await refused(add_key(stack, "nobody", key))).reason is Reason.NOT_FOUND
    assert (await refused(end_key(stack, "acme", key.public.key_id))).reason is Reason.NOT_FOUND
    ended = await end_key(stack, "other", key.public.key_id)
    assert ended.keys[0].HasField("revoked_at")
    assert await end_key(stack, "other", key.public.key_id) == ended
    assert (await refused(add_key(stack, "other", key))).reason is Reason.ALREADY_EXISTS


@pytest.mark.parametrize("pem", ["", "x", SigningKey.generate().pem.decode()])
async def test_a_publishers_key_is_a_public_key(stack: Stack, pem: str) -> None:
    request = publishers.AddPublisherKeyRequest(publisher="acme", public_key_pem=pem)
    fault = await refused(stack.operator.call("publishers", "AddPublisherKey", request))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "public_key_pem")


async def test_a_publisher_has_so_many_keys(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_keys, "MAX_KEYS", 2)
    await add_key(stack, "acme", SigningKey.generate())
    assert (await refused(add_key(stack, "acme", SigningKey.generate()))).reason is Reason.QUOTA_EXCEEDED
