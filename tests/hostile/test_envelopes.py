"""Envelopes that prove nothing about a bundle that is right in itself: FAILED_PRECONDITION with the reason, and nothing is kept."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from cryptography.x509.oid import ExtendedKeyUsageOID

from kernel.digest import Digest
from kernel.dsse import PAYLOAD_TYPE
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey, pae
from tests.hostile.publishing import refused
from tests.hostile.trusting import NOW, OTHER, YEAR, Trusting, trusted
from tests.registry.bundles import PUBLISHER, Signed, bundle
from tests.unit.kernel.certificates import Authority

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trusting() -> AsyncIterator[Trusting]:
    async with trusted() as found:
        yield found


Make = Callable[[Trusting], Signed]


def enveloped(envelope: bytes) -> Make:
    """The right bundle with these bytes as its envelope."""
    return lambda given: Signed(given.right.archive, given.right.statement, envelope)


def outer(**changes: Any) -> Make:
    """Other fields around the right payload and signature; `...` removes one."""

    def make(given: Trusting) -> Signed:
        right = given.right
        document = {key: value for key, value in (json.loads(right.envelope) | changes).items() if value is not ...}
        return Signed(right.archive, right.statement, json.dumps(document).encode())

    return make


def signature(**changes: Any) -> Make:
    """Other fields of the one signature."""

    def make(given: Trusting) -> Signed:
        (right,) = json.loads(given.right.envelope)["signatures"]
        return outer(signatures=[{key: value for key, value in (right | changes).items() if value is not ...}])(given)

    return make


def sealed(payload: bytes, key: SigningKey, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """An envelope whose signature is right over any payload."""
    told = base64.b64encode(key.sign(pae(payload_type, payload))).decode()
    return json.dumps(
        {
            "payloadType": payload_type,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": key.public.key_id, "sig": told}],
        }
    ).encode()


def payload(change: Callable[[dict[str, Any]], Any]) -> Make:
    """A statement that was changed before it was signed rightly; `change` answers a replacement, or None."""

    def make(given: Trusting) -> Signed:
        right = given.right
        document = json.loads(base64.b64decode(json.loads(right.envelope)["payload"]))
        found = change(document)
        data = found if isinstance(found, bytes) else json.dumps(document if found is None else found).encode()
        return Signed(right.archive, right.statement, sealed(data, given.stack.publisher_key))

    return make


def says(**changes: Any) -> Make:
    """A statement with other content, signed by the publisher."""
    return lambda given: given.right.resigned(given.stack.publisher_key, **changes)


def by(key: Callable[[Trusting], SigningKey], **changes: Any) -> Make:
    """The right statement, signed by another key."""
    return lambda given: given.right.resigned(key(given), **changes)


def certified(find: Callable[[Trusting], Authority], drop: int = 0, **changes: Any) -> Make:
    """Signed by a certificate's key; `drop` certificates of its chain are left out, fields of the signature changed."""

    def make(given: Trusting) -> Signed:
        right, signer = given.right, find(given)
        chain = signer.chain[: len(signer.chain) - drop]
        document = json.loads(right.statement.sign(signer.signing_key, chain))
        document["signatures"][0] |= changes
        return Signed(right.archive, right.statement, json.dumps(document).encode())

    return make


def flipped(given: Trusting) -> Signed:
    (right,) = json.loads(given.right.envelope)["signatures"]
    raw = bytearray(base64.b64decode(right["sig"]))
    raw[20] ^= 1
    return signature(sig=base64.b64encode(raw).decode())(given)


def inside_only(given: Trusting) -> Signed:
    within = bundle(given.stack.publisher_key, {"SIGNATURE": given.right.envelope})
    return Signed(within.archive, within.statement, b"")


def put(*steps: Any) -> Callable[[dict[str, Any]], None]:
    """Set a place of the statement: steps, then the value; `...` removes it."""
    *path, last, value = steps

    def change(document: dict[str, Any]) -> None:
        target: Any = document
        for step in path:
            target = target[step]
        if value is ...:
            del target[last]
        else:
            target[last] = value

    return change


PAST = {"start": NOW - 2 * YEAR, "end": NOW - YEAR}
MISSING: dict[str, Make] = {"none": enveloped(b""), "the file SIGNATURE alone": inside_only}
MALFORMED: dict[str, Make] = {
    "a space": enveloped(b" "),
    "no JSON": enveloped(b"{"),
    "a list": enveloped(b"[]"),
    "an empty object": enveloped(b"{}"),
    "bytes": enveloped(b"\xff\xfe\x00"),
    "PEM": lambda given: enveloped(given.stack.publisher_key.public.pem)(given),
    "more than 64 KiB": enveloped(b"{" + b" " * (64 << 10) + b"}"),
    "nested deeply": enveloped(b"[" * 50_000),
    "a number of thousands of digits": enveloped(b'{"payload": ' + b"9" * 10_000 + b"}"),
    "a key twice": lambda given: enveloped(given.right.envelope.replace(b'"payload":', b'"payload":"","payload":', 1))(given),
    "an unknown key": outer(extra=1),
    "a key of control characters": outer(**{"\x1b[2J\r\n": 1}),
    "a key that is no text": lambda given: enveloped(given.right.envelope[:-1] + b', "\\ud800": 1}')(given),
    "no payload": outer(payload=...),
    "no type": outer(payloadType=...),
    "another type": outer(payloadType="text/plain"),
    "no signatures": outer(signatures=...),
    "an empty list of signatures": outer(signatures=[]),
    "nine signatures": outer(signatures=[{"keyid": "a", "sig": ""}] * 9),
    "a payload that is no base64": outer(payload="%%%"),
    "a payload in the other base64": outer(payload="_-_-"),
    "a payload beyond ASCII": outer(payload="\u00fc"),
    "a signature that is no base64": signature(sig="%%%"),
    "a signature that is long": signature(sig="A" * 2_000),
    "a signature that is a number": signature(sig=1),
    "a signature without a value": signature(sig=...),
    "a signature without a key": signature(keyid=...),
    "a signature with more": signature(extra=1),
    "a key id that is long": signature(keyid="k" * 300),
    "a certificate that is a number": signature(certificate=1),
    "a certificate that is long": signature(certificate="A" * 20_000),
    "five intermediates": signature(certificate="", intermediates=[""] * 5),
    "a payload that is no JSON": payload(lambda _: b"{"),
    "an empty payload": payload(lambda _: b""),
    "a payload that is a list": payload(lambda _: []),
    "another statement": payload(put("_type", "https://in-toto.io/Statement/v0.1")),
    "another predicate": payload(put("predicateType", "https://slsa.dev/provenance/v1")),
    "no subject": payload(put("subject", [])),
    "one subject": payload(lambda document: document["subject"].pop() and None),
    "a subject twice": payload(lambda document: document["subject"].__setitem__(1, document["subject"][0])),
    "three subjects": payload(lambda document: document["subject"].append(document["subject"][0])),
    "another subject": payload(put("subject", 1, "name", "other.tar")),
    "another digest": payload(put("subject", 0, "digest", {"sha512": "0" * 128})),
    "a digest in capitals": payload(put("subject", 0, "digest", "sha256", "A" * 64)),
    "a digest that is short": payload(put("subject", 0, "digest", "sha256", "0" * 63)),
    "no time": payload(put("predicate", "time", ...)),
    "a time that is none": payload(put("predicate", "time", "yesterday")),
    "a time without a zone": payload(put("predicate", "time", "2026-01-01T00:00:00")),
    "an end without a zone": payload(put("predicate", "expires", "2026-01-01T00:00:00")),
    "no name": payload(put("predicate", "name", ...)),
    "an empty name": payload(put("predicate", "name", "")),
    "a long name": payload(put("predicate", "name", "n" * 129)),
    "a name that is a list": payload(put("predicate", "name", ["n"])),
    "a name that is no text": payload(put("predicate", "name", "\ud800")),
    "an unknown key in the statement": payload(put("predicate", "extra", 1)),
    "a statement with a key twice": payload(lambda document: json.dumps(document).replace("{", '{"_type": 1, ', 1).encode()),
}
UNTRUSTED: dict[str, Make] = {
    "a stranger": by(lambda given: given.stack.stranger_key),
    "a trusted key of nobody": by(lambda given: given.unowned),
    "a trusted key of another publisher": by(lambda given: given.stack.trusted_key),
    "another publisher's name": says(publisher=OTHER),
    "nobody's name": says(publisher="nobody"),
    "another publisher's name and key": by(lambda given: given.stack.publisher_key, publisher=OTHER),
    "the registry's own key": by(lambda given: given.stack.attestation_key),
    "an unknown key id": signature(keyid="sha256:" + "0" * 64),
    "an empty key id": signature(keyid=""),
}
UNVERIFIED: dict[str, Make] = {
    "a bit flipped": flipped,
    "empty": signature(sig=""),
    "a stranger under a trusted key id": lambda given: signature(
        sig=json.loads(given.right.resigned(given.stack.stranger_key).envelope)["signatures"][0]["sig"]
    )(given),
    "another payload": lambda given: outer(payload=json.loads(says(version="9.9.9")(given).envelope)["payload"])(given),
    "over the payload alone": lambda given: signature(
        sig=base64.b64encode(given.stack.publisher_key.sign(base64.b64decode(json.loads(given.right.envelope)["payload"]))).decode()
    )(given),
    "of another type": lambda given: signature(
        sig=json.loads(
            sealed(base64.b64decode(json.loads(given.right.envelope)["payload"]), given.stack.publisher_key, "text/plain")
        )["signatures"][0]["sig"]
    )(given),
}
MISMATCHED: dict[str, Make] = {
    "another archive": says(archive=Digest.of(b"")),
    "another tar": says(tar=Digest.of(b"")),
    "another name": says(name="com.acme.other"),
    "another version": says(version="2.0.0"),
    "another publisher in the manifest": lambda given: bundle(given.stack.publisher_key, publisher=OTHER).resigned(
        given.stack.publisher_key, publisher=PUBLISHER
    ),
    "the envelope of another bundle": lambda given: Signed(
        given.right.archive, given.right.statement, bundle(given.stack.publisher_key, {"ui/a.js": b""}).envelope
    ),
}
TIMES: dict[str, Make] = {
    "expired": says(signed_at=NOW - 2 * YEAR, expires_at=NOW - YEAR),
    "expired before it was signed": says(expires_at=NOW - YEAR),
    "of the future": says(signed_at=NOW + YEAR),
    "expired in the year 1": payload(put("predicate", "expires", "0001-01-01T00:00:00+14:00")),
    "of the year 9999": payload(put("predicate", "time", "9999-12-31T23:59:59-14:00")),
}
BAD_CHAINS: dict[str, Make] = {
    "another root": certified(lambda _: Authority.root("stranger").leaf()),
    "another root of the same name": certified(lambda given: Authority.root(given.root.name).leaf()),
    "an intermediate missing": certified(lambda given: given.root.intermediate().leaf(), drop=1),
    "not for signing code": certified(lambda given: given.root.leaf(usages=(ExtendedKeyUsageOID.SERVER_AUTH,))),
    "for nothing in particular": certified(lambda given: given.root.leaf(usages=None)),
    "an authority's": certified(lambda given: given.root.leaf(ca=True)),
    "below a leaf": certified(lambda given: given.root.leaf("not an authority").leaf()),
    "five deep": certified(lambda given: deep(given.root, 4), intermediates=[]),
    "no certificate": certified(lambda given: given.root.leaf(), certificate=base64.b64encode(b"-----BEGIN").decode()),
    "no base64": certified(lambda given: given.root.leaf(), certificate="%%%"),
    "nothing": certified(lambda given: given.root.leaf(), certificate=""),
    "a public key": lambda given: certified(
        lambda _: given.root.leaf(), certificate=base64.b64encode(given.stack.publisher_key.public.pem).decode()
    )(given),
    "another key id": certified(lambda given: given.root.leaf(), keyid="sha256:" + "0" * 64),
}
LATE: dict[str, Make] = {
    "a key that was retired": by(lambda given: given.retired, signed_at=NOW - timedelta(days=30)),
    "a certificate of the past": certified(lambda given: given.root.leaf(**PAST)),
    "below an authority of the past": certified(lambda given: given.root.intermediate(**PAST).leaf(start=NOW - 2 * YEAR)),
}
GONE: dict[str, Make] = {
    "a key that was revoked": by(lambda given: given.revoked),
    "below an authority that was revoked": certified(lambda given: given.spent.leaf()),
}
TABLE = {
    Reason.ENVELOPE_MISSING: MISSING,
    Reason.ENVELOPE_INVALID: MALFORMED,
    Reason.SIGNER_UNTRUSTED: UNTRUSTED,
    Reason.SIGNATURE_INVALID: UNVERIFIED,
    Reason.STATEMENT_MISMATCH: MISMATCHED,
    Reason.ENVELOPE_EXPIRED: TIMES,
    Reason.CERTIFICATE_INVALID: BAD_CHAINS,
    Reason.SIGNER_EXPIRED: LATE,
    Reason.SIGNER_REVOKED: GONE,
}
CASES = [(reason, make, f"{reason.name}: {name}") for reason, makes in TABLE.items() for name, make in makes.items()]


def deep(root: Authority, count: int) -> Authority:
    for number in range(count):
        root = root.intermediate(f"deep {number}")
    return root.leaf()


async def refusal(given: Trusting, signed: Signed, client: str = PUBLISHER) -> Fault:
    fault = await refused(given.stack, given.stack.clients[client].publish(signed))
    assert fault.log.startswith("FAILED_PRECONDITION:"), fault  # what gRPC said
    assert all(violation.field.isprintable() and violation.rule.isprintable() for violation in fault.violations), fault
    return fault


@pytest.mark.parametrize(("reason", "make"), [case[:2] for case in CASES], ids=[case[2] for case in CASES])
async def test_envelopes_that_prove_nothing(trusting: Trusting, reason: Reason, make: Make) -> None:
    assert (await refusal(trusting, make(trusting))).reason is reason


@pytest.mark.parametrize("client", ["operator", OTHER])
async def test_nobody_publishes_what_another_did_not_sign(trusting: Trusting, client: str) -> None:
    assert (await refusal(trusting, UNTRUSTED["a trusted key of another publisher"](trusting), client)).reason is (
        Reason.SIGNER_UNTRUSTED
    )


async def test_a_good_signature_does_not_make_up_for_another_name(trusting: Trusting) -> None:
    """Two signatures, one of the publisher over another statement: only what is over these bytes counts."""
    right, other = json.loads(trusting.right.envelope), json.loads(by(lambda given: given.stack.stranger_key)(trusting).envelope)
    signatures = [*other["signatures"], *json.loads(says(version="9.9.9")(trusting).envelope)["signatures"]]
    made = outer(signatures=signatures, payload=right["payload"])(trusting)
    assert (await refusal(trusting, made)).reason is Reason.SIGNATURE_INVALID


async def test_the_ground_of_these_tests_is_accepted(trusting: Trusting) -> None:
    """By a plain key, by a certificate directly below the root, and by one below an intermediate."""
    signers = [None, trusting.root.leaf(), trusting.root.intermediate().leaf()]
    for number, signer in enumerate(signers):
        signed = bundle(trusting.stack.publisher_key, version=f"5.0.{number}")
        if signer is not None:
            signed = Signed(signed.archive, signed.statement, signed.statement.sign(signer.signing_key, signer.chain))
        assert (await trusting.stack.clients[PUBLISHER].publish(signed)).version.version == f"5.0.{number}"
