"""The doctor: each rule broken in a real registry's database or folders is found, explained, and found alone."""

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gen.alga.registry.v1 import maintenance_service_pb2 as pb
from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import storage_service_pb2 as storage
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey
from registry import ports
from registry.doctor.finding import MAX_TOLD, Check, Flaw, Severity, walk
from tests.registry.bundles import NAME, PUBLISHER, bundle
from tests.registry.stack import Stack
from tests.registry.test_install_trust import TAMPERINGS, row, write

OK, WARNING, ERROR = pb.SEVERITY_OK, pb.SEVERITY_WARNING, pb.SEVERITY_ERROR
OTHER = "com.acme.other"
Finding = tuple[str, int]
CHECKS = [
    "database-pages",
    "database-references",
    "database-schema",
    "bundle-version",
    "blob-present",
    "attestation",
    "attestation-key",
    "name-owner",
    "envelope",
    "signers",
    "key-revocation",
    "version-contents",
    "blob-unreferenced",
    "blob-staging",
    "upload-leftovers",
    "install-version",
    "install-grants",
    "install-pending-update",
    "install-configuration",
    "install-limits",
    "install-access",
    "install-revoked",
    "install-secrets",
    "storage-usage",
    "change-log",
    "publisher-quota",
]

DEEP = ["version-contents"]


async def diagnose(stack: Stack, *, deep: bool = False) -> list[pb.Finding]:
    messages = stack.operator.stream("maintenance", "Diagnose", pb.DiagnoseRequest(deep=deep))
    return [message.finding async for message in messages]


async def wrong(stack: Stack, *, deep: bool = False) -> list[Finding]:
    """What is not as it should be; each finding says about what, why, and what to do."""
    findings = [finding for finding in await diagnose(stack, deep=deep) if finding.severity != OK]
    for finding in findings:
        assert finding.text
        assert finding.next_step
    return [(finding.check, finding.severity) for finding in findings]


def sql(stack: Stack, *statements: str) -> None:
    """As somebody with an editor would do it: nothing is enforced."""
    with closing(sqlite3.connect(stack.data / "registry.db", timeout=10)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
async def busy(stack: Stack) -> Stack:
    """Two extensions, of which tenant `a` has one, with an entry in its storage."""
    for name in (NAME, OTHER):
        await stack.clients[PUBLISHER].publish(bundle(stack.publisher_key, name=name))
    await stack.clients["admin-a"].install("a", NAME)
    grant = (await stack.clients["gateway"].resolve("a", NAME)).grant
    for key in ("k", "\u00e4"):
        request = storage.PutEntryRequest(grant=grant, namespace="n", key=key, value=b"value")
        await stack.clients["runner"].call("storage", "PutEntry", request)
    return stack


@pytest.mark.parametrize("deep", [False, True])
async def test_a_registry_that_works_is_clean_and_every_check_says_so(busy: Stack, deep: bool) -> None:
    found = await diagnose(busy, deep=deep)
    checks = CHECKS if deep else [check for check in CHECKS if check not in DEEP]
    assert [(finding.check, finding.severity, finding.subject, finding.next_step) for finding in found] == [
        (check, OK, "", "") for check in checks
    ]
    assert all(finding.text for finding in found)


async def test_an_empty_registry_is_clean(stack: Stack) -> None:
    assert [finding.check for finding in await diagnose(stack, deep=True) if finding.severity == OK] == CHECKS


def blob(stack: Stack, name: str = "bundle.tar.zst") -> Path:
    return next((stack.data / "blobs").rglob(name))


def aged(path: Path, data: bytes) -> None:
    """A file that was written long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    for one in (path, path.parent):
        os.utime(one, (1_700_000_000, 1_700_000_000))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def stranger(stack: Stack, text: str) -> Path:
    return stack.data / "blobs" / "sha256" / Digest.of(text.encode()).hex


def tampered(how: str) -> Callable[[Stack], None]:
    def tamper(stack: Stack) -> None:
        sql(
            stack,
            "DELETE FROM extension_bundle_signer WHERE content_hash IN (SELECT content_hash FROM extension_version "
            f"WHERE extension_id IN (SELECT id FROM extension_registry WHERE name = '{OTHER}'))",
        )
        write(stack, *TAMPERINGS[how](stack, *row(stack)))

    return tamper


OTHERS_VERSION = (
    f"(SELECT v.id FROM extension_version v JOIN extension_registry e ON e.id = v.extension_id WHERE e.name = '{OTHER}')"
)
NOT_INSTALLED = "(SELECT content_hash FROM extension_version WHERE id NOT IN (SELECT version_id FROM tenant_extension_install))"


@dataclass(frozen=True)
class Broken:
    """A rule that is broken, and what is found then."""

    how: Callable[[Stack], Any]
    check: str
    severity: int = ERROR
    deep: bool = False
    times: int = 1


def by(*statements: str) -> Callable[[Stack], None]:
    return lambda stack: sql(stack, *statements)


BROKEN = {
    "a version without its bundle": Broken(
        by(
            f"DELETE FROM extension_bundle_signer WHERE content_hash IN {NOT_INSTALLED}",
            f"DELETE FROM extension_bundle WHERE content_hash IN {NOT_INSTALLED}",
        ),
        "database-references",
    ),
    "another schema": Broken(by("UPDATE alembic_version SET version_num = '0001'"), "database-schema"),
    "a bundle without its version": Broken(by(f"DELETE FROM extension_version WHERE id = {OTHERS_VERSION}"), "bundle-version"),
    "an archive that is gone": Broken(lambda stack: blob(stack).unlink(), "blob-present"),
    "an archive that is cut short": Broken(lambda stack: os.truncate(blob(stack), 9), "blob-present"),
    "an archive with other bytes": Broken(lambda stack: flip(blob(stack)), "blob-present", deep=True),
    "a capability that the manifest does not ask for": Broken(
        by("""UPDATE extension_version SET capabilities = '["cap:http.fetch", "cap:storage.kv"]'"""),
        "version-contents",
        deep=True,
        times=2,
    ),
    "an endpoint that the manifest does not have": Broken(
        by(f"INSERT INTO extension_api_endpoint VALUES ({OTHERS_VERSION}, 0, 'GET', '/x', 'h', 0)"), "version-contents", deep=True
    ),
    "a version of another name's owner": Broken(
        by(
            "INSERT INTO publisher (id, name, created_at) VALUES ('p', 'mallory', 0)",
            f"UPDATE extension_registry SET publisher_id = 'p' WHERE name = '{OTHER}'",
        ),
        "name-owner",
    ),
    "no signer recorded": Broken(by("DELETE FROM extension_bundle_signer"), "signers", times=2),
    "a signer who did not sign": Broken(by("UPDATE extension_bundle_signer SET key_id = 'sha256:00'"), "signers", times=2),
    "an authority that is not above the signer": Broken(
        by("INSERT INTO extension_bundle_signer SELECT content_hash, signer, 1, 'sha256:00' FROM extension_bundle_signer LIMIT 1"),
        "signers",
        WARNING,
    ),
    "a revoked key whose versions are not": Broken(by("UPDATE publisher_key SET revoked_at = 1"), "key-revocation", times=2),
    "a blob without a row": Broken(lambda stack: aged(stranger(stack, "x") / "bundle.tar.zst", b"x"), "blob-unreferenced", WARNING),
    "half a blob": Broken(lambda stack: aged(stranger(stack, "x") / "bundle.tar.zst#1", b"x"), "blob-staging", WARNING),
    "an upload's files": Broken(lambda stack: aged(stack.data / "uploads" / "tmpx" / "b", b"x"), "upload-leftovers", WARNING),
    "a version of another extension": Broken(
        by(f"UPDATE tenant_extension_install SET version_id = {OTHERS_VERSION}"), "install-version"
    ),
    "a grant that nobody asked for": Broken(
        by("""UPDATE tenant_extension_install SET granted_capabilities = '["cap:http.fetch"]'"""), "install-grants"
    ),
    "grants that are no list": Broken(by("UPDATE tenant_extension_install SET granted_capabilities = '{'"), "install-grants"),
    "an update to another extension": Broken(
        by(f"UPDATE tenant_extension_install SET pending_update = json_object('version_id', {OTHERS_VERSION})"),
        "install-pending-update",
    ),
    "an update to nothing": Broken(
        by("""UPDATE tenant_extension_install SET pending_update = '{"version_id": "v"}'"""), "install-pending-update"
    ),
    "a configuration beyond its limits": Broken(
        by(
            "INSERT INTO tenant_extension_install_config SELECT tenant_id, id, json_object('k', printf('%5000s', 'x')) "
            "FROM tenant_extension_install"
        ),
        "install-configuration",
    ),
    "a configuration that is no object": Broken(
        by("INSERT INTO tenant_extension_install_config SELECT tenant_id, id, '[1]' FROM tenant_extension_install"),
        "install-configuration",
    ),
    "a limit that nobody may say": Broken(
        by("UPDATE tenant_extension_install SET limits = '{\"timeout_ms\": 30001}'"), "install-limits"
    ),
    "a limit of callers that cannot be told": Broken(
        by("UPDATE tenant_extension_install SET limits = '{\"calls_per_day\": 1000000000000000}'"), "install-limits"
    ),
    "a limit that nobody knows": Broken(by("UPDATE tenant_extension_install SET limits = '{\"fuel\": 1}'"), "install-limits"),
    "limits that are no numbers": Broken(
        by("UPDATE tenant_extension_install SET limits = '{\"timeout_ms\": true}'"), "install-limits"
    ),
    "limits that are no object": Broken(by("UPDATE tenant_extension_install SET limits = '[1]'"), "install-limits"),
    **{
        f"access rules that nobody can say: {stored}": Broken(
            by(f"UPDATE tenant_extension_install SET access = '{stored}'"), "install-access"
        )
        for stored in (
            "{",
            "[1]",
            "{}",
            '{"roles": [], "only_listed": null}',
            '{"roles": [], "only_listed": true, "more": 1}',
            '{"roles": [{"role": "a,b", "read": true, "write": true}], "only_listed": true}',
            '{"roles": [{"role": "a", "read": 1, "write": false}], "only_listed": true}',
            '{"roles": [{"role": ["a"]}], "only_listed": true}',
            '{"roles": [{"role": "a"}, {"role": "a"}], "only_listed": true}',
        )
    },
    "a sum that is too small": Broken(by("UPDATE extension_storage_usage SET total_bytes = 1"), "storage-usage"),
    "an entry without a sum": Broken(by("DELETE FROM extension_storage_usage"), "storage-usage"),
    "a sum without entries": Broken(by("DELETE FROM extension_storage"), "storage-usage"),
    "revisions that would be used again": Broken(by("UPDATE sqlite_sequence SET seq = 0"), "change-log"),
    "a change of an unknown kind": Broken(by("UPDATE install_change SET kind = 'surprise'"), "change-log"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_broken_is_found_and_nothing_else(busy: Stack, broken: Broken) -> None:
    broken.how(busy)
    if broken.deep:
        assert await wrong(busy) == []
    assert await wrong(busy, deep=broken.deep) == [(broken.check, broken.severity)] * broken.times


@pytest.mark.parametrize("how", sorted(set(TAMPERINGS) - {"foreign publisher"}))
async def test_a_tampered_attestation_or_envelope_is_found(stack: Stack, how: str) -> None:
    await stack.clients[PUBLISHER].publish(bundle(stack.publisher_key))
    write(stack, *TAMPERINGS[how](stack, *row(stack)))
    assert await wrong(stack) == [("attestation", ERROR)]


async def test_an_attestation_for_another_publisher_is_found(stack: Stack) -> None:
    await stack.clients[PUBLISHER].publish(bundle(stack.publisher_key))
    write(stack, *TAMPERINGS["foreign publisher"](stack, *row(stack)))
    assert await wrong(stack) == [("name-owner", ERROR)]


async def test_an_enabled_install_of_a_revoked_version_is_told(busy: Stack) -> None:
    request = registry.RevokeVersionRequest(extension=NAME, version="1.0.0")
    await busy.operator.call("registry", "RevokeVersion", request)
    assert await wrong(busy) == [("install-revoked", WARNING)]


async def test_a_log_that_is_not_trimmed_is_told(busy: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "MAX_BEHIND", 0)
    assert await wrong(busy) == [("change-log", WARNING)]


async def test_a_key_that_left_the_trust_bundle_is_told(fresh: Stack) -> None:
    async with fresh.running():
        await fresh.publisher(PUBLISHER, fresh.publisher_key)
        await fresh.clients[PUBLISHER].publish(bundle(fresh.publisher_key))
    async with fresh.running(SIGNING_TRUST_BUNDLE=fresh.trusted_key.public.pem.decode()):
        assert await wrong(fresh) == [("envelope", WARNING)]


async def test_a_publisher_beyond_its_quota_is_told(fresh: Stack) -> None:
    async with fresh.running():
        await fresh.publisher(PUBLISHER, fresh.publisher_key)
        await fresh.clients[PUBLISHER].publish(bundle(fresh.publisher_key))
    async with fresh.running(publisher_quota_bytes=9):
        assert await wrong(fresh) == [("publisher-quota", WARNING)]


async def test_an_attestation_by_an_earlier_key_is_told_until_it_is_signed_again(fresh: Stack) -> None:
    async with fresh.running():
        await fresh.publisher(PUBLISHER, fresh.publisher_key)
        await fresh.clients[PUBLISHER].publish(bundle(fresh.publisher_key))
    earlier = fresh.folder / "earlier.pem"
    earlier.write_bytes(fresh.attestation_key.public.pem)
    fresh.attestation_key = SigningKey.generate()
    async with fresh.running():
        assert await wrong(fresh) == [("attestation", ERROR)]
    async with fresh.running(attestation_trusted_file=earlier):
        assert await wrong(fresh) == [("attestation-key", WARNING)]
        await fresh.operator.call("maintenance", "Reattest", pb.ReattestRequest())
        assert await wrong(fresh) == []
    async with fresh.running():
        assert await wrong(fresh) == []


async def test_an_index_that_is_not_whole_is_found(fresh: Stack) -> None:
    async with fresh.running():
        pass
    sql(fresh, "PRAGMA writable_schema = ON", "DELETE FROM sqlite_master WHERE name = 'ix_extension_version_state'")
    async with fresh.running():
        assert await wrong(fresh) == [("database-pages", ERROR)]


async def test_what_cannot_be_read_is_a_finding_and_the_other_checks_are_made(busy: Stack) -> None:
    sql(busy, "UPDATE extension_bundle SET envelope = 'text, not bytes'")
    found = await diagnose(busy)
    assert [finding.check for finding in found if finding.severity != OK] == ["bundles"]
    assert found[-1].check == "publisher-quota"


async def test_one_diagnosis_at_a_time_and_one_that_is_broken_off_ends(busy: Stack) -> None:
    async with aclosing(busy.operator.stream("maintenance", "Diagnose", pb.DiagnoseRequest())) as first:
        await anext(first)
        # It holds no lock: whoever writes goes on.
        await busy.operator.install("b", NAME)
    while True:
        try:
            assert await wrong(busy) == []
            return
        except Fault as fault:  # the registry has not heard yet that the first one is gone
            assert fault.reason is Reason.OVERLOADED


async def test_of_many_flaws_the_first_are_told_and_the_others_counted() -> None:
    async def rows() -> AsyncIterator[int]:
        for number in range(MAX_TOLD + 7):
            yield number

    async def bad(number: int) -> AsyncIterator[Flaw]:
        yield Flaw(str(number), "is bad", "mend it", Severity.WARNING if number else Severity.ERROR)

    async def good(number: int) -> AsyncIterator[Flaw]:
        for _ in ():
            yield Flaw("", "", "")

    found = [finding async for finding in walk(rows(), [Check("bad", "all are good", bad), Check("good", "all are good", good)])]
    assert len(found) == MAX_TOLD + 2
    assert (found[-2].check, found[-2].severity) == ("bad", Severity.ERROR)
    assert found[-2].text.startswith("and 7 more")
    assert found[-1].text == f"all are good ({MAX_TOLD + 7} checked)"
