"""`storage.*` from a guest to the registry: whose it is comes from the grant; refusals reach the guest as its own errors."""

import asyncio
import json
import logging
from datetime import UTC, datetime

import pytest

from gen.alga.runner.v1.executor_pb2 import HostCall, LogLine, StorageEntry, StorageGet, StorageList, StoragePut
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant, Limits
from kernel.rpc import connect
from kernel.signing import TrustedKeys
from kernel.telemetry import _JsonLines
from kernel.watch import Change, ChangeKind, Freshness
from runner.backends.call import CallBackend
from runner.backends.storage import RegistryStorage
from runner.caller import Caller
from runner.journal.entry import Entry
from runner.standing import LiveStanding
from runner.values import Call, HttpRequest
from tests.runner.journal.values import Ear
from tests.runner_service.conftest import Platform
from tests.runner_service.registry import RUNNER_TOKEN
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_guest_writes_reads_and_deletes(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("storage"), install_id="storage-1")

    async def call(method: str, body: bytes | None = None) -> tuple[int, bytes]:
        answer = await platform.runner.execute(grant, method, "/run/k", body=body)
        return answer.status, answer.body

    assert await call("GET") == (404, b"")
    assert await call("POST", b"one") == (200, b"one")
    assert await call("GET") == (200, b"one")
    assert await call("PUT", b"two") == (200, b"two")
    assert await call("PUT", b"three") == (409, b"")
    assert await call("DELETE") == (200, b"")
    assert (await call("DELETE"))[0] == 404
    assert platform.registry.entries == {}


async def test_storage_is_of_the_grants_tenant_and_install(platform: Platform) -> None:
    content_hash = platform.publish("storage")
    for tenant, install in (("ta", "ia"), ("tb", "ib")):
        grant = platform.registry.grant(content_hash, tenant_id=tenant, install_id=install)
        assert (await platform.runner.execute(grant, "GET", "/run/mine")).status == 404
        headers = {"x-alga-tenant": "ta"}
        assert (await platform.runner.execute(grant, "POST", "/run/mine", body=tenant.encode(), headers=headers)).status == 200
    assert {place[:2]: value for place, (value, _) in platform.registry.entries.items()} == {
        ("ta", "ia"): b"ta",
        ("tb", "ib"): b"tb",
    }
    platform.registry.entries.clear()


async def test_grant_without_the_capability_is_denied(platform: Platform) -> None:
    grant = platform.registry.grant(platform.publish("storage"), capabilities=frozenset({"cap:log.emit"}))
    assert (await platform.runner.execute(grant)).status == 403


async def test_grant_that_the_registry_calls_stale_does_not_store(platform: Platform) -> None:
    platform.registry.stale.add("gone")
    grant = platform.registry.grant(platform.publish("storage"), install_id="gone")
    assert (await platform.runner.execute(grant, "POST", body=b"x")).status in {403, 500}
    assert platform.registry.entries == {}


async def test_storage_that_hangs_ends_with_the_calls_time(platform: Platform) -> None:
    content_hash = platform.publish("storage")
    await platform.runner.warm(content_hash)
    platform.registry.hold = asyncio.Event()
    try:
        grant = platform.registry.grant(content_hash, limits=Limits(timeout_ms=300))
        # What it waits for ends a moment before its own time: a guest that is quick can still say so.
        try:
            assert (await platform.runner.execute(grant)).status == 500
        except Fault as fault:
            assert fault.reason is Reason.GUEST_TIMED_OUT
    finally:
        platform.registry.hold.set()
        platform.registry.hold = None
    good = platform.registry.grant(platform.publish("hello"))
    assert (await platform.runner.execute(good)).status == 200


class TestBackend:
    """The backend of a call, asked as an executor asks that was taken over by its guest."""

    standing: LiveStanding
    ear: Ear

    @pytest.fixture(autouse=True)
    def _heard(self) -> None:
        freshness = Freshness()
        freshness.heard()
        self.standing = LiveStanding(freshness)

    def backend(self, platform: Platform, seconds: float = 5, **grant: object) -> CallBackend:
        storage = RegistryStorage(self.peer(platform))
        caller = self.caller(platform, seconds, **grant)
        self.ear = Ear()
        entry = Entry(self.ear, caller.grant, Call(caller.signed, "r1", HttpRequest("GET", "/run")), 8192)
        return CallBackend(caller, self.standing, {"storage": storage}, entry)

    def caller(self, platform: Platform, seconds: float = 5, **grant: object) -> Caller:
        signed = platform.registry.grant(platform.publish("hello"), **grant)
        keys = TrustedKeys.of([platform.registry.grant_key.public])
        told = ExecutionGrant.verify(signed, keys, datetime.now(UTC))
        return Caller(told, signed, "r1", None, asyncio.get_running_loop().time() + seconds)

    def peer(self, platform: Platform, token: str = RUNNER_TOKEN):
        return connect(platform.runner.settings.registry_address, token)

    async def test_capability_is_checked_here_too(self, platform: Platform) -> None:
        backend = self.backend(platform, capabilities=frozenset())
        for call in (HostCall(storage_get=StorageGet(namespace="n", key="k")), HostCall(storage_put=StoragePut())):
            assert (await failure(backend.call(call))).reason is Reason.CAPABILITY_DENIED

    async def test_call_without_a_known_function_is_refused(self, platform: Platform) -> None:
        assert (await failure(self.backend(platform).call(HostCall()))).reason is Reason.INVALID_ARGUMENT

    async def test_nothing_is_asked_after_the_deadline(self, platform: Platform) -> None:
        backend = self.backend(platform, seconds=0)
        call = HostCall(storage_get=StorageGet(namespace="n", key="k"))
        assert (await failure(backend.call(call))).reason is Reason.DEADLINE_EXCEEDED

    async def test_nothing_is_answered_or_logged_under_a_grant_that_does_not_hold(
        self, platform: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        backend = self.backend(platform, install_id="changed", registry_revision=7)
        backend.begin()
        with caplog.at_level(logging.INFO, "runner.backends.call"):
            backend.log(LogLine(level="info", message="before"))
            self.standing.change(Change(8, ChangeKind.GRANTS_CHANGED, "t1", "changed", "e1", Digest.of(b"")))
            backend.log(LogLine(level="info", message="after"))
            backend.log(LogLine(level="stderr", message="what it prints is its own"))
        assert [record.text for record in caplog.records] == ["before", "what it prints is its own"]
        calls = (HostCall(storage_get=StorageGet(namespace="n", key="k")), HostCall(storage_put=StoragePut()), HostCall())
        for call in calls:
            assert (await failure(backend.call(call))).reason is Reason.GRANT_STALE
        with pytest.raises(Fault, match="GRANT_STALE"):
            backend.begin()

    async def test_lists_after_the_cursor(self, platform: Platform) -> None:
        backend = self.backend(platform, install_id="lister")
        for key in ("a", "b", "c"):
            entry = StorageEntry(namespace="n", key=key, value=key.encode())
            assert (await backend.call(HostCall(storage_put=StoragePut(entry=entry)))).storage_entry.revision == 1
        whole = await backend.call(HostCall(storage_list=StorageList(namespace="n")))
        rest = await backend.call(HostCall(storage_list=StorageList(namespace="n", cursor="a")))
        assert [entry.key for entry in whole.storage_entries.entries] == ["a", "b", "c"]
        assert [(entry.key, entry.value) for entry in rest.storage_entries.entries] == [("b", b"b"), ("c", b"c")]
        platform.registry.entries.clear()

    async def test_what_is_written_and_read_is_counted(self, platform: Platform) -> None:
        caller, storage = self.caller(platform, install_id="counted"), RegistryStorage(self.peer(platform))
        for value in (b"12345", b""):
            put = StoragePut(entry=StorageEntry(namespace="n", key=f"k{len(value)}", value=value))
            await storage.answer(caller, HostCall(storage_put=put))
        await storage.answer(caller, HostCall(storage_get=StorageGet(namespace="n", key="k5")))
        await storage.answer(caller, HostCall(storage_list=StorageList(namespace="n")))
        await failure(storage.answer(caller, HostCall(storage_get=StorageGet(namespace="n", key="none"))))
        assert caller.spent.storage_bytes == 15
        platform.registry.entries.clear()

    async def test_reads_of_many_calls_share_a_stream_and_fail_each_by_itself(self, platform: Platform) -> None:
        caller, storage = self.caller(platform, install_id="many"), RegistryStorage(self.peer(platform))
        for number in range(0, 100, 2):
            put = StoragePut(entry=StorageEntry(namespace="n", key=str(number), value=str(number).encode()))
            await storage.answer(caller, HostCall(storage_put=put))

        async def read(number: int) -> bytes | Reason:
            try:
                get = HostCall(storage_get=StorageGet(namespace="n", key=str(number)))
                return (await storage.answer(caller, get)).storage_entry.value
            except Fault as fault:
                return fault.reason

        opened = platform.registry.streams
        found = await asyncio.gather(*(read(number) for number in range(100)))
        assert found == [str(number).encode() if number % 2 == 0 else Reason.STORAGE_KEY_MISSING for number in range(100)]
        assert platform.registry.streams == opened + 1
        await storage.close()
        assert await read(4) == b"4"  # by a call of its own
        platform.registry.entries.clear()

    @pytest.mark.parametrize("reason", [Reason.METHOD_NOT_ALLOWED, Reason.UNAVAILABLE, Reason.INTERNAL])
    async def test_where_there_is_no_stream_each_read_is_a_call(self, platform: Platform, reason: Reason) -> None:
        caller, storage = self.caller(platform, install_id="alone"), RegistryStorage(self.peer(platform))
        put = StoragePut(entry=StorageEntry(namespace="n", key="k", value=b"v"))
        await storage.answer(caller, HostCall(storage_put=put))
        get = HostCall(storage_get=StorageGet(namespace="n", key="k"))
        platform.registry.breaks, opened = reason, platform.registry.streams
        try:
            for _ in range(3):
                assert (await storage.answer(caller, get)).storage_entry.value == b"v"
        finally:
            platform.registry.breaks = None
        assert platform.registry.streams == opened + 1
        await storage.close()
        platform.registry.entries.clear()

    async def test_answers_that_belong_to_nobody_knows_whom_are_given_to_nobody(self, platform: Platform) -> None:
        caller, storage = self.caller(platform, install_id="short"), RegistryStorage(self.peer(platform))
        for key in ("a", "b"):
            put = StoragePut(entry=StorageEntry(namespace="n", key=key, value=key.encode()))
            await storage.answer(caller, HostCall(storage_put=put))
        platform.registry.short = True
        try:
            gets = [HostCall(storage_get=StorageGet(namespace="n", key=key)) for key in ("a", "b")]
            found = await asyncio.gather(*(storage.answer(caller, get) for get in gets))
        finally:
            platform.registry.short = False
        assert [one.storage_entry.value for one in found] == [b"a", b"b"]
        await storage.close()
        platform.registry.entries.clear()

    async def test_a_read_ends_with_its_time_and_others_go_on(self, platform: Platform) -> None:
        caller, storage = self.caller(platform, install_id="slow"), RegistryStorage(self.peer(platform))
        platform.registry.hold = asyncio.Event()
        try:
            late = await failure(storage.get(caller.signed, StorageGet(namespace="n", key="k"), 0.05))
            assert late.reason is Reason.DEADLINE_EXCEEDED
            left = asyncio.create_task(storage.get(caller.signed, StorageGet(namespace="n", key="k"), 30))
            await asyncio.sleep(0)
            left.cancel()
            with pytest.raises(asyncio.CancelledError):
                await left
        finally:
            platform.registry.hold.set()
            platform.registry.hold = None
        missing = await failure(storage.get(caller.signed, StorageGet(namespace="n", key="k"), 30))
        assert missing.reason is Reason.STORAGE_KEY_MISSING
        await storage.close()

    async def test_runners_own_trouble_with_the_registry_is_no_answer_for_callers(self, platform: Platform) -> None:
        signed = platform.registry.grant(platform.publish("hello"))
        storage = RegistryStorage(self.peer(platform, "not-the-runners-token"))
        fault = await failure(storage.get(signed, StorageGet(namespace="n", key="k"), 5))
        assert fault.reason is Reason.UNAVAILABLE

    async def test_log_lines_are_bound_to_the_grant(self, platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
        backend = self.backend(platform, tenant_id="logger")
        with caplog.at_level(logging.INFO, "runner.backends.call"):
            backend.log(LogLine(level="warn", message='line\n{"tenant": "forged"}'))
        (line,) = [json.loads(_JsonLines("runner").format(record)) for record in caplog.records]
        assert (line["tenant"], line["text"]) == ("logger", 'line\n{"tenant": "forged"}')

    async def test_log_without_the_capability_or_of_an_unknown_level_is_dropped(
        self, platform: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        backend = self.backend(platform, capabilities=frozenset())
        with caplog.at_level(logging.INFO, "runner.backends.call"):
            backend.log(LogLine(level="info", message="x"))
            backend.log(LogLine(level="audit", message="x"))
        assert not caplog.records
