"""What a running registry trusts changes with its files: the trust bundle, and the keys that it had earlier."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gen.alga.registry.v1 import maintenance_service_pb2, maintenance_service_pb2_grpc
from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from gen.alga.registry.v1 import storage_service_pb2 as storage
from kernel import reload
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import connect
from kernel.signing import SigningKey
from tests.files import replace_file
from tests.registry.bundles import NAME, Signed, bundle
from tests.registry.stack import Stack, eventually
from tests.registry.test_install_trust import row, said, write
from tests.unit.kernel.certificates import Authority, chain

DAY = timedelta(days=1)
Changed = Callable[[Path, bytes], Any]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reload, "SETTLE_SECONDS", 0)


@pytest.fixture
def changed(caplog: pytest.LogCaptureFixture) -> Changed:
    """Replace a file, and wait until the registry told what it makes of it."""
    caplog.set_level(logging.INFO, logger="kernel.reload")

    async def change(path: Path, text: bytes) -> None:
        before = len(caplog.records)
        replace_file(path, text)
        await eventually(lambda: any(record.name == "kernel.reload" for record in caplog.records[before:]))

    return change


async def refusal(call: Any) -> Reason:
    with pytest.raises(Fault) as caught:
        await call
    return caught.value.reason


async def test_a_key_that_leaves_the_bundle_of_a_running_registry_publishes_and_installs_no_more(
    fresh: Stack, changed: Changed, caplog: pytest.LogCaptureFixture
) -> None:
    path = fresh.folder / "trust.pem"
    both = fresh.publisher_key.public.pem + fresh.trusted_key.public.pem
    replace_file(path, both)
    async with fresh.running(SIGNING_TRUST_BUNDLE=str(path), trust_reload_seconds=0.01):
        await fresh.publisher("acme", fresh.publisher_key)
        acme = fresh.clients["acme"]
        await acme.publish(bundle(fresh.publisher_key))
        await fresh.operator.install("a", NAME)

        await changed(path, fresh.trusted_key.public.pem)
        assert await refusal(acme.publish(bundle(fresh.publisher_key, version="1.0.1"))) is Reason.SIGNER_UNTRUSTED
        assert await refusal(fresh.operator.install("b", NAME)) is Reason.SIGNER_UNTRUSTED
        assert (await fresh.clients["gateway"].resolve("a", NAME)).install.tenant_id == "a"  # runners stop it, by their own files

        await changed(path, both)
        await fresh.operator.install("b", NAME)

        await changed(path, b"-----BEGIN nonsense")
        assert caplog.records[-1].levelno == logging.ERROR
        await acme.publish(bundle(fresh.publisher_key, version="1.0.2"))


async def test_a_root_that_is_trusted_later_lets_its_publisher_begin(fresh: Stack, changed: Changed) -> None:
    root, leaf = chain()
    path = fresh.folder / "trust.pem"
    replace_file(path, fresh.trusted_key.public.pem)
    signed = certified(bundle(fresh.publisher_key), leaf)
    async with fresh.running(SIGNING_TRUST_BUNDLE=str(path), trust_reload_seconds=0.01):
        await fresh.publisher("acme", leaf.signing_key)
        assert await refusal(fresh.clients["acme"].publish(signed)) is Reason.SIGNER_UNTRUSTED
        await changed(path, root.pem)
        await fresh.clients["acme"].publish(signed)
        await fresh.operator.install("a", NAME)


def certified(signed: Signed, leaf: Authority) -> Signed:
    return replace(signed, envelope=signed.statement.sign(leaf.signing_key, leaf.chain))


async def reattest(stack: Stack) -> int:
    peer = connect(stack.address, stack.operator_secret)
    try:
        stub = maintenance_service_pb2_grpc.MaintenanceServiceStub(peer.channel)
        answer = await stub.Reattest(maintenance_service_pb2.ReattestRequest(), metadata=peer.metadata(), timeout=30)
    finally:
        await peer.channel.close()
    return int(answer.reattested)


async def test_the_registrys_keys_are_changed_without_a_break(fresh: Stack, changed: Changed) -> None:
    async with fresh.running():
        await fresh.publisher("acme", fresh.publisher_key)
        await fresh.clients["acme"].publish(bundle(fresh.publisher_key))
        await fresh.operator.install("a", NAME)
        grant = (await fresh.clients["gateway"].resolve("a", NAME)).grant
    put = storage.PutEntryRequest(grant=grant, namespace="n", key="k", value=b"v")

    attested, granted, old = fresh.folder / "attested.pem", fresh.folder / "granted.pem", fresh.attestation_key.public.pem
    replace_file(attested, old)
    replace_file(granted, fresh.grant_key.public.pem)
    fresh.attestation_key, fresh.grant_key = SigningKey.generate(), SigningKey.generate()
    earlier = {"attestation_trusted_file": attested, "grant_trusted_file": granted, "trust_reload_seconds": 0.01}
    async with fresh.running(**earlier):
        runner = fresh.clients["runner"]
        # What the earlier keys signed still counts.
        await runner.call("storage", "PutEntry", put)
        await fresh.operator.install("b", NAME)
        new = (await fresh.clients["gateway"].resolve("a", NAME)).grant
        assert new.key_id == fresh.grant_key.public.key_id

        # Once they are taken away, it does not, and what today's signed does.
        await changed(granted, b"# none\n")
        assert await refusal(runner.call("storage", "PutEntry", put)) is Reason.GRANT_INVALID
        await runner.call("storage", "PutEntry", storage.PutEntryRequest(grant=new, namespace="n", key="k", value=b"v"))
        await changed(attested, b"")
        assert await refusal(fresh.operator.install("c", NAME)) is Reason.ATTESTATION_INVALID

        # Attested again in between, nothing is lost.
        await changed(attested, old)
        assert await reattest(fresh) == 1
        await changed(attested, b"")
        await fresh.operator.install("c", NAME)


async def test_a_certificate_that_expired_after_it_was_attested_stops_nothing(fresh: Stack) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    root = Authority.root(start=now - 90 * DAY)
    expired = root.leaf(start=now - 80 * DAY, end=now - 60 * DAY)
    async with fresh.running(SIGNING_TRUST_BUNDLE=(root.pem + fresh.publisher_key.public.pem).decode()):
        await fresh.publisher("acme", fresh.publisher_key)
        await _add_authority(fresh, root)
        signed = bundle(fresh.publisher_key)
        await fresh.clients["acme"].publish(signed)

        # As if it had been published when the certificate was valid; and as if when it no longer was.
        for age, reason in ((70, None), (50, Reason.SIGNER_EXPIRED)):
            moment = now - age * DAY
            statement = replace(signed.statement, signed_at=moment)
            _, attestation = row(fresh)
            envelope = statement.sign(expired.signing_key, expired.chain)
            told = replace(said(fresh, attestation), envelope_digest=Digest.of(envelope), attested_at=moment)
            write(fresh, envelope, told.sign(fresh.attestation_key))
            if reason is None:
                await fresh.operator.install("a", NAME)
            else:
                assert await refusal(fresh.operator.install("b", NAME)) is reason

        # A new version with it is refused in any case.
        late = certified(bundle(fresh.publisher_key, version="1.0.1"), expired)
        assert await refusal(fresh.clients["acme"].publish(late)) is Reason.SIGNER_EXPIRED
        other = certified(bundle(fresh.publisher_key, version="1.0.1"), Authority.root().leaf())
        assert await refusal(fresh.clients["acme"].publish(other)) is Reason.CERTIFICATE_INVALID


async def _add_authority(stack: Stack, authority: Authority) -> None:
    request = publishers.AddPublisherKeyRequest(publisher="acme", public_key_pem=authority.pem.decode())
    await stack.operator.call("publishers", "AddPublisherKey", request)
