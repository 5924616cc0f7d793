"""An issuer of tokens on loopback, and its keys."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER, AUDIENCE = "https://issuer.example", "extensions"
KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
_OF = {"RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm, "EdDSA": jwt.algorithms.OKPAlgorithm}


def jwk(algorithm: str, kid: str | None = None, key: Any = None, **more: Any) -> dict[str, Any]:
    found = json.loads(_OF[algorithm].to_jwk((key or KEYS[algorithm]).public_key()))  # type: ignore[attr-defined]
    return {**found, "kid": kid or algorithm, "use": "sig", **more}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time())
    made = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "u-1",
        "iat": now,
        "exp": now + 600,
        "tenant_id": "tenant-a",
        "email": "jo@x",
        "name": "Jo",
        "roles": ["tenant_caller"],
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def token(algorithm: str = "ES256", *, kid: str | None = None, key: Any = None, head: Any = None, **changes: Any) -> str:
    headers = {"kid": kid or algorithm, **(head or {})}
    return jwt.encode(claims(**changes), key or KEYS[algorithm], algorithm, headers=headers)


def unsigned(head: dict[str, Any], body: Any = None, signature: bytes = b"x") -> str:
    """Anything in the form of a token."""
    parts = (json.dumps(head).encode(), json.dumps(claims() if body is None else body).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class Issuer:
    """Serves `keys`, and counts who asks."""

    def __init__(self) -> None:
        self.keys = [jwk(algorithm) for algorithm in KEYS]
        self.asked = 0
        self.answer: web.Response | None = None
        self.url = ""

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        self.asked += 1
        if self.answer is not None:
            return web.Response(status=self.answer.status, headers=self.answer.headers, body=self.answer.body)
        return web.json_response({"keys": self.keys})


@asynccontextmanager
async def serving() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    runner = web.ServerRunner(web.Server(issuer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    issuer.url = f"http://{host}:{port}/jwks"
    try:
        yield issuer
    finally:
        await runner.cleanup()
