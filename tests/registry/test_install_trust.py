"""What is installed is verified again: a database that was tampered with, and trust that was withdrawn since."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import Attestation, ExecutionGrant, Limits
from kernel.signing import Signed, SigningKey, TrustedKeys
from tests.registry.bundles import NAME, bundle
from tests.registry.stack import Stack


def row(stack: Stack) -> tuple[bytes, Signed]:
    with closing(sqlite3.connect(stack.data / "registry.db")) as connection:
        query = "SELECT envelope, attestation, attestation_signature, attestation_key_id FROM extension_bundle"
        envelope, *signed = connection.execute(query).fetchone()
    return envelope, Signed(*signed)


def write(stack: Stack, envelope: bytes, signed: Signed) -> None:
    with closing(sqlite3.connect(stack.data / "registry.db")) as connection, connection:
        update = "UPDATE extension_bundle SET envelope=?, attestation=?, attestation_signature=?, attestation_key_id=?"
        connection.execute(update, (envelope, signed.payload, signed.signature, signed.key_id))


def said(stack: Stack, signed: Signed) -> Attestation:
    return Attestation.verify(signed, TrustedKeys.of([stack.attestation_key.public]))


def _flip(data: bytes) -> bytes:
    return data[:9] + bytes([data[9] ^ 1]) + data[10:]


def _grant(stack: Stack) -> Signed:
    now = datetime.now(UTC)
    made = ExecutionGrant("a", "i", "e", "v", Digest.of(b""), frozenset(), Limits(), 1, now, now)
    return made.sign(stack.attestation_key)


Tampering = Callable[[Stack, bytes, Signed], tuple[bytes, Signed]]
TAMPERINGS: dict[str, Tampering] = {
    "forged: a stranger's key": lambda s, e, a: (e, said(s, a).sign(SigningKey.generate())),
    "forged: under our key's id": lambda s, e, a: (
        e,
        replace(said(s, a).sign(SigningKey.generate()), key_id=s.attestation_key.public.key_id),
    ),
    "forged: the grant key": lambda s, e, a: (e, said(s, a).sign(s.grant_key)),
    "altered payload": lambda s, e, a: (e, replace(a, payload=_flip(a.payload))),
    "altered signature": lambda s, e, a: (e, replace(a, signature=_flip(a.signature))),
    "foreign hash": lambda s, e, a: (e, replace(said(s, a), content_hash=Digest.of(b"other")).sign(s.attestation_key)),
    "foreign version": lambda s, e, a: (e, replace(said(s, a), version="9.9.9").sign(s.attestation_key)),
    "foreign publisher": lambda s, e, a: (e, replace(said(s, a), publisher="other").sign(s.attestation_key)),
    "another kind": lambda s, e, a: (e, _grant(s)),
    "altered envelope": lambda s, e, a: (_flip(e), a),
    "foreign envelope": lambda s, e, a: (bundle(s.publisher_key, version="9.9.9").envelope, a),
}


@pytest.mark.parametrize("how", TAMPERINGS.values(), ids=TAMPERINGS.keys())
async def test_a_tampered_record_is_not_installed(stack: Stack, how: Tampering) -> None:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    write(stack, *how(stack, *row(stack)))
    with pytest.raises(Fault) as caught:
        await stack.clients["admin-a"].install("a", NAME)
    assert caught.value.reason is Reason.ATTESTATION_INVALID
    assert stack.left()["install_change"] == 0


async def test_an_envelope_that_had_expired_when_it_was_attested_is_not_installed(stack: Stack) -> None:
    signed = bundle(stack.publisher_key)
    await stack.clients["acme"].publish(signed)
    _, attestation = row(stack)
    late = signed.resigned(stack.publisher_key, expires_at=datetime(2020, 1, 1, tzinfo=UTC)).envelope
    told = replace(said(stack, attestation), envelope_digest=Digest.of(late))
    write(stack, late, told.sign(stack.attestation_key))
    with pytest.raises(Fault) as caught:
        await stack.clients["admin-a"].install("a", NAME)
    assert caught.value.reason is Reason.ENVELOPE_EXPIRED


async def test_a_key_that_left_the_trust_bundle_ends_new_installs(fresh: Stack) -> None:
    async with fresh.running():
        await fresh.publisher("acme", fresh.publisher_key)
        await fresh.clients["acme"].publish(bundle(fresh.publisher_key))
        await fresh.operator.install("a", NAME)
    async with fresh.running(SIGNING_TRUST_BUNDLE=fresh.trusted_key.public.pem.decode()):
        with pytest.raises(Fault) as caught:
            await fresh.operator.install("b", NAME)
        assert caught.value.reason is Reason.SIGNER_UNTRUSTED
        resolved = await fresh.clients["gateway"].resolve("a", NAME)  # what is installed goes on
        assert resolved.install.tenant_id == "a"
