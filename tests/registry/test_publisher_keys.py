"""Keys of publishers from their first to their last day: added, succeeded, retired, revoked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from gen.alga.registry.v1 import install_pb2, registry_service_pb2_grpc
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey
from registry import publisher_servicer
from registry.catalog.sql_log import SqlChanges
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import reason_of
from tests.registry.signing import HOUR, add, retire, revoke, serving, signed_by, states
from tests.registry.stack import Stack, eventually
from tests.registry.test_publish_refusals import EMPTY


async def test_a_key_is_succeeded_retired_and_revoked(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = fresh.publisher_key, fresh.trusted_key
    async with serving(fresh, monkeypatch):
        acme, admin, gateway = fresh.clients["acme"], fresh.clients["admin-a"], fresh.clients["gateway"]
        await add(fresh.operator, old.public.pem)
        first = bundle(old)
        await acme.publish(first)
        await add(fresh.operator, new.public.pem)
        # While both hold, each may sign.
        await acme.publish(bundle(old, version="1.1.0"))
        await acme.publish(bundle(new, version="1.2.0"))
        retired = await retire(acme, old.public.key_id)
        assert [key.HasField("not_after") for key in retired.keys] == [True, False]
        # What it signs now cannot be published, what it signed before goes on.
        assert await reason_of(acme.publish(bundle(old, version="1.3.0"))) is Reason.SIGNER_EXPIRED
        await admin.install("a", NAME, "1.0.0")
        await fresh.clients["admin-b"].install("b", NAME, "1.2.0")
        assert (await gateway.resolve("a", NAME)).install.version == "1.0.0"

        stream = gateway.stream("installs", "WatchInstalls", installs.WatchInstallsRequest())
        await anext(stream)
        answer = await revoke(acme, old.public.key_id)
        assert set(answer.revoked_hashes) == {str(first.digest), str(bundle(old, version="1.1.0").digest)}
        heard = [(await anext(stream)).change for _ in range(2)]
        assert {one.kind for one in heard} == {install_pb2.CHANGE_KIND_VERSION_REVOKED}
        assert [one.content_hash for one in heard] == list(answer.revoked_hashes)
        assert await states(acme) == {"1.0.0": "revoked", "1.1.0": "revoked", "1.2.0": "active"}
        assert await reason_of(gateway.resolve("a", NAME)) is Reason.EXTENSION_REVOKED
        assert (await gateway.resolve("b", NAME)).install.version == "1.2.0"
        assert await reason_of(acme.publish(bundle(old, version="1.3.0"))) is Reason.SIGNER_REVOKED
        await acme.publish(bundle(new, version="1.3.0"))
        assert await reason_of(add(fresh.operator, old.public.pem)) is Reason.ALREADY_EXISTS
        assert await reason_of(retire(acme, old.public.key_id)) is Reason.SIGNER_REVOKED


async def test_what_was_attested_before_a_key_was_stolen_goes_on(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    key = fresh.publisher_key
    async with serving(fresh, monkeypatch) as clock:
        acme = fresh.clients["acme"]
        await add(fresh.operator, key.public.pem)
        times = []
        for minor in range(4):
            times.append(clock())
            await acme.publish(bundle(key, version=f"1.{minor}.0"))
        answer = await revoke(acme, key.public.key_id, compromised_since=times[2])
        assert len(answer.revoked_hashes) == 2
        assert answer.publisher.keys[0].compromised_since.ToDatetime(times[2].tzinfo) == times[2]
        assert await states(acme) == {"1.0.0": "active", "1.1.0": "active", "1.2.0": "revoked", "1.3.0": "revoked"}
        # A new signature may be dated as one likes.
        assert await reason_of(acme.publish(bundle(key, version="1.4.0"))) is Reason.SIGNER_REVOKED
        await fresh.clients["admin-a"].install("a", NAME, "1.1.0")
        # Later it turns out that it was stolen earlier. Never later: what is stopped stays stopped.
        again = await revoke(acme, key.public.key_id, compromised_since=times[1])
        assert list(again.revoked_hashes) == [str(bundle(key, version="1.1.0").digest)]
        assert again.publisher.keys[0].revoked_at == answer.publisher.keys[0].revoked_at
        for since in (times[3], times[1]):
            same = await revoke(acme, key.public.key_id, compromised_since=since)
            assert (same.publisher, list(same.revoked_hashes)) == (again.publisher, [])
        whole = await revoke(acme, key.public.key_id)
        assert not whole.publisher.keys[0].HasField("compromised_since")
        assert (await revoke(acme, key.public.key_id, compromised_since=times[1])).publisher == whole.publisher
        assert set((await states(acme)).values()) == {"revoked"}
        future = revoke(acme, key.public.key_id, compromised_since=clock() + HOUR)
        assert await reason_of(future) is Reason.INVALID_ARGUMENT


async def test_a_version_goes_on_as_long_as_one_of_its_signers_counts(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = fresh.publisher_key, fresh.trusted_key
    async with serving(fresh, monkeypatch):
        acme = fresh.clients["acme"]
        for key in (one, two):
            await add(fresh.operator, key.public.pem)
        await acme.publish(signed_by([one, two]))
        await acme.publish(bundle(one, version="2.0.0"))
        assert len((await revoke(acme, one.public.key_id)).revoked_hashes) == 1
        assert await states(acme) == {"1.0.0": "active", "2.0.0": "revoked"}
        await fresh.clients["admin-a"].install("a", NAME, "1.0.0")
        assert len((await revoke(acme, two.public.key_id)).revoked_hashes) == 1
        assert await states(acme) == {"1.0.0": "revoked", "2.0.0": "revoked"}


async def test_a_signer_of_nobody_saves_no_version(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the trust bundle that is not the publisher's signed as well."""
    async with serving(fresh, monkeypatch):
        await add(fresh.operator, fresh.publisher_key.public.pem)
        await fresh.clients["acme"].publish(signed_by([fresh.publisher_key, fresh.trusted_key]))
        await revoke(fresh.clients["acme"], fresh.publisher_key.public.key_id)
        assert await states(fresh.operator) == {"1.0.0": "revoked"}


async def test_keys_of_strangers(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(fresh, monkeypatch):
        acme, key = fresh.clients["acme"], fresh.publisher_key
        await add(fresh.operator, key.public.pem)
        await acme.publish(bundle(key))
        other = await fresh.publisher("other", fresh.trusted_key)
        for name in ("acme", "nobody", ""):
            for call in (retire(other, key.public.key_id, name), revoke(other, key.public.key_id, name)):
                assert await reason_of(call) is Reason.NOT_FOUND
        # Nor as their own.
        assert await reason_of(retire(other, key.public.key_id, "other")) is Reason.NOT_FOUND
        assert await reason_of(revoke(other, key.public.key_id, "other")) is Reason.NOT_FOUND
        assert await reason_of(add(acme, SigningKey.generate().public.pem)) is Reason.PERMISSION_DENIED
        await acme.publish(bundle(key, version="1.1.0"))
        assert set((await states(acme)).values()) == {"active"}


async def test_a_note_about_a_strangers_future_key_changes_nothing_for_the_stranger(
    fresh: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = fresh.publisher_key
    async with serving(fresh, monkeypatch):
        other = await fresh.publisher("other", fresh.trusted_key)
        noted = (await revoke(other, key.public.key_id, "other")).publisher
        assert [(one.public_key_pem != "", one.HasField("revoked_at")) for one in noted.keys] == [(True, False), (False, True)]
        acme = fresh.clients["acme"]
        await add(fresh.operator, key.public.pem)
        await acme.publish(bundle(key))
        # Its own revocation still works, and for whoever noted it the key stays revoked.
        assert len((await revoke(acme, key.public.key_id)).revoked_hashes) == 1
        assert await reason_of(add(fresh.operator, key.public.pem, "other")) is Reason.ALREADY_EXISTS


async def test_a_key_that_is_revoked_during_an_upload(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The envelope held when the upload began; nothing of it is recorded."""
    async with serving(fresh, monkeypatch):
        acme, signed = fresh.clients["acme"], bundle(fresh.publisher_key)
        await add(fresh.operator, fresh.publisher_key.public.pem)
        header = registry.PublishHeader(content_hash=str(signed.digest), size_bytes=len(signed.archive), envelope=signed.envelope)
        revoked = asyncio.Event()

        async def slow() -> AsyncIterator[registry.PublishVersionRequest]:
            yield registry.PublishVersionRequest(header=header)
            await revoked.wait()
            yield registry.PublishVersionRequest(chunk=signed.archive)

        stub = registry_service_pb2_grpc.RegistryServiceStub(acme.peer.channel)
        call = stub.PublishVersion(slow(), metadata=acme.peer.metadata())
        await eventually(lambda: fresh.left()["uploads"] == 1)
        await revoke(acme, fresh.publisher_key.public.key_id)
        revoked.set()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert fresh.left() == EMPTY


async def test_a_revocation_that_fails_changes_nothing(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    key = fresh.publisher_key
    async with serving(fresh, monkeypatch):
        acme = fresh.clients["acme"]
        before = await add(fresh.operator, key.public.pem)
        for version in ("1.0.0", "1.1.0"):
            await acme.publish(bundle(key, version=version))
        original, calls = SqlChanges.append, []

        async def second_fails(self: SqlChanges, *arguments: Any) -> int:
            calls.append(arguments)
            if len(calls) == 2:
                raise Fault(Reason.UNAVAILABLE)
            return await original(self, *arguments)

        monkeypatch.setattr(SqlChanges, "append", second_fails)
        assert await reason_of(revoke(acme, key.public.key_id)) is Reason.UNAVAILABLE
        assert len(calls) == 2
        found = await acme.call("publishers", "GetPublisher", publishers.GetPublisherRequest(name="acme"))
        assert found.publisher.keys == before.keys
        assert await states(acme) == {"1.0.0": "active", "1.1.0": "active"}
        assert fresh.left()["install_change"] == 0
        assert len((await revoke(acme, key.public.key_id)).revoked_hashes) == 2


async def test_only_the_first_hashes_are_told(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_servicer, "MAX_REVOKED_TOLD", 1)
    async with serving(fresh, monkeypatch):
        await add(fresh.operator, fresh.publisher_key.public.pem)
        for version in ("1.0.0", "1.1.0"):
            await fresh.clients["acme"].publish(bundle(fresh.publisher_key, version=version))
        assert len((await revoke(fresh.operator, fresh.publisher_key.public.key_id)).revoked_hashes) == 1
        assert set((await states(fresh.operator)).values()) == {"revoked"}


async def test_the_end_of_a_key_is_brought_forward_and_never_put_off(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    key = fresh.publisher_key
    async with serving(fresh, monkeypatch) as clock:
        acme, start = fresh.clients["acme"], clock()
        added = await add(fresh.operator, key.public.pem, not_before=start + HOUR, not_after=start + 9 * HOUR)
        assert await add(fresh.operator, key.public.pem) == added
        assert await reason_of(acme.publish(bundle(key))) is Reason.SIGNER_EXPIRED
        clock.ahead = 2 * HOUR
        await acme.publish(bundle(key))
        sooner = await retire(acme, key.public.key_id, not_after=start + 5 * HOUR)
        assert sooner.keys[0].not_after.ToDatetime(start.tzinfo) == start + 5 * HOUR
        for end in (start + 6 * HOUR, start + HOUR):
            assert await reason_of(retire(acme, key.public.key_id, not_after=end)) is Reason.INVALID_ARGUMENT
        clock.ahead = 4 * HOUR
        await acme.publish(bundle(key, version="1.1.0"))
        clock.ahead = 6 * HOUR
        assert await reason_of(acme.publish(bundle(key, version="1.2.0"))) is Reason.SIGNER_EXPIRED
        # It ended before now, and is not prolonged to now.
        assert (await retire(acme, key.public.key_id)).keys == sooner.keys
        await fresh.clients["admin-a"].install("a", NAME, "1.1.0")


@pytest.mark.parametrize("key_id", ["", "x", "0" * 64, "sha256:" + "0" * 63, "sha256:" + "A" * 64, "sha256:" + "0" * 65])
@pytest.mark.parametrize("end", [retire, revoke])
async def test_a_key_id_has_a_form(stack: Stack, end: Any, key_id: str) -> None:
    assert await reason_of(end(stack.operator, key_id)) is Reason.INVALID_ARGUMENT


async def test_a_key_that_nobody_has(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = "sha256:" + "0" * 64
    assert await reason_of(retire(stack.operator, unknown)) is Reason.NOT_FOUND
    noted = await revoke(stack.operator, unknown)
    assert (await revoke(stack.operator, unknown)).publisher == noted.publisher
    assert await reason_of(retire(stack.operator, unknown)) is Reason.SIGNER_REVOKED
    monkeypatch.setattr("registry.publisher_keys.MAX_KEYS", 2)
    assert await reason_of(revoke(stack.operator, "sha256:" + "1" * 64)) is Reason.QUOTA_EXCEEDED


@pytest.mark.parametrize("hours", [0, 1])
async def test_a_key_is_valid_for_some_time(stack: Stack, hours: int) -> None:
    start = datetime.now(UTC)
    call = add(stack.operator, SigningKey.generate().public.pem, not_before=start + hours * HOUR, not_after=start)
    assert await reason_of(call) is Reason.INVALID_ARGUMENT
