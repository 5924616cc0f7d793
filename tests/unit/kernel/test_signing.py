"""Keys, the trust bundle, envelopes: what is accepted, and what each defect gets."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from kernel import dsse
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.signing import PublicKey, Signed, SigningKey, TrustedKeys, pae
from kernel.trust import Signer, TrustBundle

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEYS = [SigningKey.generate(), SigningKey.generate(p256=True)]
STATEMENT = dsse.Statement("com.acme.a", "1.0.0", "acme", Digest.of(b"archive"), Digest.of(b"tar"), NOW)


def trusted(*keys: SigningKey) -> TrustBundle:
    return TrustBundle.of(key.public for key in keys)


def reason_of(action: Callable[[], Any]) -> Reason:
    with pytest.raises(Fault) as caught:
        action()
    return caught.value.reason


def test_pae_is_the_published_vector() -> None:
    # From the protocol's own description.
    assert pae("http://example.com/HelloWorld", b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@pytest.mark.parametrize("key", KEYS)
def test_keys_survive_pem(key: SigningKey) -> None:
    assert SigningKey.parse(key.pem).public == key.public
    assert PublicKey.parse(key.public.pem).key_id == key.public.key_id
    assert key.public.verifies(b"message", key.sign(b"message"))
    assert not key.public.verifies(b"other", key.sign(b"message"))
    assert "PRIVATE" not in repr(key)


def _pem(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


@pytest.mark.parametrize(
    "pem",
    [b"", b"nonsense", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
     _pem(rsa.generate_private_key(65537, 2048)), _pem(ec.generate_private_key(ec.SECP384R1())), KEYS[0].pem],
)  # fmt: skip
def test_other_keys_are_refused(pem: bytes) -> None:
    assert reason_of(lambda: PublicKey.parse(pem)) is Reason.INVALID_ARGUMENT


def test_trust_bundle_reads_all_keys_and_refuses_what_it_does_not_know() -> None:
    both = b"# comments are fine\n" + KEYS[0].public.pem + b"\n" + KEYS[1].public.pem
    assert set(TrustedKeys.parse(both, "trust_bundle")) == {key.public.key_id for key in KEYS}
    assert len(TrustedKeys.parse(b"", "trust_bundle")) == 0
    for bad in (KEYS[0].pem, both.replace(b"-----END", b"-----FIN", 1), both + b"-----BEGIN PUBLIC KEY-----\n"):
        assert reason_of(lambda bad=bad: TrustedKeys.parse(bad, "trust_bundle")) is Reason.INVALID_ARGUMENT


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("expires", [None, NOW + timedelta(days=1)])
def test_envelope_round_trip(key: SigningKey, expires: datetime | None) -> None:
    said = dsse.Statement("com.acme.a", "1.0.0", "acme", Digest.of(b"archive"), Digest.of(b"tar"), NOW, expires)
    assert dsse.verify(said.sign(key), trusted(*KEYS), NOW) == (said, (Signer(key.public.key_id),))


def _edited(edit: Callable[[dict[str, Any]], None], *, key: SigningKey = KEYS[0], statement: bool = False) -> bytes:
    """An envelope with one defect; a defect of the statement is signed again, so that it is what fails."""
    outer = json.loads(STATEMENT.sign(key))
    if not statement:
        edit(outer)
        return json.dumps(outer).encode()
    inner = json.loads(base64.b64decode(outer["payload"]))
    edit(inner)
    payload = json.dumps(inner).encode()
    outer["payload"] = base64.b64encode(payload).decode()
    outer["signatures"][0]["sig"] = base64.b64encode(key.sign(pae(dsse.PAYLOAD_TYPE, payload))).decode()
    return json.dumps(outer).encode()


def _flip(outer: dict[str, Any]) -> None:
    payload = bytearray(base64.b64decode(outer["payload"]))
    payload[-3] ^= 1
    outer["payload"] = base64.b64encode(payload).decode()


DEFECTS: list[tuple[str, bytes, Reason]] = [
    ("missing", b"", Reason.ENVELOPE_MISSING),
    ("not JSON", b"{", Reason.ENVELOPE_INVALID),
    ("not an object", b"[]", Reason.ENVELOPE_INVALID),
    ("deep", b"[" * 30_000, Reason.ENVELOPE_INVALID),
    ("duplicate key", b'{"payload": "", "payload": ""}', Reason.ENVELOPE_INVALID),
    ("too large", b'{"payload": "' + b"A" * dsse.MAX_ENVELOPE_BYTES + b'"}', Reason.ENVELOPE_INVALID),
    ("unknown member", _edited(lambda o: o.update(extra=1)), Reason.ENVELOPE_INVALID),
    ("other payload type", _edited(lambda o: o.update(payloadType="text/plain")), Reason.ENVELOPE_INVALID),
    ("no signatures", _edited(lambda o: o.update(signatures=[])), Reason.ENVELOPE_INVALID),
    ("too many signatures", _edited(lambda o: o.update(signatures=o["signatures"] * 9)), Reason.ENVELOPE_INVALID),
    ("payload no base64", _edited(lambda o: o.update(payload="!")), Reason.ENVELOPE_INVALID),
    ("signature no base64", _edited(lambda o: o["signatures"][0].update(sig="!")), Reason.ENVELOPE_INVALID),
    ("unknown key", STATEMENT.sign(SigningKey.generate()), Reason.SIGNER_UNTRUSTED),
    ("other key's id", _edited(lambda o: o["signatures"][0].update(keyid=KEYS[1].public.key_id)), Reason.SIGNATURE_INVALID),
    ("altered payload", _edited(_flip), Reason.SIGNATURE_INVALID),
    ("signature cut", _edited(lambda o: o["signatures"][0].update(sig="AAAA")), Reason.SIGNATURE_INVALID),
    ("statement type", _edited(lambda s: s.update(_type="x"), statement=True), Reason.ENVELOPE_INVALID),
    ("predicate type", _edited(lambda s: s.update(predicateType="x"), statement=True), Reason.ENVELOPE_INVALID),
    ("one subject", _edited(lambda s: s["subject"].pop(), statement=True), Reason.ENVELOPE_INVALID),
    ("same subject twice", _edited(lambda s: s.update(subject=[s["subject"][0]] * 2), statement=True), Reason.ENVELOPE_INVALID),
    ("upper-case digest", _edited(lambda s: s["subject"][0].update(digest={"sha256": "A" * 64}), statement=True),
     Reason.ENVELOPE_INVALID),
    ("naive time", _edited(lambda s: s["predicate"].update(time="2026-06-01T12:00:00"), statement=True), Reason.ENVELOPE_INVALID),
    ("no version", _edited(lambda s: s["predicate"].pop("version"), statement=True), Reason.ENVELOPE_INVALID),
]  # fmt: skip


@pytest.mark.parametrize(("envelope", "reason"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS])
def test_each_defect_has_its_reason(envelope: bytes, reason: Reason) -> None:
    assert reason_of(lambda: dsse.verify(envelope, trusted(*KEYS), NOW)) is reason


def test_one_good_signature_among_foreign_ones_is_enough() -> None:
    stranger = json.loads(STATEMENT.sign(SigningKey.generate()))["signatures"]
    envelope = _edited(lambda o: o.update(signatures=[*stranger, *o["signatures"]]))
    assert dsse.verify(envelope, trusted(KEYS[0]), NOW)[1] == (Signer(KEYS[0].public.key_id),)


def test_time_of_the_statement() -> None:
    said = dsse.Statement("a.b", "1.0.0", "acme", Digest.of(b""), Digest.of(b""), NOW, NOW + timedelta(hours=1))
    said.check_time(NOW)
    for moment in (NOW - timedelta(hours=1), NOW + timedelta(hours=2)):
        assert reason_of(lambda moment=moment: said.check_time(moment)) is Reason.ENVELOPE_EXPIRED


EARLIEST, LATEST = (datetime.fromisoformat(text) for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"))


def test_times_at_the_ends_of_the_calendar_are_judged_like_others() -> None:
    expired = dsse.Statement("a.b", "1.0.0", "acme", Digest.of(b""), Digest.of(b""), EARLIEST, EARLIEST)
    assert reason_of(lambda: expired.check_time(NOW)) is Reason.ENVELOPE_EXPIRED
    assert dsse.verify(expired.sign(KEYS[0]), trusted(*KEYS), NOW)[0] == expired
    expired.check_time(EARLIEST)
    future = dsse.Statement("a.b", "1.0.0", "acme", Digest.of(b""), Digest.of(b""), LATEST, LATEST)
    for moment in (EARLIEST, NOW):
        assert reason_of(lambda moment=moment: future.check_time(moment)) is Reason.ENVELOPE_EXPIRED
    future.check_time(LATEST)


def test_a_key_of_a_stranger_is_shown_without_its_control_characters() -> None:
    with pytest.raises(Fault) as caught:
        dsse.verify(_edited(lambda outer: outer.update({"\x1b[2J\r\n": 1})), trusted(*KEYS), NOW)
    assert caught.value.violations[0].field == "envelope.?[2J??"


def test_a_signature_fits_one_type_only() -> None:
    signed = Signed.make("type-a", b"payload", KEYS[0])
    assert signed.verify("type-a", trusted(*KEYS).keys, Reason.GRANT_INVALID) == b"payload"
    assert reason_of(lambda: signed.verify("type-b", trusted(*KEYS).keys, Reason.GRANT_INVALID)) is Reason.GRANT_INVALID


@given(st.binary(max_size=400))
def test_no_bytes_make_the_envelope_parser_raise_anything_else(data: bytes) -> None:
    with pytest.raises(Fault):
        dsse.verify(data, trusted(*KEYS), NOW)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_never_passes_as_another_statement(place: int, value: int) -> None:
    good = STATEMENT.sign(KEYS[0])
    bad = bytearray(good)
    bad[place % len(bad)] = value
    try:
        statement, _ = dsse.verify(bytes(bad), trusted(*KEYS), NOW)
    except Fault:
        return
    assert statement == STATEMENT


@given(st.binary(max_size=300))
def test_no_bytes_make_the_key_parsers_raise_anything_else(data: bytes) -> None:
    for parse in (PublicKey.parse, SigningKey.parse):
        with pytest.raises(Fault):
            parse(data)
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(data) + b"\n-----END PUBLIC KEY-----\n"
    try:
        TrustedKeys.parse(pem, "trust_bundle")
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT


def test_library_keys_of_other_kinds_do_not_pass() -> None:
    assert reason_of(lambda: PublicKey.wrap(ed25519.Ed25519PrivateKey.generate(), "key")) is Reason.INVALID_ARGUMENT
