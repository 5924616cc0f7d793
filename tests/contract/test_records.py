"""What a diagnosis reads: the same from memory and from SQL."""

from dataclasses import replace
from datetime import UTC, datetime

from kernel.caller_limits import CallerLimits
from kernel.digest import Digest
from kernel.grants import Limits
from kernel.permissions import AccessRules, RoleAccess
from kernel.signing import Signed
from kernel.trust import Signer
from kernel.watch import ChangeKind
from registry.model import Difference, Entry, PendingUpdate
from registry.ports import Catalog
from registry.records import ChangeLog, UsageRow
from tests.contract.samples import bundle, extension, install, publish, publisher, version

ACCESS = AccessRules((RoleAccess("clerk", read=True),), only_listed=True)


async def test_bundles_come_in_pages_with_version_owner_and_signers(catalog: Catalog) -> None:
    signers = (Signer("sha256:01"), Signer("sha256:02", ("sha256:03", "sha256:04")))
    async with catalog.write() as tables:
        versions = [await publish(tables, text=f"1.0.{number}") for number in range(3)]
        signed = version(extension(), "9.0.0")
        await tables.bundles.add(replace(bundle(signed), signers=signers))
        await tables.versions.add(signed)
        lone = version(extension(), "lone")
        await tables.bundles.add(bundle(lone))
    async with catalog.read() as tables:
        first = await tables.records.bundles("", 2)
        rest = await tables.records.bundles(first[-1].content_hash.hex, 9)
    rows = {row.content_hash: row for row in (*first, *rest)}
    assert list(rows) == sorted(one.content_hash for one in (*versions, signed, lone))
    assert rows[lone.content_hash].version is None
    found = rows[signed.content_hash]
    assert found.version is not None
    assert (found.version.id, found.version.name, found.version.owner) == (signed.id, "com.acme.reports", "acme")
    assert (found.version.version, found.version.state) == ("9.0.0", "active")
    assert (found.size_bytes, found.envelope, found.attestation) == (7, b"\x00envelope", bundle(signed).attestation)
    assert found.signers == signers


async def test_an_attestation_is_replaced(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = await publish(tables)
        await tables.bundles.attest(made.content_hash, Signed(b"new", b"n", "sha256:11"))
    async with catalog.read() as tables:
        assert (await tables.records.bundles("", 9))[0].attestation == Signed(b"new", b"n", "sha256:11")


async def test_installs_come_with_the_versions_that_they_name(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made, newer = await publish(tables), await publish(tables, text="2.0.0")
        pending = PendingUpdate(newer.id, "2.0.0", newer.content_hash, Difference(), datetime(2026, 1, 1, tzinfo=UTC))
        await tables.installs.add(install(made, "b"))
        await tables.installs.add(
            install(
                made,
                configuration={"k": "v"},
                pending_update=pending,
                enabled=False,
                access=ACCESS,
                tenant_limits=Limits(7),
                caller_limits=CallerLimits(calls_per_day=9),
            )
        )
    async with catalog.read() as tables:
        first, *none = await tables.records.installs(("", ""), 1)
        second, *more = await tables.records.installs((first.tenant_id, first.id), 9)
    assert (none, more) == ([], [])
    assert (first.tenant_id, second.tenant_id) == ("a", "b")
    assert (first.extension_id, first.version_extension_id, first.pending_extension_id) == (made.extension_id,) * 3
    assert (first.version_state, first.enabled, first.configuration) == ("active", False, {"k": "v"})
    assert (first.limits, second.limits) == ({"timeout_ms": 7, "calls_per_day": 9}, None)
    assert first.access == {"roles": [{"role": "clerk", "read": True, "write": False}], "only_listed": True}
    assert second.access is None
    assert (first.granted, first.asked) == (sorted(install(made).capabilities), ["cap:storage.kv"])
    assert first.pending["version_id"] == newer.id
    assert (second.enabled, second.configuration, second.pending, second.pending_extension_id) == (True, None, None, None)


async def test_usage_is_told_and_counted_in_bytes(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        made = install(await publish(tables))
        await tables.installs.add(made)
        for namespace, key in (("n", "k"), ("n", "\u00e4"), ("m", "k")):
            await tables.storage.put("a", made.id, Entry(namespace, key, b"\x00\xff", 1))
    async with catalog.read() as tables:
        found = await tables.records.usage("a", made.id)
        assert await tables.records.usage("b", made.id) == []
    assert found == [UsageRow("m", (1, 3), (1, 3)), UsageRow("n", (2, 7), (2, 7))]


async def test_publishers_and_what_they_store(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        await tables.publishers.add(publisher("idle"))
        for text in ("1.0.0", "1.0.1"):
            await publish(tables, text=text)
    async with catalog.read() as tables:
        assert await tables.records.stored("", 1) == [("acme", 14)]
        assert await tables.records.stored("acme", 9) == [("idle", 0)]


async def test_the_log_and_the_database_itself(catalog: Catalog) -> None:
    async with catalog.write() as tables:
        assert await tables.records.log() == ChangeLog(0, 0, 0, 0, {})
        for kind in (ChangeKind.INSTALLED, ChangeKind.ENABLED, ChangeKind.ENABLED):
            await tables.changes.append(kind, "e", Digest.of(b""))
    async with catalog.read() as tables:
        assert await tables.records.log() == ChangeLog(3, 1, 3, 3, {"installed": 1, "enabled": 2})
        assert await tables.records.faults() == []
