"""JSON Web Key Sets of an issuer: public keys by their ids. What is no key to verify with here is left out (RFC 7517)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurve,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from kernel import strict_json
from kernel.errors import Fault, Reason

MAX_BYTES: Final = 256 << 10
MAX_DEPTH: Final = 8
MAX_KEYS: Final = 64
MAX_KID: Final = 256
RSA_BITS: Final = range(2048, 8193)  # smaller ones can be broken, larger ones cost a second each
MAX_EXPONENT: Final = 1 << 32
_RSA: Final = frozenset({"RS256", "RS384", "RS512"})
_CURVES: Final[Mapping[str, tuple[EllipticCurve, str]]] = {
    "P-256": (SECP256R1(), "ES256"),
    "P-384": (SECP384R1(), "ES384"),
    "P-521": (SECP521R1(), "ES512"),
}
ALGORITHMS: Final = (*sorted(_RSA), "ES256", "ES384", "ES512", "EdDSA")  # none with a shared secret, and not `none`
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the algorithms that it may be used with."""

    public: PublicKey
    algorithms: frozenset[str]


def parse(data: bytes) -> Mapping[str, Key]:
    """The keys of a set, at least one, by `kid`; the only key of a set may be without one, and then is also found as "".

    Raises INVALID_ARGUMENT.
    """
    document = strict_json.read_object(data, name="jwks", reason=Reason.INVALID_ARGUMENT, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise Fault.invalid("jwks.keys", f"must be a list of at most {MAX_KEYS} keys")
    found: dict[str, Key] = {}
    nameless: list[Key] = []
    for index, one in enumerate(listed):
        if not isinstance(one, dict) or (key := _key(one)) is None:
            continue
        kid = one.get("kid", "")
        if not isinstance(kid, str) or len(kid) > MAX_KID:
            continue
        if not kid:
            nameless.append(key)
        elif kid in found:
            raise Fault.invalid(f"jwks.keys[{index}].kid", "must not be there twice")
        else:
            found[kid] = key
    every = [*found.values(), *nameless]
    if not every:
        raise Fault.invalid("jwks.keys", "must hold a public RSA, P-256, P-384, P-521 or Ed25519 key for signatures")
    return found | {"": every[0]} if len(every) == 1 else found


def _key(one: dict[str, object]) -> Key | None:
    if one.get("use", "sig") != "sig" or "d" in one:  # a private key that is published belongs to everybody
        return None
    operations = one.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        made = _made(one)
    except (ValueError, OverflowError):
        return None
    if made is None:
        return None
    only = one.get("alg")
    algorithms = made.algorithms if only is None else made.algorithms & {only if isinstance(only, str) else ""}
    return Key(made.public, algorithms) if algorithms else None


def _made(one: dict[str, object]) -> Key | None:
    kind, curve = one.get("kty"), one.get("crv")
    if kind == "RSA":
        n, e = _number(one.get("n")), _number(one.get("e"))
        if n.bit_length() not in RSA_BITS or not 3 <= e < MAX_EXPONENT or not e % 2:
            return None
        return Key(RSAPublicNumbers(e, n).public_key(), _RSA)
    if kind == "EC" and isinstance(curve, str) and curve in _CURVES:
        on, algorithm = _CURVES[curve]
        return Key(
            EllipticCurvePublicNumbers(_number(one.get("x")), _number(one.get("y")), on).public_key(), frozenset({algorithm})
        )
    if kind == "OKP" and curve == "Ed25519":
        return Key(Ed25519PublicKey.from_public_bytes(_bytes(one.get("x"))), frozenset({"EdDSA"}))
    return None


def _number(value: object) -> int:
    return int.from_bytes(_bytes(value), "big")


def _bytes(value: object) -> bytes:
    """Raises ValueError for what is no base64url."""
    if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
        raise ValueError("no base64url")
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except binascii.Error as error:
        raise ValueError("no base64url") from error
