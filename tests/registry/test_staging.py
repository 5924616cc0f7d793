"""Archives of tools that cannot sign: staged for one caller, finalized once, signed by the registry, or refused."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gen.alga.registry.v1 import extension_pb2
from gen.alga.registry.v1 import identity_service_pb2 as identity
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import staging_service_pb2 as pb
from kernel import dsse
from kernel.archive import pack
from kernel.auth import Role
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey
from kernel.status import remote
from kernel.trust import TrustBundle
from registry.publish import NOT_BY_PUBLISHER
from registry.receive import Received
from registry.staging import store
from registry.staging.owner import Owner
from registry.staging.store import StagedUploads
from tests.registry.bundles import NAME, PUBLISHER, bundle, manifest
from tests.registry.stack import CHUNK, Client, Stack

KEY = SigningKey.generate()


def archive(files: dict[str, bytes] | None = None, **changes: Any) -> bytes:
    """An archive without any signature."""
    content = {"manifest.json": json.dumps(manifest(**changes)).encode(), "ui/index.html": b"<h1>reports</h1>"}
    return pack(content | (files or {}))


@asynccontextmanager
async def signing(**changes: Any) -> AsyncIterator[Stack]:
    """A registry that signs for others, with a key of tenant `a`'s admin that may publish for acme."""
    folder = Path(tempfile.mkdtemp(prefix="alga-", dir="/tmp"))
    try:
        stack = Stack(folder)
        file = folder / "publish_key_file"
        file.write_bytes(KEY.pem)
        file.chmod(0o600)
        trust = stack.publisher_key.public.pem + stack.trusted_key.public.pem + KEY.public.pem
        values = {"publish_key_file": file, "SIGNING_TRUST_BUNDLE": trust.decode()} | changes
        async with stack.running(**values):
            await stack.publisher(PUBLISHER, stack.publisher_key)
            await stack.publisher("rival", stack.trusted_key)
            for tenant in ("a", "b"):
                await stack.key_of(f"admin-{tenant}", identity.ROLE_TENANT_ADMIN, tenant=tenant)
            await stack.key_of("developer", identity.ROLE_TENANT_ADMIN, tenant="a", publisher=PUBLISHER)
            yield stack
    finally:
        shutil.rmtree(folder)


@pytest.fixture
async def signer() -> AsyncIterator[Stack]:
    async with signing() as stack:
        yield stack


def messages(data: bytes, tenant: str, size: int, content_hash: str) -> Iterator[pb.StageBundleRequest]:
    yield pb.StageBundleRequest(header=pb.StageHeader(tenant_id=tenant, size_bytes=size, content_hash=content_hash))
    for start in range(0, len(data), CHUNK):
        yield pb.StageBundleRequest(chunk=data[start : start + CHUNK])


async def stage(client: Client, data: bytes, tenant: str = "a", *, size: int | None = None, content_hash: str = "") -> str:
    with remote():
        stub = client._stubs["staging"]
        upload = messages(data, tenant, len(data) if size is None else size, content_hash)
        return (await stub.StageBundle(upload, metadata=client.peer.metadata(), timeout=30)).id


async def finalize(client: Client, upload: str, tenant: str = "a", **told: Any) -> Any:
    return await client.call("staging", "FinalizeBundle", pb.FinalizeBundleRequest(tenant_id=tenant, id=upload, **told))


async def published(client: Client, data: bytes, tenant: str = "a", **told: Any) -> Any:
    return await finalize(client, await stage(client, data, tenant), tenant, **told)


async def refused(reason: Reason, awaited: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await awaited
    assert caught.value.reason is reason
    return caught.value


def left(stack: Stack) -> int:
    return sum(1 for path in (stack.data / "staged").rglob("*") if path.is_file())


async def test_the_registry_signs_and_says_so(signer: Stack) -> None:
    data = archive()
    told = {"content_hash": str(Digest.of(data)), "size_bytes": len(data), "manifest_json": json.dumps(manifest()).encode()}
    answer = await published(signer.clients["developer"], data, **told)
    assert (answer.version.name, answer.version.version, answer.publisher, answer.existed) == (NAME, "1.0.0", PUBLISHER, False)
    assert NOT_BY_PUBLISHER in answer.version.notes
    header, read = await signer.clients["runner"].read_bundle(answer.version.content_hash)
    trust = TrustBundle.parse(KEY.public.pem, "trust")
    statement, _ = dsse.verify(header.envelope, trust, answer.version.published_at.ToDatetime().astimezone())
    assert (read, statement.attested_by, statement.publisher) == (data, dsse.REGISTRY, PUBLISHER)
    assert left(signer) == 0


async def test_the_named_tenant_may_install_it_and_others_see_nothing(signer: Stack) -> None:
    await published(signer.clients["developer"], archive())
    install = await signer.clients["admin-a"].install("a", NAME, "1.0.0")
    assert install.version == "1.0.0"
    await refused(Reason.NOT_FOUND, signer.clients["admin-b"].install("b", NAME))
    shown = await signer.operator.call("registry", "GetExtension", registry.GetExtensionRequest(extension=NAME))
    assert shown.extension.visibility == extension_pb2.VISIBILITY_PRIVATE
    assert list(shown.extension.allowed_tenants) == ["a"]


async def test_a_series_means_the_next_patch(signer: Stack) -> None:
    developer = signer.clients["developer"]
    found = []
    for number in range(2):
        data = archive({"ui/a.txt": str(number).encode()}, version="0.1.*")
        found.append((await published(developer, data)).version.version)
    await developer_publishes_signed(signer, "0.1.7")
    data = archive({"ui/a.txt": b"last"}, version="0.1.*")
    found.append((await published(developer, data)).version.version)
    assert found == ["0.1.0", "0.1.1", "0.1.8"]
    again = await published(developer, data)
    assert (again.version.version, again.existed) == ("0.1.8", True)
    install = await signer.clients["admin-a"].call("installs", "Install", install_request("0.1.*", pattern=True))
    assert install.install.version == "0.1.8"
    await refused(
        Reason.INVALID_ARGUMENT, signer.clients["admin-a"].call("installs", "Install", install_request("0.1.*", pattern=False))
    )


async def test_archives_of_one_series_at_once_get_numbers_of_their_own(signer: Stack) -> None:
    developer = signer.clients["developer"]
    archives = [archive({"ui/a.txt": str(number).encode()}, version="0.1.*") for number in range(3)]
    uploads = [await stage(developer, one) for one in archives]
    answers = await asyncio.gather(*(finalize(developer, one) for one in uploads))
    assert sorted(one.version.version for one in answers) == ["0.1.0", "0.1.1", "0.1.2"]


async def developer_publishes_signed(stack: Stack, version: str) -> None:
    await stack.clients[PUBLISHER].publish(bundle(stack.publisher_key, version=version))


def install_request(version: str, *, pattern: bool) -> Any:
    return installs.InstallRequest(
        tenant_id="a",
        extension=NAME,
        version=version,
        capabilities=installs.CapabilityGrant(all_requested=True),
        pattern=pattern,
    )


async def test_signed_publishes_know_no_series(signer: Stack) -> None:
    awaited = signer.clients[PUBLISHER].publish(bundle(signer.publisher_key, version="0.1.*"))
    await refused(Reason.MANIFEST_INVALID, awaited)


async def test_nobody_else_says_that_the_registry_signed(signer: Stack) -> None:
    forged = bundle(signer.publisher_key).resigned(signer.publisher_key, attested_by=dsse.REGISTRY)
    await refused(Reason.STATEMENT_MISMATCH, signer.clients[PUBLISHER].publish(forged))
    stolen = bundle(KEY)  # the registry's key without the words
    await refused(Reason.SIGNER_UNTRUSTED, signer.clients[PUBLISHER].publish(stolen))


async def test_off_by_default_and_the_refusal_says_what_to_do(stack: Stack) -> None:
    fault = await refused(Reason.ENVELOPE_MISSING, stage(stack.clients["acme"], archive()))
    assert "alga-ext sign" in fault.violations[0].rule
    assert "EXT_REGISTRY_PUBLISH_KEY_FILE" in fault.violations[0].rule
    await refused(Reason.NOT_FOUND, finalize(stack.clients["acme"], "none"))


async def test_a_key_that_nobody_trusts_stops_the_start() -> None:
    with pytest.raises(Fault) as caught:
        async with signing(SIGNING_TRUST_BUNDLE=SigningKey.generate().public.pem.decode()):
            pass
    assert caught.value.violations[0].field == "publish_key_file"


async def test_who_may_publish(signer: Stack) -> None:
    data = archive()
    await refused(Reason.PERMISSION_DENIED, stage(signer.clients["admin-a"], data))
    await refused(Reason.TENANT_MISMATCH, stage(signer.clients["developer"], data, "b"))
    await refused(Reason.PERMISSION_DENIED, published(signer.clients["rival"], data))
    await refused(Reason.MANIFEST_INVALID, published(signer.operator, archive(publisher="nobody")))
    assert left(signer) == 0
    assert (await published(signer.operator, data)).version.name == NAME
    rival = archive({"ui/a.txt": b"rival"}, publisher="rival", version="2.0.0")
    await refused(Reason.NAME_TAKEN, published(signer.clients["rival"], rival))


async def test_only_operators_make_keys_that_publish(signer: Stack) -> None:
    request = identity.CreateApiKeyRequest(role=identity.ROLE_TENANT_ADMIN, tenant_id="a", publisher=PUBLISHER, label="x")
    for name in ("admin-a", "developer"):
        await refused(Reason.INVALID_ARGUMENT, signer.clients[name].call("identity", "CreateApiKey", request))
    request.role = identity.ROLE_TENANT_CALLER
    await refused(Reason.INVALID_ARGUMENT, signer.operator.call("identity", "CreateApiKey", request))


async def test_an_upload_is_its_owners_alone(signer: Stack) -> None:
    upload = await stage(signer.clients["developer"], archive())
    for name, tenant in ((PUBLISHER, "a"), ("rival", "a"), ("operator", "a"), ("operator", "b")):
        await refused(Reason.NOT_FOUND, finalize(signer.clients[name], upload, tenant))
        aborted = await signer.clients[name].call("staging", "AbortBundle", pb.AbortBundleRequest(id=upload, tenant_id=tenant))
        assert not aborted.deleted
    assert left(signer) == 1
    abort = pb.AbortBundleRequest(id=upload)
    assert (await signer.clients["developer"].call("staging", "AbortBundle", abort)).deleted
    assert not (await signer.clients["developer"].call("staging", "AbortBundle", abort)).deleted
    assert left(signer) == 0


async def test_what_was_told_has_to_be_so(signer: Stack) -> None:
    developer, data = signer.clients["developer"], archive()
    other = "sha256:" + "0" * 64
    await refused(Reason.BUNDLE_DIGEST_MISMATCH, stage(developer, data, content_hash=other))
    await refused(Reason.BUNDLE_SIZE_MISMATCH, stage(developer, data, size=len(data) + 1))
    await refused(Reason.BUNDLE_SIZE_MISMATCH, stage(developer, data, size=len(data) - 1))
    await refused(Reason.PAYLOAD_TOO_LARGE, stage(developer, data, size=(100 << 20) + 1))
    await refused(Reason.BUNDLE_DIGEST_MISMATCH, published(developer, data, content_hash=other))
    await refused(Reason.BUNDLE_SIZE_MISMATCH, published(developer, data, size_bytes=1))
    shown = json.dumps(manifest(capabilities=[])).encode()
    fault = await refused(Reason.MANIFEST_INVALID, published(developer, data, manifest_json=shown))
    assert fault.violations[0].field == "manifestJson"
    await refused(Reason.ARCHIVE_INVALID, published(developer, b"no archive"))
    assert left(signer) == 0


async def test_another_archive_of_a_version_is_refused(signer: Stack) -> None:
    await published(signer.clients["developer"], archive())
    await refused(Reason.VERSION_CONFLICT, published(signer.clients["developer"], archive({"ui/a.txt": b"other"})))


async def test_a_publisher_can_refuse_what_the_registry_signs(signer: Stack) -> None:
    made = await published(signer.clients["developer"], archive())
    request = publishers.RevokePublisherKeyRequest(publisher=PUBLISHER, key_id=KEY.public.key_id)
    await signer.clients[PUBLISHER].call("publishers", "RevokePublisherKey", request)
    await refused(Reason.VERSION_REVOKED, signer.clients["admin-a"].install("a", made.version.name, "1.0.0"))
    await refused(Reason.SIGNER_REVOKED, published(signer.clients["developer"], archive(version="1.0.1")))


async def test_one_caller_stages_a_few(signer: Stack) -> None:
    developer, data = signer.clients["developer"], archive()
    for _ in range(store.MAX_STAGED_EACH):
        await stage(developer, data)
    fault = await refused(Reason.QUOTA_EXCEEDED, stage(developer, data))
    assert fault.facts["limit"] == str(store.MAX_STAGED_EACH)
    await stage(signer.clients[PUBLISHER], data)


OWNER = Owner(Role.PUBLISHER, PUBLISHER, "a")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def received(folder: Path) -> Received:
    folder.mkdir()
    (folder / "bundle.tar.zst").write_bytes(b"x")
    return Received(folder / "bundle.tar.zst", folder, Digest.of(b"x"))


def test_an_upload_ends(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / "staged").mkdir()
    uploads = StagedUploads(tmp_path / "staged", clock)
    kept = uploads.put(OWNER, Digest.of(b"x"), 1, received(tmp_path / "one"))
    clock.now = store.STAGED_SECONDS
    with pytest.raises(Fault) as caught:
        uploads.take(kept.id, OWNER)
    assert caught.value.reason is Reason.NOT_FOUND
    assert list((tmp_path / "staged").iterdir()) == []


def test_all_uploads_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "staged").mkdir()
    uploads = StagedUploads(tmp_path / "staged", Clock())
    with uploads.room(OWNER, store.MAX_STAGED_BYTES), pytest.raises(Fault) as caught, uploads.room(OWNER, 1):
        pass
    assert caught.value.reason is Reason.OVERLOADED
    monkeypatch.setattr(store, "MAX_STAGED", 1)
    uploads.put(OWNER, Digest.of(b"x"), 1, received(tmp_path / "one"))
    with pytest.raises(Fault) as caught, uploads.room(Owner(Role.OPERATOR, "", "b"), 1):
        pass
    assert caught.value.reason is Reason.OVERLOADED
