"""Tokens of an issuer, through real sockets: what is let in, what is not, and keys that come and go."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity import keyset
from gateway.identity.claims import NAMES, Mapped
from gateway.identity.fetch import UrlSource
from gateway.identity.jwks import MAX_BYTES, MAX_KEYS, parse
from gateway.identity.keyset import KeySet
from gateway.identity.tokens import TokenRules, Tokens
from kernel.errors import Fault, Reason
from tests.gateway.conftest import ADMIN_A, EXTENSION, KEY_A, Stack, Start
from tests.gateway.issuer import AUDIENCE, ISSUER, KEYS, Issuer, claims, jwk, serving, token, unsigned

OTHER = ec.generate_private_key(ec.SECP256R1())
CLIENT = {"user_type": "kind", "client_id": "company.id", "roles": "realm.roles"}


def settings(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    return {"jwt_issuer": ISSUER, "jwt_audience": (AUDIENCE,), "jwt_jwks": issuer.url, **changes}


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with serving() as made:
        yield made


@pytest.fixture
async def taking(issuer: Issuer, start: Start) -> AsyncIterator[Stack]:
    async with start(**settings(issuer)) as made:
        yield made


async def call(stack: Stack, shown: str, *fields: tuple[str, str], method: str = "GET") -> Any:
    return await stack.call(method, "/items", ("authorization", f"Bearer {shown}"), *fields, key="")


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_token_is_a_caller(taking: Stack, algorithm: str) -> None:
    for _ in range(2):  # verified, and remembered
        assert (await call(taking, token(algorithm), ("x-alga-tenant", "tenant-a"))).status == 200
    person = taking.runner.calls[0].context.user
    assert (person.user_id, person.email, person.name, person.type) == ("u-1", "jo@x", "Jo", "internal")
    assert (await taking.call("GET", "/items")).status == 200  # API keys as well


def now() -> int:
    """When the test runs, which may be long after it was collected."""
    return int(claims()["iat"])


REFUSED: dict[str, Any] = {
    "other key": lambda: token(key=OTHER),
    "unknown kid": lambda: token(kid="other"),
    "kid of another algorithm": lambda: token("ES256", kid="RS256"),
    "expired": lambda: token(iat=now() - 700, exp=now() - 60),
    "no exp": lambda: token(exp=None),
    "exp as text": lambda: unsigned({"alg": "ES256", "kid": "ES256"}, claims(exp="1")),
    "not yet": lambda: token(nbf=now() + 300),
    "from the future": lambda: token(iat=now() + 300),
    "too long": lambda: token(exp=now() + 100_000),
    "too long without iat": lambda: token(iat=None, exp=now() + 100_000),
    "other issuer": lambda: token(iss="https://other.example"),
    "no issuer": lambda: token(iss=None),
    "other audience": lambda: token(aud="other"),
    "no audience": lambda: token(aud=None),
    "none": lambda: unsigned({"alg": "none"}, signature=b""),
    "none, with a signature": lambda: unsigned({"alg": "none", "kid": "ES256"}),
    "HS256": lambda: unsigned({"alg": "HS256", "kid": "RS256"}),
    "critical": lambda: token(head={"crit": ["x"], "x": 1}),
    "tenant of no form": lambda: token(tenant_id="a b"),
    "tenant as number": lambda: token(tenant_id=1),
    "roles as number": lambda: token(roles=1),
    "no subject": lambda: token(sub=None),
    "deep": lambda: unsigned({"alg": "ES256", "kid": "ES256", "x": json.loads("[" * 900 + "]" * 900)}),
    "parts": lambda: "a..b",
    "not base64": lambda: "!.!.!",
}


@pytest.mark.parametrize("which", REFUSED)
async def test_what_is_refused(taking: Stack, which: str) -> None:
    got = await call(taking, REFUSED[which]())
    assert (got.status, got.code) == (401, "unauthenticated")
    assert set(got.json) == {"type", "title", "status", "code", "error", "detail"}
    assert not taking.runner.calls


async def test_a_token_of_more_bytes_than_allowed(issuer: Issuer, start: Start) -> None:
    async with start(**settings(issuer, jwt_max_bytes=512)) as stack:
        assert (await call(stack, token(x="y" * 200))).code == "unauthenticated"
        assert (await call(stack, token())).status == 200


async def test_codes_of_conflicts(taking: Stack) -> None:
    key = ("x-api-key", KEY_A)
    assert (await call(taking, token(), key)).code == "mixed_auth"
    assert (await call(taking, token(tenant_id=None))).code == "missing_tenant"
    assert (await call(taking, token(), ("x-tenant-id", "tenant-b"))).code == "tenant_mismatch"
    assert (await call(taking, token(tenant_id="tenant-b"))).code == "extension_not_available"


async def test_roles_decide_and_admins_use_the_control_plane(taking: Stack) -> None:
    assert (await call(taking, token(roles=["tenant_reader"]))).status == 200
    assert (await call(taking, token(roles="tenant_reader other"), method="POST")).code == "forbidden"
    for roles in ([], None, ["Tenant_admin"]):
        assert (await call(taking, token(roles=roles))).code == "forbidden"
    admin = ("authorization", f"Bearer {token(roles=['tenant_admin'])}")
    assert (await taking.ask("GET", f"/api/v1/installs/{EXTENSION}/usage", admin)).status == 200
    got = await taking.ask("GET", f"/api/v1/installs/{EXTENSION}/config", admin)
    assert (got.status, got.json["denial"]["rule"]) == (403, "own_key")
    assert (await taking.ask("GET", f"/api/v1/installs/{EXTENSION}/usage", ("x-api-key", ADMIN_A))).status == 200


async def test_claims_are_mapped_by_settings(issuer: Issuer, start: Start) -> None:
    async with start(**settings(issuer, jwt_claims={**CLIENT, "tenant": "https://x.example/tenant"})) as stack:
        stack.registry.installs["tenant-a", EXTENSION].client_portal = True
        said = {
            "https://x.example/tenant": "tenant-a",
            "kind": "client",
            "company": {"id": "c-1"},
            "realm": {"roles": ["tenant_caller"]},
        }
        assert (await call(stack, token(**said))).status == 200
        assert (stack.runner.calls[0].context.user.type, stack.runner.calls[0].context.user.client_id) == ("client", "c-1")
        assert (await call(stack, token(**{**said, "company": {}}))).code == "forbidden"
        assert (await call(stack, token(**{**said, "kind": "other"}))).code == "unauthenticated"


async def test_keys_come_and_go(issuer: Issuer, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyset, "UNKNOWN_SECONDS", 0)
    async with start(**settings(issuer)) as stack:
        old = token()
        assert (await call(stack, old)).status == 200
        issuer.keys = [jwk("ES256", "new", OTHER)]
        assert (await call(stack, token(kid="new", key=OTHER))).status == 200
        assert (await call(stack, old)).status == 401  # its key is gone, and so is what it verified


async def test_strangers_make_it_ask_only_so_often(taking: Stack, issuer: Issuer) -> None:
    before = issuer.asked
    for number in range(20):
        assert (await call(taking, token(kid=f"made-up-{number}"))).status == 401
    assert issuer.asked - before <= 1


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=302, headers={"location": "http://127.0.0.1:1/"}),
        web.Response(status=500),
        web.Response(body=b"{}"),
        web.Response(body=b" " * (MAX_BYTES + 1)),
        web.Response(headers={"content-encoding": "gzip"}, body=b"x"),
    ],
)
async def test_without_keys_nobody_is_let_in(issuer: Issuer, start: Start, answer: web.Response) -> None:
    issuer.answer = answer
    async with start(**settings(issuer)) as stack:
        got = await call(stack, token())
        assert (got.status, got.code, got["retry-after"]) == (503, "access_policy_unavailable", "1")
        assert (await stack.call("GET", "/items")).status == 200


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_keys_are_kept_for_a_time_while_the_issuer_is_silent(issuer: Issuer) -> None:
    clock = Clock()
    keys = KeySet(UrlSource(issuer.url), 600, clock)
    await keys.refresh()
    issuer.answer = web.Response(status=500)
    clock.now += 599
    await keys.refresh()
    assert await keys.key("ES256", "ES256")
    clock.now += 1
    with pytest.raises(Fault) as caught:
        await keys.key("ES256", "ES256")
    assert caught.value.reason is Reason.ACCESS_POLICY_UNAVAILABLE


async def test_a_file_of_keys(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [jwk("EdDSA")]}))
    async with start(jwt_issuer=ISSUER, jwt_audience=(AUDIENCE,), jwt_jwks=str(path)) as stack:
        assert (await call(stack, token("EdDSA"))).status == 200


SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)


@pytest.mark.parametrize(
    "left_out",
    [
        jwk("RS256", key=SMALL),
        jwk("RS256", use="enc"),
        jwk("RS256", key_ops=["sign"]),
        jwk("RS256", alg="HS256"),
        jwk("RS256", d="AQAB"),
        jwk("RS256", n="?"),
        jwk("RS256", e="AA"),
        jwk("ES256", x="AQ", y="AQ"),
        jwk("ES256", crv="secp256k1"),
        jwk("EdDSA", x="AQ"),
        jwk("EdDSA", crv="Ed448"),
        {"kty": "oct", "k": "AQAB", "kid": "s"},
        {"kty": 1},
        1,
    ],
)
def test_what_is_no_key_is_left_out(left_out: Any) -> None:
    good = jwk("ES256", "good")
    assert set(parse(json.dumps({"keys": [left_out, good]}).encode())) == {"good", ""}
    with pytest.raises(Fault):
        parse(json.dumps({"keys": [left_out]}).encode())


def test_sets_have_bounds_and_one_key_for_each_id() -> None:
    for keys in ([jwk("ES256", "a"), jwk("RS256", "a")], [jwk("ES256", str(n)) for n in range(MAX_KEYS + 1)], {}, None):
        with pytest.raises(Fault):
            parse(json.dumps({"keys": keys}).encode())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_NAMES = st.sampled_from(["kty", "crv", "n", "e", "x", "y", "alg", "use", "kid", "key_ops", "d"])


@given(
    st.binary(max_size=200)
    | st.lists(st.dictionaries(_NAMES, _JSON | st.sampled_from(["RSA", "EC", "OKP", "P-256", "AQAB"]))).map(
        lambda keys: json.dumps({"keys": keys}).encode()
    )
)
def test_a_key_set_is_read_or_refused(data: bytes) -> None:
    try:
        assert parse(data)
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT


@given(st.dictionaries(st.sampled_from([*NAMES.values(), "iss"]) | st.text(max_size=8), _JSON, max_size=8))
def test_claims_are_read_or_refused(said: dict[str, Any]) -> None:
    try:
        assert Mapped(NAMES).caller(said).tenant_id
    except Fault as fault:
        assert fault.reason in {Reason.UNAUTHENTICATED, Reason.MISSING_TENANT}


class Fixed:
    async def read(self) -> bytes:
        return json.dumps({"keys": [jwk("ES256")]}).encode()


@given(text=st.text(max_size=60) | st.tuples(_JSON, _JSON).map(lambda both: unsigned(both[0], both[1])))
async def test_a_token_is_read_or_refused(text: str) -> None:
    keys = KeySet(Fixed(), 600)
    await keys.refresh()
    tokens = Tokens(TokenRules(ISSUER, (AUDIENCE,), frozenset({"ES256"})), keys, Mapped(NAMES))
    with pytest.raises(Fault) as caught:
        await tokens.caller(text)
    assert caught.value.reason is Reason.UNAUTHENTICATED
