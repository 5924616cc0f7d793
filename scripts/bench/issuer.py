"""An issuer of tokens for a bench: one key, its key set in a file, one token of a caller of the tenant `demo`."""

import json
import time
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER: Final = "https://issuer.example"
AUDIENCE: Final = "extensions"


def issued(folder: Path) -> tuple[dict[str, str], str]:
    """The settings of a gateway that takes its tokens, and a token that is good for an hour."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    told = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "bench", "alg": "RS256", "use": "sig"}
    keys = folder / "jwks.json"
    keys.write_text(json.dumps({"keys": [told]}))
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 3600,
        "sub": "ada",
        "tenant_id": "demo",
        "roles": "tenant_caller",
    }
    settings = {"ISSUER": ISSUER, "AUDIENCE": json.dumps([AUDIENCE]), "JWKS": str(keys)}
    token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "bench"})
    return {f"EXT_GATEWAY_JWT_{name}": value for name, value in settings.items()}, token
