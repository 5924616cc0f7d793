"""Publishers that sign with certificates: an authority's key vouches for those below it, each of which can be revoked by its id."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.errors import Reason
from tests.registry.bundles import NAME, PUBLISHER, Signed, bundle
from tests.registry.calls import reason_of, refused
from tests.registry.signing import HOUR, Clock, add, retire, revoke, serving, states
from tests.registry.stack import Stack
from tests.unit.kernel.certificates import EPOCH, YEARS, Authority, pem


def certified(leaf: Authority, **changes: Any) -> Signed:
    """A bundle that a certificate's key signed, with its chain."""
    signed = bundle(leaf.signing_key, **changes)
    return Signed(signed.archive, signed.statement, signed.statement.sign(leaf.signing_key, leaf.chain))


async def test_certificates_below_an_authority_sign(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Authority.root()
    middle = root.intermediate()
    one, two = middle.leaf("one"), middle.leaf("two")
    async with serving(fresh, monkeypatch, root.pem):
        acme = fresh.clients["acme"]
        # Trusted to sign, but for whom?
        assert await reason_of(acme.publish(certified(one))) is Reason.SIGNER_UNTRUSTED
        added = await add(fresh.operator, middle.pem)
        assert (added.keys[0].key_id, added.keys[0].authority) == (middle.key_id, True)
        first = certified(one)
        await acme.publish(first)
        await acme.publish(certified(two, version="1.1.0"))
        # An authority signs no bundle itself, also with a key that is trusted.
        assert await reason_of(acme.publish(bundle(middle.signing_key, version="9.0.0"))) is Reason.SIGNER_UNTRUSTED
        await fresh.clients["admin-a"].install("a", NAME, "1.0.0")
        await fresh.clients["admin-b"].install("b", NAME, "1.1.0")

        answer = await revoke(acme, one.key_id)
        assert list(answer.revoked_hashes) == [str(first.digest)]
        assert [(key.key_id, key.public_key_pem) for key in answer.publisher.keys[1:]] == [(one.key_id, "")]
        assert await reason_of(acme.publish(certified(one, version="1.2.0"))) is Reason.SIGNER_REVOKED
        assert await reason_of(fresh.clients["gateway"].resolve("a", NAME)) is Reason.EXTENSION_REVOKED
        await fresh.clients["gateway"].resolve("b", NAME)
        await acme.publish(certified(two, version="1.2.0"))

        assert len((await revoke(acme, middle.key_id)).revoked_hashes) == 2
        assert await reason_of(acme.publish(certified(two, version="1.3.0"))) is Reason.SIGNER_REVOKED
        assert set((await states(acme)).values()) == {"revoked"}


async def test_any_authority_above_can_be_revoked_without_having_been_added(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Authority.root()
    stolen, kept = root.intermediate("stolen"), root.intermediate("kept")
    async with serving(fresh, monkeypatch, root.pem):
        acme = fresh.clients["acme"]
        await add(fresh.operator, root.pem)
        await acme.publish(certified(stolen.leaf("one")))
        await acme.publish(certified(kept.leaf("two"), version="1.1.0"))
        assert len((await revoke(acme, stolen.key_id)).revoked_hashes) == 1
        assert await states(acme) == {"1.0.0": "revoked", "1.1.0": "active"}
        assert await reason_of(acme.publish(certified(stolen.leaf("three"), version="1.2.0"))) is Reason.SIGNER_REVOKED


async def test_what_a_certificate_signed_outlives_it(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    root = Authority.root()
    leaf = root.leaf(end=(clock() + HOUR).replace(microsecond=0))
    async with serving(fresh, monkeypatch, root.pem) as clock:
        acme = fresh.clients["acme"]
        await add(fresh.operator, root.pem)
        await acme.publish(certified(leaf))
        clock.ahead = timedelta(days=30)
        assert await reason_of(acme.publish(certified(leaf, version="1.1.0"))) is Reason.SIGNER_EXPIRED
        await fresh.clients["admin-a"].install("a", NAME)
        # Until somebody revokes it, since when it does not install.
        await revoke(acme, leaf.key_id)
        assert await states(acme) == {"1.0.0": "revoked"}


async def test_an_authority_that_is_retired_vouches_for_nothing_new(fresh: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Authority.root()
    leaf = root.leaf()
    async with serving(fresh, monkeypatch, root.pem):
        acme = fresh.clients["acme"]
        await add(fresh.operator, root.pem)
        await acme.publish(certified(leaf))
        await retire(acme, root.key_id)
        assert await reason_of(acme.publish(certified(leaf, version="1.1.0"))) is Reason.SIGNER_EXPIRED
        await fresh.clients["admin-a"].install("a", NAME)


async def test_a_certificates_key_and_validity_are_taken(stack: Stack) -> None:
    end = EPOCH + YEARS
    leaf = Authority.root().leaf()
    (_, key) = (await add(stack.operator, leaf.pem)).keys
    assert (key.key_id, key.authority) == (leaf.key_id, False)
    assert key.public_key_pem == leaf.signing_key.public.pem.decode()
    assert (key.not_before.ToDatetime(EPOCH.tzinfo), key.not_after.ToDatetime(EPOCH.tzinfo)) == (EPOCH, end)


async def test_a_certificates_validity_is_narrowed_and_never_widened(stack: Stack) -> None:
    root, end = Authority.root(), EPOCH + YEARS
    narrow = await add(stack.operator, root.leaf("a").pem, not_before=EPOCH + HOUR, not_after=end - HOUR)
    wide = await add(stack.operator, root.leaf("b").pem, not_before=EPOCH - HOUR, not_after=end + HOUR)
    found = [(key.not_before.ToDatetime(end.tzinfo), key.not_after.ToDatetime(end.tzinfo)) for key in wide.keys[1:]]
    assert len(narrow.keys) == 2
    assert found == [(EPOCH + HOUR, end - HOUR), (EPOCH, end)]
    outside = add(stack.operator, root.leaf("c").pem, not_before=end + HOUR)
    assert await reason_of(outside) is Reason.INVALID_ARGUMENT


def texts() -> dict[str, bytes]:
    root = Authority.root()
    leaf = root.leaf()
    middle = leaf.pem.splitlines()
    return {
        "a private key": leaf.signing_key.pem,
        "two certificates": pem([leaf.certificate, root.certificate]),
        "a certificate and a key": leaf.pem + leaf.signing_key.public.pem,
        "two keys": leaf.signing_key.public.pem + root.signing_key.public.pem,
        "another curve": root.leaf(key=ec.generate_private_key(ec.SECP384R1())).pem,
        "a broken certificate": b"\n".join([middle[0], b"AAAA", middle[-1]]),
        "half a block": leaf.pem[: len(leaf.pem) // 2],
        "a label of something else": leaf.pem.replace(b"CERTIFICATE", b"X509 CRL"),
        "too much": leaf.pem + b"#" * (32 << 10),
    }


@pytest.mark.parametrize(("text"), texts().values(), ids=texts())
async def test_one_public_key_or_one_certificate(stack: Stack, text: bytes) -> None:
    fault = await refused(add(stack.operator, text, PUBLISHER))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "public_key_pem")
