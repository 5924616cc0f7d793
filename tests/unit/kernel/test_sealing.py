"""Sealed values open for the one place that they were sealed for, with the one key, and what is altered does not open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Fault, Reason
from kernel.sealing import (
    ALGORITHM,
    MAX_BOX_BYTES,
    MAX_KEYS,
    MAX_VALUE_BYTES,
    OVERHEAD,
    Box,
    Place,
    SealingKey,
    open_one,
    recipients,
    seal,
    sealing_keys,
)
from kernel.signing import SigningKey

KEY, OTHER = SealingKey.generate(), SealingKey.generate()
ENDS = datetime(2030, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
PLACE = Place("tenant", "install", "name", 7, ENDS)


def reason(call: Any) -> Reason:
    with pytest.raises(Fault) as caught:
        call()
    return caught.value.reason


def keys(*of: SealingKey) -> dict[str, SealingKey]:
    return {key.public.key_id: key for key in of}


@pytest.mark.parametrize("value", ["", "x", "Gr\u00fc\u00dfe\x00\n", "v" * MAX_VALUE_BYTES])
def test_each_recipient_opens_its_own_box(value: str) -> None:
    boxes = seal(value, PLACE, [KEY.public, OTHER.public])
    assert [box.key_id for box in boxes] == [KEY.public.key_id, OTHER.public.key_id]
    assert all(len(box.ciphertext) == len(value.encode()) + OVERHEAD <= MAX_BOX_BYTES for box in boxes)
    for mine in (keys(KEY), keys(OTHER), keys(KEY, OTHER)):
        assert open_one(boxes, PLACE, mine) == value
    assert boxes != seal(value, PLACE, [KEY.public, OTHER.public])


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_id": "other"},
        {"install_id": "other"},
        {"name": "other"},
        {"revision": 6},
        {"revision": 8},
        {"expires_at": None},
        {"expires_at": ENDS + timedelta(milliseconds=1)},
        {"expires_at": ENDS + timedelta(days=3650)},
        {"tenant_id": "tenantinstall", "install_id": ""},
        {"install_id": "installname", "name": ""},
        {"tenant_id": "", "install_id": "tenantinstall"},
    ],
)
def test_what_is_moved_or_altered_does_not_open(changes: dict[str, Any]) -> None:
    boxes = seal("value", PLACE, [KEY.public])
    assert reason(lambda: open_one(boxes, replace(PLACE, **changes), keys(KEY))) is Reason.SECRET_UNREADABLE
    assert reason(lambda: open_one(boxes, PLACE, keys(OTHER))) is Reason.SECRET_UNREADABLE


def test_an_end_cannot_be_given_to_what_has_none() -> None:
    boxes = seal("value", replace(PLACE, expires_at=None), [KEY.public])
    assert reason(lambda: open_one(boxes, PLACE, keys(KEY))) is Reason.SECRET_UNREADABLE


def test_other_algorithms_are_not_opened() -> None:
    (box,) = seal("value", PLACE, [KEY.public])
    for algorithm in ("", "inline/base64", ALGORITHM.upper()):
        assert reason(lambda told=algorithm: open_one([replace(box, algorithm=told)], PLACE, keys(KEY))) is Reason.SECRET_UNREADABLE
    assert reason(lambda: open_one([], PLACE, keys(KEY))) is Reason.SECRET_UNREADABLE
    assert reason(lambda: open_one([box], PLACE, {})) is Reason.SECRET_UNREADABLE


def test_a_value_that_is_no_text_is_unreadable() -> None:
    box = KEY.public.seal(b"\xff", PLACE)
    assert reason(lambda: open_one([box], PLACE, keys(KEY))) is Reason.SECRET_UNREADABLE


def test_too_long_a_value_is_refused() -> None:
    for value in ("v" * (MAX_VALUE_BYTES + 1), "\u00e9" * (MAX_VALUE_BYTES // 2 + 1)):
        assert reason(lambda told=value: seal(told, PLACE, [KEY.public])) is Reason.INVALID_ARGUMENT


@given(st.binary(max_size=200))
def test_bytes_of_strangers_are_unreadable_and_nothing_else(ciphertext: bytes) -> None:
    box = Box(KEY.public.key_id, ALGORITHM, ciphertext)
    assert reason(lambda: open_one([box], PLACE, keys(KEY))) is Reason.SECRET_UNREADABLE


@given(st.integers(0, 59), st.integers(1, 255))
def test_one_altered_byte_closes_a_box(index: int, by: int) -> None:
    (box,) = seal("twelve bytes", PLACE, [KEY.public])
    data = bytearray(box.ciphertext)
    data[index] ^= by
    altered = replace(box, ciphertext=bytes(data))
    assert reason(lambda: open_one([altered], PLACE, keys(KEY))) is Reason.SECRET_UNREADABLE


@given(st.binary(max_size=300) | st.just(KEY.pem) | st.just(KEY.public.pem).map(lambda pem: pem[:40] + b"x" + pem[41:]))
def test_files_of_keys_are_read_or_refused(data: bytes) -> None:
    for parse in (recipients, sealing_keys):
        try:
            assert parse(data, "file")
        except Fault as fault:
            assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "file")


def test_files_hold_up_to_eight_keys_of_the_one_kind() -> None:
    many = [SealingKey.generate() for _ in range(MAX_KEYS)]
    assert list(recipients(b"text\n".join(key.public.pem for key in many), "file")) == [key.public.key_id for key in many]
    assert list(sealing_keys(b"\n".join(key.pem for key in many), "file")) == [key.public.key_id for key in many]
    encrypted = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    for parse, bad in (
        (recipients, b""),
        (recipients, KEY.pem),
        (recipients, SigningKey.generate().public.pem),
        (recipients, b"".join(key.public.pem for key in [*many, KEY])),
        (sealing_keys, KEY.public.pem),
        (sealing_keys, SigningKey.generate().pem),
        (sealing_keys, encrypted),
        (sealing_keys, b"".join(key.pem for key in [*many, KEY])),
    ):
        assert reason(lambda read=parse, told=bad: read(told, "file")) is Reason.INVALID_ARGUMENT


def test_a_private_key_does_not_print() -> None:
    assert repr(KEY) == f"SealingKey({KEY.public.key_id})"
