"""Envelopes that were valid, and then changed: 400 in their JSON and signatures, 300 in a statement that is signed anew, 100 in the
bytes of their certificates.

Only our own documented errors come out of publishing, and nothing is left; what is accepted says what the right one says.
"""

import base64
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import strategies as st

from kernel.signing import SigningKey, pae
from tests.fuzz.documents import Change, changed, changes, dumped
from tests.fuzz.signed import Registry, explore, serving
from tests.fuzz.test_signed_bundles import Edit, edited, edits
from tests.registry.bundles import Signed, bundle
from tests.unit.kernel.certificates import Authority


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with serving() as found:
        yield found


@cache
def signers(registry: Registry) -> dict[str, tuple[SigningKey, list[Any]]]:
    """A plain key, and keys of certificates at two depths; made once, since that takes longer than a publish."""
    root = registry.trusting.root
    leaves = {"below the root": root.leaf(), "below an intermediate": root.intermediate().leaf()}
    found = {name: (leaf.signing_key, list[Any](leaf.chain)) for name, leaf in leaves.items()}
    return found | {"plain": (registry.stack.publisher_key, [])}


who = st.sampled_from(["plain", "plain", "below the root", "below an intermediate"])


def right(registry: Registry, name: str) -> Signed:
    """A bundle of a new version, signed by this signer."""
    signed = bundle(registry.stack.publisher_key, version=registry.version)
    key, chain = signers(registry)[name]
    return Signed(signed.archive, signed.statement, signed.statement.sign(key, chain))


def test_envelopes_changed_in_structure_and_bytes(registry: Registry) -> None:
    def check(name: str, structure: list[Change], raw: list[Edit], how: str) -> None:
        signed = right(registry, name)
        if how == "bytes":
            envelope = edited(signed.envelope, raw)
        elif how == "structure":
            envelope = dumped(changed(json.loads(signed.envelope), structure))
        elif how == "keyid":
            document = json.loads(signed.envelope)
            document["signatures"][0]["keyid"] = edited(document["signatures"][0]["keyid"].encode(), raw).decode("utf-8", "replace")
            envelope = dumped(document)
        else:  # the raw bytes of payload or signature, framed rightly
            document = json.loads(signed.envelope)
            place = document if how == "payload" else document["signatures"][0]
            field = "payload" if how == "payload" else "sig"
            place[field] = base64.b64encode(edited(base64.b64decode(place[field]), raw)).decode()
            envelope = dumped(document)
        published = registry.publish(signed, envelope=envelope)
        if published is not None:
            assert (published.name, published.version) == (signed.statement.name, signed.statement.version)
            # Whatever else may differ, e.g. white space: the payload is the one that was signed.
            payloads = [base64.b64decode(json.loads(data)["payload"]) for data in (envelope, signed.envelope)]
            assert payloads[0] == payloads[1]

    hows = st.sampled_from(["structure", "structure", "bytes", "payload", "sig", "keyid"])
    explore("envelopes", check, who, changes, edits, hows)
    registry.reached("published", "ENVELOPE_INVALID", "SIGNATURE_INVALID", "SIGNER_UNTRUSTED")


def sealed(payload: bytes, key: SigningKey, envelope: bytes) -> bytes:
    """The envelope with another payload, rightly signed."""
    document = json.loads(envelope)
    document["payload"] = base64.b64encode(payload).decode()
    document["signatures"][0]["sig"] = base64.b64encode(key.sign(pae(document["payloadType"], payload))).decode()
    return dumped(document)


# Values that are right in form and of something else.
SWAPS = {
    "name": (b"com.acme.reports", b"com.acme.another"),
    "version": (b'"1.0.', b'"2.0.'),
    "publisher": (b'"publisher":"acme"', b'"publisher":"other"'),
    "subjects": (b'"bundle.tar"', b'"bundle.zip"'),
    "digest": (b'"sha256":"', b'"sha256":"' + b"0" * 8),
}


def test_statements_changed_and_signed_anew(registry: Registry) -> None:
    def check(name: str, structure: list[Change], raw: list[Edit], how: str) -> None:
        signed = right(registry, name)
        payload = base64.b64decode(json.loads(signed.envelope)["payload"])
        if how == "bytes":
            told = edited(payload, raw)
        elif how == "structure":
            told = dumped(changed(json.loads(payload), structure))
        else:
            told = payload.replace(*SWAPS[how], 1)
        published = registry.publish(signed, envelope=sealed(told, signers(registry)[name][0], signed.envelope))
        if published is not None:
            predicate = json.loads(told)["predicate"]
            said = (predicate["name"], predicate["version"], predicate["publisher"])
            assert said == (published.name, published.version, signed.statement.publisher)

    explore("statements", check, who, changes, edits, st.sampled_from(["structure", "structure", "bytes", *SWAPS]))
    registry.reached("published", "ENVELOPE_INVALID", "STATEMENT_MISMATCH")


def test_certificates_changed_byte_by_byte(registry: Registry) -> None:
    def check(name: str, raw: list[Edit], which: int, form: str, other: bool) -> None:
        signed = right(registry, name)
        document = json.loads(signed.envelope)
        (signature,) = document["signatures"]
        texts = [signature["certificate"], *signature["intermediates"]]
        pem = base64.b64decode(texts[which % len(texts)])
        if form == "pem":
            pem = edited(pem, raw)
        else:
            body = pem.split(b"-----")[2]
            der = edited(base64.b64decode(body), raw)
            pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
        texts[which % len(texts)] = base64.b64encode(pem).decode()
        if other:  # a stranger's chain before the right one, and the right one twice
            stranger = base64.b64encode(STRANGER.pem).decode()
            texts = [texts[0], stranger, *texts[1:]]
        signature["certificate"], *signature["intermediates"] = texts
        published = registry.publish(signed, envelope=dumped(document))
        if published is not None:
            assert published.version == signed.statement.version

    certified = st.sampled_from(["below the root", "below an intermediate"])
    explore("certificates", check, certified, edits, st.integers(0, 1), st.sampled_from(["pem", "der", "der"]), st.booleans())
    registry.reached("CERTIFICATE_INVALID")


STRANGER = Authority.root("stranger").intermediate("stranger's")


@pytest.mark.parametrize("name", ["plain", "below the root", "below an intermediate"])
def test_the_ground_is_accepted(registry: Registry, name: str) -> None:
    assert registry.publish(right(registry, name)) is not None
