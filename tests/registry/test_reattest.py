"""Attestations that an earlier key made are signed again with today's, each on its own."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from gen.alga.registry.v1 import maintenance_service_pb2 as pb
from kernel.errors import Fault, Reason
from kernel.grants import Attestation
from kernel.signing import PublicKey, Signed, SigningKey, TrustedKeys
from registry import reattest
from tests.registry.bundles import PUBLISHER, bundle
from tests.registry.stack import Stack

VERSIONS = 5


def attestations(stack: Stack) -> list[Signed]:
    """By content hash, in the order in which they are signed again."""
    with closing(sqlite3.connect(stack.data / "registry.db")) as connection:
        query = "SELECT attestation, attestation_signature, attestation_key_id FROM extension_bundle ORDER BY content_hash"
        return [Signed(*row) for row in connection.execute(query)]


def said(signed: list[Signed], key: PublicKey) -> list[Attestation]:
    return [Attestation.verify(one, TrustedKeys.of([key])) for one in signed]


@pytest.fixture
async def rotated(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A registry with five versions that an earlier key attested, which counts; and pages of two."""
    async with fresh.running():
        await fresh.publisher(PUBLISHER, fresh.publisher_key)
        for number in range(VERSIONS):
            await fresh.clients[PUBLISHER].publish(bundle(fresh.publisher_key, version=f"1.0.{number}"))
    (fresh.folder / "earlier.pem").write_bytes(fresh.attestation_key.public.pem)
    fresh.attestation_key = SigningKey.generate()
    monkeypatch.setattr(reattest, "PAGE", 2)
    return fresh


async def ask(stack: Stack) -> tuple[int, int]:
    answer = await stack.operator.call("maintenance", "Reattest", pb.ReattestRequest())
    return answer.reattested, answer.unchanged


async def test_all_are_signed_again_and_say_the_same(rotated: Stack) -> None:
    earlier = PublicKey.parse((rotated.folder / "earlier.pem").read_bytes())
    before = said(attestations(rotated), earlier)
    async with rotated.running(attestation_trusted_file=rotated.folder / "earlier.pem"):
        await rotated.client(PUBLISHER, rotated.clients[PUBLISHER].peer.token).publish(
            bundle(rotated.publisher_key, version="2.0.0", name="com.acme.another")
        )
        assert await ask(rotated) == (VERSIONS, 1)
        assert await ask(rotated) == (0, VERSIONS + 1)
    after = said(attestations(rotated), rotated.attestation_key.public)
    assert [one for one in after if one.version != "2.0.0"] == before


async def test_one_that_nobody_made_stops_it_and_those_before_stay_signed(rotated: Stack) -> None:
    old = attestations(rotated)
    forged = replace(old[3], payload=old[3].payload[:-1] + b"\xff")
    with closing(sqlite3.connect(rotated.data / "registry.db")) as connection, connection:
        update = "UPDATE extension_bundle SET attestation = ? WHERE attestation = ?"
        connection.execute(update, (forged.payload, old[3].payload))
    async with rotated.running(attestation_trusted_file=rotated.folder / "earlier.pem"):
        with pytest.raises(Fault) as caught:
            await ask(rotated)
    assert caught.value.reason is Reason.ATTESTATION_INVALID
    found = attestations(rotated)
    assert len(said(found[:3], rotated.attestation_key.public)) == 3
    assert found[3:] == [forged, old[4]]


async def test_without_the_earlier_key_nothing_is_signed(rotated: Stack) -> None:
    old = attestations(rotated)
    async with rotated.running():
        with pytest.raises(Fault) as caught:
            await ask(rotated)
    assert caught.value.reason is Reason.ATTESTATION_INVALID
    assert attestations(rotated) == old
