"""Sealed secrets at the registry: stored, listed and removed within limits, handed to runners alone, opened nowhere here."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gen.alga.registry.v1 import install_pb2
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import secret_service_pb2 as pb
from kernel.convert import signed_from_proto, signed_to_proto
from kernel.errors import Reason
from kernel.grants import Credential, ExecutionGrant
from kernel.sealing import ALGORITHM, MAX_BOX_BYTES, OVERHEAD, Place, SealingKey, open_one
from kernel.signing import SigningKey, TrustedKeys
from registry.convert_secrets import secret_from_proto
from registry.secrets import MAX_SECRETS, MAX_TOTAL_BYTES
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import disable, get, granting, reason_of, refused, set_grants, uninstall, update
from tests.registry.sealing import listed, put, read_sealed, sealed, write_recipients
from tests.registry.stack import Stack, started
from tests.registry.test_reaching import credentials

GET, FETCH = "cap:secrets.get", "cap:http.fetch"
KEY, OTHER = SealingKey.generate(), SealingKey.generate()
VALUE = "s3cr3t-that-nobody-may-see"


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    path = write_recipients(tmp_path / "recipients.pem", KEY, OTHER)
    async with started(secret_recipients_file=path, trust_reload_seconds=0.02) as made:
        await publish(made)
        yield made


@pytest.fixture
async def install(stack: Stack) -> install_pb2.Install:
    return await stack.clients["admin-a"].install("a", NAME)


async def publish(stack: Stack, version: str = "1.0.0") -> None:
    manifest = {"version": version, "capabilities": [GET, FETCH], "egress": ["api.example.com"]}
    await stack.clients["acme"].publish(bundle(stack.publisher_key, **manifest))


def keys() -> list[Any]:
    return [KEY.public, OTHER.public]


async def grant_of(stack: Stack) -> ExecutionGrant:
    resolved = await stack.clients["gateway"].resolve("a", NAME)
    trusted = TrustedKeys.of([stack.grant_key.public])
    return ExecutionGrant.verify(signed_from_proto(resolved.grant), trusted, datetime.now(UTC))


async def signed_grant(stack: Stack) -> Any:
    return (await stack.clients["gateway"].resolve("a", NAME)).grant


def opened(secret: pb.SealedSecret, install_id: str, key: SealingKey = KEY) -> str:
    told = secret_from_proto(secret, "")
    place = Place("a", install_id, told.name, secret.revision, told.expires_at)
    return open_one(told.boxes, place, {key.public.key_id: key})


async def test_what_is_stored_is_read_by_runners_and_listed_without_its_value(stack: Stack, install: Any) -> None:
    admin, ends = stack.clients["admin-a"], datetime(2040, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert (await listed(admin)) == pb.ListSecretsResponse(install_id=install.id)
    stream = stack.clients["gateway"].stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
    await anext(stream)
    done = await put(admin, sealed(install.id, "b", VALUE, keys(), expires_at=ends), sealed(install.id, "a", "", keys()))
    told = (await anext(stream)).change
    assert (told.kind, told.install_id) == (install_pb2.CHANGE_KIND_SECRETS_CHANGED, install.id)
    shown = await listed(stack.operator)
    assert (shown.install_id, shown.revision, list(shown.secrets)) == (install.id, 1, list(done.secrets))
    assert [(one.name, one.revision, one.HasField("expires_at")) for one in shown.secrets] == [("a", 1, False), ("b", 1, True)]
    assert list(shown.secrets[1].key_ids) == [KEY.public.key_id, OTHER.public.key_id]
    assert {field.name for field in pb.SecretInfo.DESCRIPTOR.fields} == {"name", "revision", "expires_at", "key_ids", "updated_at"}
    assert (await grant_of(stack)).secrets_revision == (await get(admin)).secrets_revision == 1

    read = await read_sealed(stack.clients["runner"], await signed_grant(stack))
    assert read.revision == 1
    for key in (KEY, OTHER):
        assert [(one.name, opened(one, install.id, key)) for one in read.secrets] == [("a", ""), ("b", VALUE)]
    for path in stack.data.rglob("registry.db*"):
        assert VALUE.encode() not in path.read_bytes()


async def test_later_ones_replace_and_remove(stack: Stack, install: Any) -> None:
    admin = stack.clients["admin-a"]
    await put(admin, sealed(install.id, "a", "1", keys()), sealed(install.id, "b", "1", keys()))
    again = sealed(install.id, "a", "2", keys(), revision=2)
    done = await put(admin, again, sealed(install.id, "c", "3", keys(), revision=2), if_revision=1, remove=["b", "never-there"])
    assert (done.revision, [(one.name, one.revision) for one in done.secrets]) == (2, [("a", 2), ("c", 2)])
    read = await read_sealed(stack.clients["runner"], await signed_grant(stack))
    assert [opened(one, install.id) for one in read.secrets] == ["2", "3"]
    same = await put(admin, if_revision=2, remove=["never-there"])
    assert (same.revision, len(same.secrets)) == (2, 2)
    assert (await put(admin, if_revision=2, remove=["a", "c"])).revision == 3
    assert (await listed(admin)).secrets == []


async def test_only_the_next_revision_is_stored(stack: Stack, install: Any) -> None:
    admin = stack.clients["admin-a"]
    await put(admin, sealed(install.id, "a", "1", keys()))
    for stale in (0, 2, 2**64 - 1):
        fault = await refused(put(admin, sealed(install.id, "a", "2", keys()), if_revision=stale))
        assert (fault.reason, fault.facts) == (Reason.REVISION_CONFLICT, {"revision": "1"})
    fault = await refused(put(admin, sealed(install.id, "a", "2", keys()), if_revision=None))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "if_revision")


def box(**changes: Any) -> pb.SealedBox:
    return pb.SealedBox(**({"key_id": KEY.public.key_id, "algorithm": ALGORITHM, "ciphertext": b"x" * OVERHEAD} | changes))


def secret(name: str = "a", *boxes: pb.SealedBox, **more: Any) -> pb.SealedSecret:
    return pb.SealedSecret(name=name, boxes=boxes or [box()], **more)


NINE = [box(key_id=f"sha256:{number:064}") for number in range(9)]


@pytest.mark.parametrize(
    ("secrets", "remove", "field"),
    [
        ([secret("")], [], "put[0].name"),
        ([secret("ok"), secret("a b")], [], "put[1].name"),
        ([secret("k" * 65)], [], "put[0].name"),
        ([secret("\u00e9")], [], "put[0].name"),
        ([secret("a\n")], [], "put[0].name"),
        ([secret("a"), secret("a")], [], "put"),
        ([secret("a")], ["a"], "put"),
        ([], ["a", "a"], "put"),
        ([], ["a/b"], "remove"),
        ([], [f"k{number}" for number in range(MAX_SECRETS + 1)], "remove"),
        ([secret(f"k{number}") for number in range(MAX_SECRETS + 1)], [], "put"),
        ([pb.SealedSecret(name="a")], [], "put[0].boxes"),
        ([secret("a", *NINE)], [], "put[0].boxes"),
        ([secret("a", box(), box())], [], "put[0].boxes"),
        ([secret("a", box(key_id=SealingKey.generate().public.key_id))], [], "put[0].boxes"),
        ([secret("a", box(), box(key_id="x"))], [], "put[0].boxes[1].key_id"),
        ([secret("a", box(algorithm="inline/base64"))], [], "put[0].boxes[0].algorithm"),
        ([secret("a", box(algorithm=""))], [], "put[0].boxes[0].algorithm"),
        ([secret("a", box(ciphertext=b"x" * (OVERHEAD - 1)))], [], "put[0].boxes[0].ciphertext"),
        ([secret("a", box(ciphertext=b"x" * (MAX_BOX_BYTES + 1)))], [], "put[0].boxes[0].ciphertext"),
        ([secret("a", expires_at={"seconds": 1, "nanos": 1_000})], [], "put[0].expires_at"),
        ([secret("a", expires_at={"seconds": -1})], [], "put[0].expires_at"),
        ([secret("a", expires_at={"seconds": 1 << 60})], [], "expires_at"),
        ([secret(f"k{number}", box(ciphertext=b"x" * MAX_BOX_BYTES)) for number in range(33)], [], "put"),
    ],
)
async def test_one_more_is_refused_and_named(stack: Stack, install: Any, secrets: Any, remove: list[str], field: str) -> None:
    fault = await refused(put(stack.clients["admin-a"], *secrets, remove=remove))
    assert (fault.reason, [one.field for one in fault.violations]) == (Reason.INVALID_ARGUMENT, [field])
    assert (await listed(stack.operator)).revision == 0


async def test_as_much_as_is_allowed(stack: Stack, install: Any) -> None:
    admin, each = stack.clients["admin-a"], MAX_TOTAL_BYTES // MAX_SECRETS
    many = [secret(f"{number:064}", box(ciphertext=b"x" * each)) for number in range(MAX_SECRETS)]
    assert len((await put(admin, *many)).secrets) == MAX_SECRETS
    for over in (secret("one-more"), secret(f"{0:064}", box(ciphertext=b"x" * (each + 1)))):
        assert await reason_of(put(admin, over, if_revision=1)) is Reason.INVALID_ARGUMENT
    assert len((await put(admin, secret("one-more"), if_revision=1, remove=[f"{0:064}"])).secrets) == MAX_SECRETS


async def test_secrets_survive_updates_and_go_with_the_install(stack: Stack, install: Any) -> None:
    admin = stack.clients["admin-a"]
    await publish(stack, "1.1.0")
    await put(admin, sealed(install.id, "a", VALUE, keys()))
    await update(admin, "1.0.0")
    read = await read_sealed(stack.clients["runner"], await signed_grant(stack))
    assert opened(read.secrets[0], install.id) == VALUE
    await uninstall(admin)
    with closing(sqlite3.connect(stack.data / "registry.db")) as connection:
        assert connection.execute("SELECT count(*) FROM tenant_extension_install_secrets").fetchone() == (0,)
    again = await admin.install("a", NAME)
    assert (again.id != install.id, (await listed(admin)).revision) == (True, 0)


async def test_a_grant_opens_the_installs_own_and_no_longer_than_it_stands(stack: Stack, install: Any) -> None:
    runner, admin = stack.clients["runner"], stack.clients["admin-a"]
    await put(admin, sealed(install.id, "a", VALUE, keys()))
    said = await grant_of(stack)
    good = signed_to_proto(said.sign(stack.grant_key))
    assert len((await read_sealed(runner, good)).secrets) == 1
    for changes, reason in (
        ({"tenant_id": "b"}, Reason.GRANT_STALE),
        ({"install_id": NAME}, Reason.GRANT_STALE),
        ({"version_id": "other"}, Reason.GRANT_STALE),
        ({"capabilities": frozenset()}, Reason.CAPABILITY_DENIED),
        ({"expires_at": said.issued_at - timedelta(seconds=20), "issued_at": said.issued_at - timedelta(seconds=40)},
         Reason.GRANT_EXPIRED),
    ):  # fmt: skip
        grant = signed_to_proto(replace(said, **changes).sign(stack.grant_key))
        assert await reason_of(read_sealed(runner, grant)) is reason
    forged = signed_to_proto(said.sign(SigningKey.generate()))
    assert await reason_of(read_sealed(runner, forged)) is Reason.GRANT_INVALID
    await set_grants(admin, granting())
    assert await reason_of(read_sealed(runner, good)) is Reason.CAPABILITY_DENIED
    await disable(admin)
    assert await reason_of(read_sealed(runner, good)) is Reason.GRANT_STALE


async def test_without_the_capability_credentials_open_what_they_name(stack: Stack, install: Any) -> None:
    runner, admin = stack.clients["runner"], stack.clients["admin-a"]
    await set_grants(admin, granting(FETCH))
    await put(admin, sealed(install.id, "a", "1", keys()), sealed(install.id, "b", "2", keys()))
    assert await reason_of(read_sealed(runner, await signed_grant(stack))) is Reason.CAPABILITY_DENIED
    await credentials(admin, Credential("https://api.example.com", "authorization", "Bearer ", "b"))
    said = await grant_of(stack)
    read = await read_sealed(runner, signed_to_proto(said.sign(stack.grant_key)))
    assert [one.name for one in read.secrets] == ["b"]
    # What the grant says beyond what the install has now opens nothing, nor the other way round.
    more = replace(said, credentials=(replace(said.credentials[0], secret="a"),))
    assert await reason_of(read_sealed(runner, signed_to_proto(more.sign(stack.grant_key)))) is Reason.CAPABILITY_DENIED


async def test_only_the_tenants_admins_and_operators(stack: Stack, install: Any) -> None:
    one, grant = sealed(install.id, "a", VALUE, keys()), await signed_grant(stack)
    for name in ("acme", "caller-a", "gateway", "runner"):
        assert await reason_of(put(stack.clients[name], one)) is Reason.PERMISSION_DENIED
        assert await reason_of(listed(stack.clients[name])) is Reason.PERMISSION_DENIED
    for name in ("acme", "caller-a", "gateway", "operator", "admin-a"):
        assert await reason_of(read_sealed(stack.clients[name], grant)) is Reason.PERMISSION_DENIED
    for tenant, ref in (("a", install.id), ("a", NAME), ("b", install.id), ("b", NAME)):
        assert await reason_of(put(stack.clients["admin-b"], one, tenant=tenant, install=ref)) is Reason.NOT_FOUND
        assert await reason_of(listed(stack.clients["admin-b"], tenant, ref)) is Reason.NOT_FOUND
    assert (await listed(stack.operator)).revision == 0


async def test_recipients_are_what_the_file_says_now(stack: Stack, install: Any, tmp_path: Path) -> None:
    admin = stack.clients["admin-a"]

    async def told() -> set[str]:
        return {one.key_id for one in (await admin.call("secrets", "GetRecipients", pb.GetRecipientsRequest())).recipients}

    assert await told() == {KEY.public.key_id, OTHER.public.key_id}
    newest = SealingKey.generate()
    write_recipients(tmp_path / "recipients.pem", newest)
    async with asyncio.timeout(20):
        while await told() != {newest.public.key_id}:  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)
    assert await reason_of(put(admin, sealed(install.id, "a", VALUE, keys()))) is Reason.INVALID_ARGUMENT
    assert (await put(admin, sealed(install.id, "a", VALUE, [newest.public]))).revision == 1


async def test_without_recipients_nothing_can_be_set() -> None:
    async with started() as made:
        await publish(made)
        install = await made.clients["admin-a"].install("a", NAME)
        answer = await made.operator.call("secrets", "GetRecipients", pb.GetRecipientsRequest())
        assert answer == pb.GetRecipientsResponse()
        assert await reason_of(put(made.clients["admin-a"], sealed(install.id, "a", VALUE, keys()))) is Reason.INVALID_ARGUMENT
