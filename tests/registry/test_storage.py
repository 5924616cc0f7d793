"""Storage: what a grant opens, what it does not open any more, and that no write is lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import storage_service_pb2 as storage
from kernel.convert import signed_from_proto, signed_to_proto
from kernel.errors import Fault, Reason
from kernel.grants import AssetGrant, ExecutionGrant
from kernel.signing import SigningKey, TrustedKeys
from registry import storage as limits
from registry.storage_quota import MAX_KEYS, MAX_NAMESPACES, MAX_TOTAL_BYTES
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Stack, started


@dataclass
class Guest:
    """The runner on behalf of a guest of tenant a."""

    stack: Stack
    grant: Any

    async def get(self, key: str = "k", namespace: str = "n") -> Any:
        request = storage.GetEntryRequest(grant=self.grant, namespace=namespace, key=key)
        return (await self.stack.clients["runner"].call("storage", "GetEntry", request)).entry

    async def put(
        self, value: bytes = b"v", key: str = "k", namespace: str = "n", if_revision: int | None = None, ttl_seconds: int = 0
    ) -> int:
        request = storage.PutEntryRequest(
            grant=self.grant, namespace=namespace, key=key, value=value, if_revision=if_revision, ttl_seconds=ttl_seconds
        )
        answer = await self.stack.clients["runner"].call("storage", "PutEntry", request)
        revision: int = answer.revision
        return revision

    async def delete(self, key: str = "k", namespace: str = "n") -> None:
        request = storage.DeleteEntryRequest(grant=self.grant, namespace=namespace, key=key)
        await self.stack.clients["runner"].call("storage", "DeleteEntry", request)

    async def entries(self, after_key: str = "", size: int = 0, namespace: str = "n") -> Any:
        request = storage.ListEntriesRequest(grant=self.grant, namespace=namespace, after_key=after_key, page_size=size)
        return await self.stack.clients["runner"].call("storage", "ListEntries", request)

    async def every_call(self) -> list[Reason]:
        """Why each of the four calls is refused."""
        calls = (self.get(), self.put(), self.delete(), self.entries())
        return [(await refused(call)).reason for call in calls]


async def refused(call: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await call
    return caught.value


@pytest.fixture
async def guest(stack: Stack) -> Guest:
    return await installed(stack)


async def installed(stack: Stack) -> Guest:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    await stack.clients["admin-a"].install("a", NAME)
    return Guest(stack, (await stack.clients["gateway"].resolve("a", NAME)).grant)


def said(guest: Guest) -> ExecutionGrant:
    keys = TrustedKeys.of([guest.stack.grant_key.public])
    return ExecutionGrant.verify(signed_from_proto(guest.grant), keys, datetime.now(UTC))


def signed(guest: Guest, key: SigningKey | None = None, **changes: Any) -> Guest:
    """A grant with other content, signed with the registry's own key or another."""
    made = replace(said(guest), **changes).sign(key or guest.stack.grant_key)
    return Guest(guest.stack, signed_to_proto(made))


async def test_entries_are_written_read_listed_and_removed(guest: Guest) -> None:
    assert await guest.put(b"\x00\xff") == 1
    assert await guest.put(b"two") == 2
    entry = await guest.get()
    assert (entry.namespace, entry.key, entry.value, entry.revision) == ("n", "k", b"two", 2)
    assert [entry.key for entry in (await guest.entries()).entries] == ["k"]
    await guest.delete()
    assert (await refused(guest.get())).reason is Reason.STORAGE_KEY_MISSING
    assert (await refused(guest.delete())).reason is Reason.STORAGE_KEY_MISSING
    assert await guest.put(b"again", if_revision=0) == 1


async def test_reads_of_a_stream_have_grants_of_their_own_and_fail_by_themselves(guest: Guest) -> None:
    await guest.put(b"v")
    old = signed(guest, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    bare = signed(guest, capabilities=frozenset())
    reads = [
        storage.EntryRead(request_id="r", entry=storage.GetEntryRequest(grant=grant, namespace=namespace, key=key))
        for grant, namespace, key in [
            (guest.grant, "n", "k"),
            (guest.grant, "n", "none"),
            (old.grant, "n", "k"),
            (guest.grant, "", "k"),
            (bare.grant, "n", "k"),
            (None, "n", "k"),
            (guest.grant, "n", "k"),
        ]
    ]
    messages = iter(
        [storage.ReadEntriesRequest(reads=reads), storage.ReadEntriesRequest(), storage.ReadEntriesRequest(reads=reads[:1])]
    )
    whole, none, one = [a async for a in guest.stack.clients["runner"].stream("storage", "ReadEntries", messages)]
    assert not none.found
    assert [found.entry.value for found in (whole.found[0], whole.found[-1], *one.found)] == [b"v"] * 3
    assert [found.error.reason for found in whole.found[1:-1]] == [
        Reason.STORAGE_KEY_MISSING,
        Reason.GRANT_EXPIRED,
        Reason.INVALID_ARGUMENT,
        Reason.CAPABILITY_DENIED,
        Reason.GRANT_INVALID,
    ]
    assert [(v.field, v.rule) for v in whole.found[3].error.violations] == [("namespace", "must have 1 to 128 characters")]


async def test_a_message_has_at_most_64_reads(guest: Guest) -> None:
    await guest.put()
    read = storage.EntryRead(entry=storage.GetEntryRequest(grant=guest.grant, namespace="n", key="k"))

    async def found(count: int) -> int:
        messages = iter([storage.ReadEntriesRequest(reads=[read] * count)])
        answers = [a async for a in guest.stack.clients["runner"].stream("storage", "ReadEntries", messages)]
        return len(answers[0].found)

    assert await found(64) == 64
    assert (await refused(found(65))).violations[0].field == "reads"


async def test_a_stream_of_reads_ends_when_the_registry_drains(guest: Guest) -> None:
    more = asyncio.Event()
    read = storage.EntryRead(entry=storage.GetEntryRequest(grant=guest.grant, namespace="n", key="k"))

    async def messages() -> AsyncIterator[Any]:
        yield storage.ReadEntriesRequest(reads=[read])
        await more.wait()

    stream = guest.stack.clients["runner"].stream("storage", "ReadEntries", messages())
    assert (await anext(stream)).found[0].error.reason == Reason.STORAGE_KEY_MISSING
    async with asyncio.timeout(20):  # and not the grace of a minute
        await guest.stack.app.drain(60)
        assert [answer async for answer in stream] == []
    more.set()


async def test_a_revision_that_is_not_the_entrys_is_a_conflict(guest: Guest) -> None:
    assert (await refused(guest.put(if_revision=1))).reason is Reason.STORAGE_CONFLICT
    await guest.put()
    for revision in (0, 2, 2**64 - 1):
        fault = await refused(guest.put(if_revision=revision))
        assert (fault.reason, fault.facts) == (Reason.STORAGE_CONFLICT, {"revision": "1"})
    assert await guest.put(if_revision=1) == 2


async def test_sixteen_writers_lose_nothing(guest: Guest) -> None:
    await guest.put(b"0")

    async def add(times: int) -> None:
        while times:
            entry = await guest.get()
            try:
                await guest.put(str(int(entry.value) + 1).encode(), if_revision=entry.revision)
            except Fault as fault:
                assert fault.reason is Reason.STORAGE_CONFLICT
            else:
                times -= 1

    await asyncio.gather(*(add(3) for _ in range(16)))
    entry = await guest.get()
    assert (entry.value, entry.revision) == (b"48", 49)


async def test_a_forged_grant(guest: Guest) -> None:
    assert await signed(guest, SigningKey.generate()).every_call() == [Reason.GRANT_INVALID] * 4
    assert await signed(guest, guest.stack.attestation_key).every_call() == [Reason.GRANT_INVALID] * 4


@pytest.mark.parametrize("part", ["payload", "signature", "key_id"])
async def test_an_altered_grant(guest: Guest, part: str) -> None:
    value = getattr(guest.grant, part)
    setattr(
        guest.grant, part, value[:-1] + (bytes([value[-1] ^ 1]) if isinstance(value, bytes) else "0" if value[-1] != "0" else "1")
    )
    assert await guest.every_call() == [Reason.GRANT_INVALID] * 4


async def test_no_grant(guest: Guest) -> None:
    assert await Guest(guest.stack, None).every_call() == [Reason.GRANT_INVALID] * 4


async def test_a_grant_of_another_kind(guest: Guest) -> None:
    grant = said(guest)
    other = AssetGrant(grant.content_hash, grant.issued_at, grant.expires_at).sign(guest.stack.grant_key)
    assert await Guest(guest.stack, signed_to_proto(other)).every_call() == [Reason.GRANT_INVALID] * 4


async def test_a_grant_whose_time_is_over_or_too_long(guest: Guest) -> None:
    now = datetime.now(UTC)
    expired = signed(guest, issued_at=now - timedelta(seconds=30), expires_at=now - timedelta(seconds=1))
    assert await expired.every_call() == [Reason.GRANT_EXPIRED] * 4
    for times in ({"expires_at": now + timedelta(hours=1)}, {"issued_at": now + timedelta(seconds=20)}):
        assert await signed(guest, **times).every_call() == [Reason.GRANT_INVALID] * 4


async def test_a_grant_for_another_tenants_install(guest: Guest) -> None:
    """Not even the registry's own key mixes tenants."""
    other = await guest.stack.clients["admin-b"].install("b", NAME)
    await guest.put()
    for changes in ({"tenant_id": "b"}, {"install_id": other.id}, {"install_id": NAME}, {"install_id": ""}):
        assert await signed(guest, **changes).every_call() == [Reason.GRANT_STALE] * 4


async def test_tenants_do_not_share_entries(guest: Guest) -> None:
    await guest.put()
    await guest.stack.clients["admin-b"].install("b", NAME)
    other = Guest(guest.stack, (await guest.stack.clients["gateway"].resolve("b", NAME)).grant)
    assert (await refused(other.get())).reason is Reason.STORAGE_KEY_MISSING
    assert list((await other.entries()).entries) == []
    await other.put(b"other")
    await other.delete()
    assert (await guest.get()).value == b"v"


async def admin(guest: Guest, method: str) -> None:
    request = getattr(installs, f"{method}Request")(tenant_id="a", install=NAME)
    await guest.stack.clients["admin-a"].call("installs", method, request)


async def test_a_grant_ends_when_its_install_is_stopped(guest: Guest) -> None:
    await guest.put(b"kept")
    await admin(guest, "Disable")
    assert await guest.every_call() == [Reason.GRANT_STALE] * 4
    await admin(guest, "Enable")
    fresh = Guest(guest.stack, (await guest.stack.clients["gateway"].resolve("a", NAME)).grant)
    assert (await fresh.get()).value == b"kept"


async def test_a_new_configuration_takes_nothing_from_running_calls(guest: Guest) -> None:
    await guest.put(b"kept")
    request = installs.SetConfigurationRequest(tenant_id="a", install=NAME, configuration={"greeting": "Ahoy"})
    await guest.stack.clients["admin-a"].call("installs", "SetConfiguration", request)
    assert (await guest.get()).value == b"kept"


async def test_an_update_keeps_the_storage_and_ends_the_grant(guest: Guest) -> None:
    await guest.put(b"kept")
    await guest.stack.clients["acme"].publish(bundle(guest.stack.publisher_key, version="1.1.0"))
    await admin(guest, "Update")
    assert await guest.every_call() == [Reason.GRANT_STALE] * 4
    fresh = Guest(guest.stack, (await guest.stack.clients["gateway"].resolve("a", NAME)).grant)
    assert (await fresh.get()).value == b"kept"


async def test_uninstalling_removes_the_storage(guest: Guest) -> None:
    await guest.put()
    await admin(guest, "Uninstall")
    assert await guest.every_call() == [Reason.GRANT_STALE] * 4
    await guest.stack.clients["admin-a"].install("a", NAME)
    fresh = Guest(guest.stack, (await guest.stack.clients["gateway"].resolve("a", NAME)).grant)
    assert (await refused(fresh.get())).reason is Reason.STORAGE_KEY_MISSING


async def test_a_revoked_version_stores_nothing_more(guest: Guest) -> None:
    await guest.put()
    request = registry.RevokeVersionRequest(extension=NAME, version="1.0.0")
    await guest.stack.clients["acme"].call("registry", "RevokeVersion", request)
    assert await guest.every_call() == [Reason.EXTENSION_REVOKED] * 4


async def test_storage_needs_its_capability_in_grant_and_install(guest: Guest) -> None:
    bare = signed(guest, capabilities=frozenset({"cap:log.emit"}))
    assert await bare.every_call() == [Reason.CAPABILITY_DENIED] * 4
    await guest.stack.clients["admin-b"].install("b", NAME, names=[])
    denied = Guest(guest.stack, (await guest.stack.clients["gateway"].resolve("b", NAME)).grant)
    widened = signed(denied, capabilities=frozenset({"cap:storage.kv"}))
    for one in (denied, widened):
        assert await one.every_call() == [Reason.CAPABILITY_DENIED] * 4


@pytest.mark.parametrize(
    ("namespace", "key", "field"),
    [
        ("", "k", "namespace"),
        ("n" * 129, "k", "namespace"),
        ("n\x00", "k", "namespace"),
        ("n\n", "k", "namespace"),
        ("n", "", "key"),
        ("n", "k" * 257, "key"),
        ("n", "a/b", "key"),
        ("n", "\x7f", "key"),
    ],
)
async def test_names_have_rules(guest: Guest, namespace: str, key: str, field: str) -> None:
    for call in (guest.get(key, namespace), guest.put(b"", key, namespace), guest.delete(key, namespace)):
        fault = await refused(call)
        assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, field)


async def test_the_longest_names_and_values_fit(guest: Guest) -> None:
    await guest.put(bytes(limits.MAX_VALUE_BYTES), "ü" * 256, "n" * 128)
    assert len((await guest.get("ü" * 256, "n" * 128)).value) == 64 << 10
    fault = await refused(guest.put(bytes(limits.MAX_VALUE_BYTES + 1)))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "value")


@pytest.fixture
async def narrow() -> AsyncIterator[Guest]:
    """A guest of a registry whose installs may store next to nothing."""
    async with started(storage_max_keys=3, storage_max_namespaces=2, storage_max_bytes=20) as stack:
        yield await installed(stack)


async def test_quotas(narrow: Guest) -> None:
    guest = narrow
    for key in ("1", "2", "3"):
        await guest.put(b"", key)
    fault = await refused(guest.put(b"", "4"))
    assert (fault.reason, fault.facts) == (Reason.QUOTA_EXCEEDED, {"quota": "keys", "limit": "3"})
    await guest.put(b"", "1")
    await guest.put(b"", "1", "m")
    fault = await refused(guest.put(b"", "1", "o"))
    assert (fault.reason, fault.facts["quota"]) == (Reason.QUOTA_EXCEEDED, "namespaces")
    await guest.put(bytes(16), "1")  # 4 bytes of keys
    fault = await refused(guest.put(b"x", "2"))
    assert (fault.reason, fault.facts["quota"]) == (Reason.QUOTA_EXCEEDED, "bytes")
    await guest.put(bytes(15), "1")
    await guest.put(b"x", "2")
    await guest.delete("3")
    await guest.put(b"", "4")


def test_the_promised_quotas() -> None:
    assert (MAX_KEYS, MAX_NAMESPACES, MAX_TOTAL_BYTES) == (5_120, 32, 256 << 20)


async def race(writers: list[Any]) -> tuple[int, list[Fault]]:
    """How many of the writes that run at once succeed, and why the others do not."""
    ended = await asyncio.gather(*writers, return_exceptions=True)
    faults = [one for one in ended if isinstance(one, Fault)]
    assert len(faults) + sum(isinstance(one, int) for one in ended) == len(ended)
    return len(ended) - len(faults), faults


async def test_sixteen_writers_overrun_no_quota(narrow: Guest) -> None:
    done, faults = await race([narrow.put(b"", str(number)) for number in range(16)])
    assert (done, {fault.facts["quota"] for fault in faults}) == (3, {"keys"})
    assert len((await narrow.entries()).entries) == 3
    for entry in (await narrow.entries()).entries:
        await narrow.delete(entry.key)
    done, faults = await race([narrow.put(b"1234567", chr(97 + number)) for number in range(16)])  # 8 of 20 bytes each
    assert (done, {fault.facts["quota"] for fault in faults}) == (2, {"bytes"})
    for entry in (await narrow.entries()).entries:
        await narrow.delete(entry.key)
    done, faults = await race([narrow.put(b"", "k", chr(97 + number)) for number in range(16)])
    assert (done, {fault.facts["quota"] for fault in faults}) == (2, {"namespaces"})


async def test_one_of_sixteen_writers_of_a_new_entry_wins(guest: Guest) -> None:
    done, faults = await race([guest.put(str(number).encode(), if_revision=0) for number in range(16)])
    assert (done, {fault.reason for fault in faults}) == (1, {Reason.STORAGE_CONFLICT})
    assert (await guest.get()).revision == 1


async def test_what_was_answered_is_read_by_everybody(guest: Guest) -> None:
    """Reads are strong: other connections of the database see a write as soon as it is answered."""
    for number in range(20):
        await guest.put(str(number).encode())
        values = await asyncio.gather(*(guest.get() for _ in range(6)))
        assert {entry.value for entry in values} == {str(number).encode()}
        assert (await guest.entries()).entries[0].value == str(number).encode()


async def test_pages_go_on_after_a_key_whatever_was_written(guest: Guest) -> None:
    for key in "bdf":
        await guest.put(b"", key)
    first = await guest.entries(size=2)
    assert ([entry.key for entry in first.entries], first.more) == (["b", "d"], True)
    await guest.put(b"", "a")
    await guest.put(b"", "e")
    await guest.delete("d")
    rest = await guest.entries("d", 2)
    assert ([entry.key for entry in rest.entries], rest.more) == (["e", "f"], False)
    assert (await guest.entries(namespace="other")).entries == []


async def test_a_page_holds_at_most_four_mebibytes(guest: Guest) -> None:
    await asyncio.gather(*(guest.put(bytes(64 << 10), f"{number:03}") for number in range(70)))
    page = await guest.entries(size=100)
    assert (len(page.entries), page.more) == (64, True)
    rest = await guest.entries(page.entries[-1].key, 100)
    assert (len(rest.entries), rest.more) == (6, False)


@pytest.mark.parametrize(("after_key", "size"), [("a/b", 1), ("\x00", 1), ("x" * 257, 1), ("", 101)])
async def test_a_foreign_cursor_is_refused(guest: Guest, after_key: str, size: int) -> None:
    assert (await refused(guest.entries(after_key, size))).reason is Reason.INVALID_ARGUMENT
