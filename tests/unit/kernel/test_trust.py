"""Certificates of signers and the trust bundle: what is accepted, and what each defect gets."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel import certificates, dsse
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import SigningKey, pae
from kernel.trust import MAX_ROOTS, Signer, TrustBundle
from tests.unit.kernel.certificates import CODE_SIGNING, Authority, chain, p256, pem

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
STATEMENT = dsse.Statement("com.acme.a", "1.0.0", "acme", Digest.of(b"archive"), Digest.of(b"tar"), NOW)
ROOT = Authority.root()
MIDDLE = ROOT.intermediate()
LEAF = MIDDLE.leaf()
DERS = [item.public_bytes(serialization.Encoding.DER) for item in LEAF.chain]
SERVERS = (ExtendedKeyUsageOID.SERVER_AUTH,)
ANYTHING = (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)
STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.1.1"), b"\x05\x00")
UNKNOWN = [(STRANGE, True)]
NARROW = [(x509.NameConstraints([x509.DNSName("acme.example")], None), True)]
ELSEWHERE = [(x509.SubjectAlternativeName([x509.DNSName("other.example")]), False)]
DIRECTORY = [(x509.NameConstraints([x509.DirectoryName(x509.Name([]))], None), True)]


def envelope(signer: Authority, presented: Sequence[x509.Certificate] | None = None) -> bytes:
    """Rightly signed by a certificate's key, of whatever kind, whatever is wrong with the certificate."""
    outer = json.loads(STATEMENT.sign(SigningKey.generate()))
    message = pae(dsse.PAYLOAD_TYPE, base64.b64decode(outer["payload"]))
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    match signer.key:
        case ed25519.Ed25519PrivateKey():
            signature = signer.key.sign(message)
        case rsa.RSAPrivateKey():
            signature = signer.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        case _:
            signature = signer.key.sign(message, ec.ECDSA(hashes.SHA256()))
    leaf, *above = [base64.b64encode(pem([item])).decode() for item in (signer.chain if presented is None else presented)]
    signed = {
        "keyid": str(Digest.of(signer.key.public_key().public_bytes(encoding, form))),
        "sig": base64.b64encode(signature).decode(),
        "certificate": leaf,
        "intermediates": above,
    }
    return json.dumps(outer | {"signatures": [signed]}).encode()


def edited(edit: Callable[[dict[str, Any]], Any]) -> bytes:
    """A right envelope whose signature was edited."""
    outer = json.loads(envelope(LEAF))
    edit(outer["signatures"][0])
    return json.dumps(outer).encode()


def trusting(*roots: Authority, keys: Sequence[SigningKey] = ()) -> TrustBundle:
    return TrustBundle.of([key.public for key in keys], [root.certificate for root in roots])


def reason_of(action: Callable[[], Any]) -> Reason:
    with pytest.raises(Fault) as caught:
        action()
    return caught.value.reason


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("depth", range(5))
def test_a_chain_of_up_to_four_intermediates_holds_and_names_its_keys(depth: int) -> None:
    root, leaf = chain(depth=depth)
    statement, signers = dsse.verify(STATEMENT.sign(leaf.signing_key, leaf.chain), trusting(root), NOW)
    above, place = [], leaf.above
    while place is not None:
        above.append(place.key_id)
        place = place.above
    assert statement == STATEMENT
    assert signers == (Signer(leaf.key_id, tuple(above)),)
    assert (len(above), above[-1]) == (depth + 1, root.key_id)


def test_the_right_root_is_found_among_others_of_the_same_name() -> None:
    others = [Authority.root() for _ in range(3)]
    assert dsse.verify(envelope(LEAF), trusting(*others, ROOT), NOW)[1][0].authorities[-1] == ROOT.key_id


ACCEPTED: dict[str, tuple[Authority, Authority]] = {
    "authorities for code signing only": chain(usages=CODE_SIGNING),
    "authorities for anything": chain(usages=ANYTHING),
    "an unknown extension that is not critical": (ROOT, MIDDLE.leaf(extras=[(STRANGE, False)])),
    "a name within the constraints": (ROOT, ROOT.intermediate(extras=NARROW).leaf(
        extras=[(x509.SubjectAlternativeName([x509.DNSName("signer.acme.example")]), False)])),
    "as deep as the path length": (ROOT, ROOT.intermediate(path_length=1).intermediate("second").leaf()),
    "more usages than needed": (ROOT, MIDDLE.leaf(usages=(*SERVERS, *CODE_SIGNING))),
}  # fmt: skip


@pytest.mark.parametrize(("root", "leaf"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_unusual_and_right_is_accepted(root: Authority, leaf: Authority) -> None:
    assert dsse.verify(envelope(leaf), trusting(root), NOW)[1][0].key_id == leaf.key_id


EARLY, LATE = {"end": NOW - DAY}, {"start": NOW + DAY}
TIMES: dict[str, tuple[Authority, Authority]] = {
    "leaf expired": (ROOT, MIDDLE.leaf(**EARLY)),
    "leaf not yet valid": (ROOT, MIDDLE.leaf(**LATE)),
    "intermediate expired": (ROOT, ROOT.intermediate(**EARLY).leaf()),
    "intermediate not yet valid": (ROOT, ROOT.intermediate(**LATE).leaf()),
    "root expired": chain(depth=0, **EARLY),
    "root not yet valid": chain(depth=0, **LATE),
}


@pytest.mark.parametrize(("root", "leaf"), TIMES.values(), ids=TIMES.keys())
def test_a_certificate_outside_its_time_is_told_as_such(root: Authority, leaf: Authority) -> None:
    assert reason_of(lambda: dsse.verify(envelope(leaf), trusting(root), NOW)) is Reason.SIGNER_EXPIRED


@pytest.mark.parametrize("offset", [0, 9, -5])
def test_a_certificate_holds_from_its_first_to_its_last_second_in_every_zone(offset: int) -> None:
    signed = envelope(MIDDLE.leaf(start=NOW, end=NOW + DAY))
    zone, second = timezone(timedelta(hours=offset)), timedelta(seconds=1)
    for moment in (NOW, NOW + DAY):
        assert dsse.verify(signed, trusting(ROOT), moment.astimezone(zone))
    for moment in (NOW - second, NOW + DAY + second):
        reason = reason_of(lambda moment=moment: dsse.verify(signed, trusting(ROOT), moment.astimezone(zone)))
        assert reason is Reason.SIGNER_EXPIRED


@pytest.mark.parametrize("year", [1, 1949, 9999])
def test_no_moment_makes_the_verifier_raise_anything_else(year: int) -> None:
    assert reason_of(lambda: dsse.verify(envelope(LEAF), trusting(ROOT), datetime(year, 1, 1, tzinfo=UTC))) is Reason.SIGNER_EXPIRED


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def p384() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP384R1())


RSA_ROOT, P384_ROOT = Authority.root(key=rsa_key()), Authority.root(key=p384())
STRANGE_ROOT = Authority.root(extras=UNKNOWN)
EXPIRED_AND_WRONG = MIDDLE.leaf(usages=SERVERS, **EARLY)
WRONG: dict[str, tuple[Authority, bytes]] = {
    "leaf for servers": (ROOT, envelope(MIDDLE.leaf(usages=SERVERS))),
    "leaf for anything": (ROOT, envelope(MIDDLE.leaf(usages=ANYTHING))),
    "leaf for nothing in particular": (ROOT, envelope(MIDDLE.leaf(usages=None))),
    "leaf not for signatures": (ROOT, envelope(MIDDLE.leaf(digital_signature=False))),
    "leaf expired and for servers": (ROOT, envelope(EXPIRED_AND_WRONG)),
    "leaf expired and of another root": (Authority.root(), envelope(MIDDLE.leaf(**EARLY))),
    "intermediate for servers": (ROOT, envelope(ROOT.intermediate(usages=SERVERS).leaf())),
    "leaf is an authority": (ROOT, envelope(MIDDLE.leaf(ca=True))),
    "root signs": (ROOT, envelope(ROOT, [ROOT.certificate])),
    "intermediate signs": (ROOT, envelope(MIDDLE)),
    "leaf issues": (ROOT, envelope(LEAF.leaf("below"))),
    "path length": (ROOT, envelope(ROOT.intermediate(path_length=0).intermediate("second").leaf())),
    "missing intermediate": (ROOT, envelope(LEAF, LEAF.chain[:1])),
    "leaf last": (ROOT, envelope(LEAF, LEAF.chain[::-1])),
    "other root of the same name": (Authority.root(), envelope(LEAF)),
    "other root": (Authority.root("other"), envelope(LEAF)),
    "intermediates of one name": (ROOT, envelope(LEAF, [*LEAF.chain, ROOT.intermediate().certificate])),
    "P-384 leaf": (ROOT, envelope(MIDDLE.leaf(key=p384()))),
    "RSA leaf": (ROOT, envelope(MIDDLE.leaf(key=rsa_key()))),
    "Ed25519 leaf": (ROOT, envelope(MIDDLE.leaf(key=ed25519.Ed25519PrivateKey.generate()))),
    "P-384 intermediate": (ROOT, envelope(ROOT.intermediate(key=p384()).leaf())),
    "RSA intermediate": (ROOT, envelope(ROOT.intermediate(key=rsa_key()).leaf())),
    "RSA root": (RSA_ROOT, envelope(RSA_ROOT.leaf())),
    "P-384 root": (P384_ROOT, envelope(P384_ROOT.leaf())),
    "leaf signed with SHA-384": (ROOT, envelope(MIDDLE.leaf(digest=hashes.SHA384()))),
    "intermediate signed with SHA-384": (ROOT, envelope(ROOT.intermediate(digest=hashes.SHA384()).leaf())),
    "unknown critical extension of the leaf": (ROOT, envelope(MIDDLE.leaf(extras=UNKNOWN))),
    "unknown critical extension of the intermediate": (ROOT, envelope(ROOT.intermediate(extras=UNKNOWN).leaf())),
    "unknown critical extension of the root": (STRANGE_ROOT, envelope(STRANGE_ROOT.leaf())),
    "a name outside the constraints": (ROOT, envelope(ROOT.intermediate(extras=NARROW).leaf(extras=ELSEWHERE))),
    "constraints that cannot be judged": (ROOT, envelope(ROOT.intermediate(extras=DIRECTORY).leaf())),
    "keyid of another key": (ROOT, edited(lambda s: s.update(keyid=MIDDLE.key_id))),
    "keyid of no key": (ROOT, edited(lambda s: s.update(keyid=""))),
    "certificate no base64": (ROOT, edited(lambda s: s.update(certificate="!"))),
    "certificate empty": (ROOT, edited(lambda s: s.update(certificate=""))),
    "certificate not ASCII": (ROOT, edited(lambda s: s.update(certificate="ä"))),
    "certificate no PEM": (ROOT, edited(lambda s: s.update(certificate=b64(b"text")))),
    "certificate DER": (ROOT, edited(lambda s: s.update(certificate=b64(DERS[0])))),
    "certificate broken DER": (ROOT, edited(lambda s: s.update(certificate=b64(LEAF.pem[:90] + b"AAAA" + LEAF.pem[94:])))),
    "certificate cut": (ROOT, edited(lambda s: s.update(certificate=b64(LEAF.pem[:-9])))),
    "certificate twice": (ROOT, edited(lambda s: s.update(certificate=b64(LEAF.pem * 2)))),
    "certificate is a key": (ROOT, edited(lambda s: s.update(certificate=b64(LEAF.signing_key.public.pem)))),
    "intermediate is a key": (ROOT, edited(lambda s: s.update(intermediates=[b64(LEAF.signing_key.public.pem)]))),
}  # fmt: skip


@pytest.mark.parametrize(("root", "data"), WRONG.values(), ids=WRONG.keys())
def test_what_leads_to_no_signer_of_code_is_refused(root: Authority, data: bytes) -> None:
    with pytest.raises(Fault) as caught:
        dsse.verify(data, trusting(root), NOW)
    assert caught.value.reason is Reason.CERTIFICATE_INVALID
    assert [item.field.rpartition(".")[0] for item in caught.value.violations] == ["envelope.signatures"]


def test_too_long_a_chain_has_no_place_in_an_envelope() -> None:
    root, leaf = chain(depth=5)
    assert reason_of(lambda: dsse.verify(envelope(leaf), trusting(root), NOW)) is Reason.ENVELOPE_INVALID
    assert reason_of(lambda: STATEMENT.sign(leaf.signing_key, leaf.chain)) is Reason.INVALID_ARGUMENT
    assert reason_of(lambda: dsse.verify(envelope(leaf, leaf.chain[:5]), trusting(root), NOW)) is Reason.CERTIFICATE_INVALID
    above = leaf.chain[1:]
    assert reason_of(lambda: certificates.verify_chain(leaf.certificate, above, [root.certificate], NOW, "certificate")) is (
        Reason.CERTIFICATE_INVALID
    )


FORMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "certificate of 16 KiB and more": lambda s: s.update(certificate="A" * ((16 << 10) + 1)),
    "intermediate of 16 KiB and more": lambda s: s.update(intermediates=["A" * ((16 << 10) + 1)]),
    "five intermediates": lambda s: s.update(intermediates=[s["intermediates"][0]] * 5),
    "intermediates without a certificate": lambda s: s.pop("certificate"),
    "certificate is a list": lambda s: s.update(certificate=[s["certificate"]]),
    "intermediates are a text": lambda s: s.update(intermediates=s["intermediates"][0]),
    "unknown member": lambda s: s.update(timestamps=[]),
}


@pytest.mark.parametrize("edit", FORMS.values(), ids=FORMS.keys())
def test_certificates_of_another_form_make_no_envelope(edit: Callable[[dict[str, Any]], Any]) -> None:
    assert reason_of(lambda: dsse.verify(edited(edit), trusting(ROOT), NOW)) is Reason.ENVELOPE_INVALID


def test_a_signature_by_another_key_than_the_certificates_is_not_its() -> None:
    stolen = envelope(MIDDLE.leaf(key=p256()))
    outer, other = json.loads(envelope(LEAF)), json.loads(stolen)
    outer["signatures"][0]["sig"] = other["signatures"][0]["sig"]
    assert reason_of(lambda: dsse.verify(json.dumps(outer).encode(), trusting(ROOT), NOW)) is Reason.SIGNATURE_INVALID


def test_a_ring_of_authorities_costs_no_more_than_a_chain() -> None:
    ring = [Authority.root("ring", key=key) for key in [p256()] for _ in range(4)]
    data = envelope(ring[0].leaf(), [ring[0].leaf().certificate, *(item.certificate for item in ring)])
    assert reason_of(lambda: dsse.verify(data, trusting(ROOT), NOW)) is Reason.CERTIFICATE_INVALID


def test_without_roots_a_certificate_is_nobody() -> None:
    for trust in (TrustBundle.empty(), trusting(keys=[SigningKey.generate()])):
        assert reason_of(lambda trust=trust: dsse.verify(envelope(LEAF), trust, NOW)) is Reason.SIGNER_UNTRUSTED


def test_roots_alone_trust_no_plain_key() -> None:
    key = LEAF.signing_key
    assert reason_of(lambda: dsse.verify(STATEMENT.sign(key), trusting(ROOT), NOW)) is Reason.SIGNER_UNTRUSTED
    assert reason_of(lambda: dsse.verify(STATEMENT.sign(ROOT.signing_key), trusting(ROOT), NOW)) is Reason.SIGNER_UNTRUSTED


def test_a_key_of_the_trust_bundle_counts_whatever_its_certificate_says() -> None:
    leaf = MIDDLE.leaf(**EARLY)
    trust = trusting(ROOT, keys=[leaf.signing_key])
    assert dsse.verify(envelope(leaf), trust, NOW)[1] == (Signer(leaf.key_id),)


def signed_by(*envelopes: bytes) -> bytes:
    """One envelope with the signatures of several over the same statement."""
    outers = [json.loads(item) for item in envelopes]
    return json.dumps(outers[0] | {"signatures": [signature for outer in outers for signature in outer["signatures"]]}).encode()


def test_one_signature_that_holds_is_enough_and_all_that_hold_are_told() -> None:
    plain, expired = SigningKey.generate(), envelope(MIDDLE.leaf(**EARLY))
    trust = trusting(ROOT, keys=[plain])
    stranger = STATEMENT.sign(SigningKey.generate())
    data = signed_by(stranger, expired, envelope(LEAF), STATEMENT.sign(plain), envelope(LEAF))
    signers = dsse.verify(data, trust, NOW)[1]
    assert [signer.key_id for signer in signers] == [LEAF.key_id, plain.public.key_id]


def test_the_first_failure_is_told() -> None:
    expired, wrong = envelope(MIDDLE.leaf(**EARLY)), envelope(MIDDLE.leaf(usages=SERVERS))
    stranger = STATEMENT.sign(SigningKey.generate())
    trust = trusting(ROOT)
    assert reason_of(lambda: dsse.verify(signed_by(stranger, expired, wrong), trust, NOW)) is Reason.SIGNER_EXPIRED
    assert reason_of(lambda: dsse.verify(signed_by(wrong, expired), trust, NOW)) is Reason.CERTIFICATE_INVALID


def test_a_chain_is_signed_only_with_its_own_key() -> None:
    assert reason_of(lambda: STATEMENT.sign(SigningKey.generate(p256=True), LEAF.chain)) is Reason.INVALID_ARGUMENT
    ed = MIDDLE.leaf(key=ed25519.Ed25519PrivateKey.generate())
    assert reason_of(lambda: STATEMENT.sign(ed.signing_key, ed.chain)) is Reason.INVALID_ARGUMENT


def test_the_trust_bundle_reads_keys_and_roots() -> None:
    key = SigningKey.generate()
    text = b"# whom we trust\n" + key.public.pem + ROOT.pem + Authority.root("second").pem
    trust = TrustBundle.parse(text, "trust_bundle")
    assert (set(trust.keys), trust.roots[0], len(trust)) == ({key.public.key_id}, ROOT.certificate, 3)
    assert len(TrustBundle.parse(b"", "trust_bundle")) == len(TrustBundle.empty()) == 0


NO_TRUST: dict[str, bytes] = {
    "private key": SigningKey.generate().pem,
    "leaf": LEAF.pem,
    "RSA root": RSA_ROOT.pem,
    "P-384 root": P384_ROOT.pem,
    "broken certificate": ROOT.pem[:90] + b"AAAA" + ROOT.pem[94:],
    "cut": ROOT.pem[:-9],
    "another label": ROOT.pem.replace(b"CERTIFICATE", b"X509 CRL"),
    "too many": ROOT.pem * (MAX_ROOTS + 1),
    "too large": b" " * ((1 << 20) + 1),
}


@pytest.mark.parametrize("text", NO_TRUST.values(), ids=NO_TRUST.keys())
def test_a_trust_bundle_with_anything_else_is_refused_by_its_setting(text: bytes) -> None:
    with pytest.raises(Fault) as caught:
        TrustBundle.parse(text, "trust_bundle")
    assert caught.value.reason is Reason.INVALID_ARGUMENT
    assert caught.value.violations[0].field == "trust_bundle"


def test_the_file_of_a_chain_holds_one_leaf_and_at_most_four_above_it() -> None:
    assert certificates.read_chain(pem(LEAF.chain), "certificate") == tuple(LEAF.chain)
    for bad in (b"", pem(LEAF.chain) + ROOT.signing_key.pem, ROOT.pem * 6, ROOT.pem[:-9]):
        assert reason_of(lambda bad=bad: certificates.read_chain(bad, "certificate")) is Reason.INVALID_ARGUMENT


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_make_the_certificate_parser_raise_anything_else(data: bytes, framed: bool) -> None:
    text = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(data) + b"\n-----END CERTIFICATE-----\n" if framed else data
    reason = reason_of(lambda: certificates.read(text, "certificate", Reason.CERTIFICATE_INVALID))
    assert reason is Reason.CERTIFICATE_INVALID


GOOD = envelope(LEAF)


@settings(max_examples=400)
@given(st.integers(0, 100_000), st.integers(0, 255))
def test_a_changed_byte_of_the_envelope_never_passes_as_another(place: int, value: int) -> None:
    bad = bytearray(GOOD)
    bad[place % len(bad)] = value
    try:
        statement, signers = dsse.verify(bytes(bad), trusting(ROOT), NOW)
    except Fault:
        return
    assert statement == STATEMENT
    assert [signer.key_id for signer in signers] == [LEAF.key_id]


@settings(max_examples=600)
@given(st.integers(0, 1), st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=3))
def test_changed_bytes_of_a_certificate_never_pass(which: int, changes: list[tuple[int, int]]) -> None:
    bad = bytearray(DERS[which])
    for place, value in changes:
        bad[place % len(bad)] = value
    body = base64.encodebytes(bytes(bad))
    text = b64(b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n")
    change = {"certificate": text} if which == 0 else {"intermediates": [text]}
    try:
        _, signers = dsse.verify(edited(lambda signature: signature.update(change)), trusting(ROOT), NOW)
    except Fault as fault:
        assert fault.reason in (Reason.CERTIFICATE_INVALID, Reason.SIGNER_EXPIRED, Reason.SIGNATURE_INVALID)
        return
    assert bytes(bad) == DERS[which]
    assert signers[0].key_id == LEAF.key_id
