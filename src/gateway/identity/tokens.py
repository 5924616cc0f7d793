"""JSON Web Tokens of one issuer become callers.

1 read header and claims, 2 find the key, 3 verify signature, issuer, audience and times, 4 check the lifetime, 5 map the claims.
"""

import base64
import binascii
import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import jwt

from gateway.identity.caller import Caller
from gateway.identity.claims import Mapped
from gateway.identity.kept import Kept
from gateway.identity.keyset import KeySet
from kernel import strict_json
from kernel.errors import Fault, Reason

KEPT_SECONDS: Final = 30.0
MAX_DEPTH: Final = 8
MAX_TOKEN: Final = 8_000  # a header field has at most 8 KiB
_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must be. `max_lifetime_seconds` 0 = as long as its issuer likes."""

    issuer: str
    audience: tuple[str, ...]
    algorithms: frozenset[str]
    leeway_seconds: float = 30
    max_lifetime_seconds: float = 0
    max_bytes: int = MAX_TOKEN


class Tokens:
    """Callers by their tokens, kept for at most 30 s and never beyond their end."""

    def __init__(self, rules: TokenRules, keys: KeySet, mapped: Mapped, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules, self._keys, self._mapped, self._clock = rules, keys, mapped, clock
        self._kept = Kept()
        self._generation = 0

    async def caller(self, token: str) -> Caller:
        """Whose token it is. Raises UNAUTHENTICATED, MISSING_TENANT, ACCESS_POLICY_UNAVAILABLE."""
        if self._generation != self._keys.generation:  # what a key that is gone verified is verified no more
            self._kept.clear()
            self._generation = self._keys.generation
        digest, now = hashlib.sha256(token.encode()).digest(), self._clock()
        self._keys.check_fresh()
        kept = self._kept.get(digest, now)
        if kept is not None:
            return kept
        # 1 read header and claims
        if len(token) > self._rules.max_bytes or not _FORM.fullmatch(token):
            raise _refused(f"must be three parts of base64url, at most {self._rules.max_bytes} bytes")
        head, payload, _ = token.split(".")
        header, claims = _object(head), _object(payload)
        algorithm, kid = header.get("alg"), header.get("kid", "")
        if not isinstance(algorithm, str) or algorithm not in self._rules.algorithms:
            raise _refused("has an algorithm that is not allowed")
        if not isinstance(kid, str) or "crit" in header or "b64" in header:
            raise _refused("has a header that is not understood")
        # 2 find the key
        key = await self._keys.key(kid, algorithm)
        # 3 verify signature, issuer, audience and times
        try:
            jwt.decode(
                token,
                key.public,
                algorithms=[algorithm],
                audience=list(self._rules.audience),
                issuer=self._rules.issuer,
                leeway=self._rules.leeway_seconds,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise _refused(type(error).__name__) from error
        # 4 check the lifetime
        left = self._check_lifetime(claims)
        # 5 map the claims
        caller = self._mapped.caller(claims)
        self._kept.put(digest, now + min(KEPT_SECONDS, left), caller)
        return caller

    def _check_lifetime(self, claims: dict[str, object]) -> float:
        """The seconds that the token still has, without leeway."""
        wall, ends, issued = time.time(), claims["exp"], claims.get("iat")
        if isinstance(ends, bool) or not isinstance(ends, int | float):
            raise _refused("must have a number as exp")
        begins = min(wall, issued) if isinstance(issued, int | float) else wall
        most = self._rules.max_lifetime_seconds
        if most and ends - begins > most + self._rules.leeway_seconds:
            raise _refused(f"must live for at most {most:.0f} s")
        return ends - wall


def _object(part: str) -> dict[str, object]:
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise _refused("is not base64url") from error
    try:
        return strict_json.read_object(data, name="token", reason=Reason.UNAUTHENTICATED, max_bytes=MAX_TOKEN, max_depth=MAX_DEPTH)
    except Fault as fault:
        raise _refused(str(fault)) from fault


def _refused(why: str) -> Fault:
    return Fault(Reason.UNAUTHENTICATED, log=f"token: {why}")
