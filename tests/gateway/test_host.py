"""The host application: what it may say, and how it proves that it is it."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import ValidationError

from gateway.identity.host import Host
from gateway.identity.host_tokens import HostTokens
from gateway.settings import GatewaySettings
from kernel import files
from kernel.errors import Fault, Reason
from tests.gateway.conftest import EXTENSION, KEY_A, Stack, Start
from tests.gateway.conftest import settings as gateway_settings

SECRET = "the-host-applications-own-token-of-today"
AUTH, TENANT = ("x-runner-auth", SECRET), ("x-alga-tenant", "tenant-a")
USER = (("x-user-id", "u-1"), ("x-user-email", "jo@x"), ("x-user-name", "J%C3%BC"))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "host.token"
    path.write_text(SECRET)
    return path


async def test_its_word_is_believed(start: Start, secret: Path) -> None:
    async with start(host_token_files=(secret,)) as stack:
        assert (await stack.call("POST", "/items", AUTH, TENANT, *USER, body=b"", key="")).status == 200
        person = stack.runner.calls[0].context.user
        assert (person.user_id, person.email, person.name, person.type) == ("u-1", "jo@x", "J\u00fc", "internal")
        assert (await stack.call("GET", "/items", AUTH, ("x-tenant-id", "tenant-a"), key="")).status == 200
        assert not stack.runner.calls[1].context.HasField("user")
        assert not any(item.name.startswith("x-user") for item in stack.runner.calls[0].http.headers)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ([AUTH], 401, "missing_tenant"),
        ([AUTH, TENANT, ("x-api-key", KEY_A)], 401, "mixed_auth"),
        ([AUTH, TENANT, ("authorization", f"Bearer {KEY_A}")], 401, "mixed_auth"),
        ([AUTH, TENANT, ("x-tenant-id", "tenant-b")], 403, "tenant_mismatch"),
        ([AUTH, ("x-alga-tenant", "a b")], 400, "invalid_argument"),
        ([("x-runner-auth", SECRET[:-1]), TENANT], 401, "invalid_service_auth"),
        ([("x-runner-auth", ""), TENANT], 401, "invalid_service_auth"),
        ([AUTH, AUTH, TENANT], 401, "invalid_service_auth"),
        ([TENANT, *USER], 401, "unauthenticated"),
        ([AUTH, TENANT, ("x-user-id", "")], 400, "invalid_argument"),
        ([AUTH, TENANT, ("x-user-id", "a"), ("x-user-id", "b")], 400, "invalid_argument"),
        ([AUTH, TENANT, ("x-user-id", "%ff")], 400, "invalid_argument"),
        ([AUTH, TENANT, ("x-user-id", "u"), ("x-user-type", "other")], 400, "invalid_argument"),
        ([AUTH, TENANT, ("x-user-id", "u"), ("x-user-type", "client"), ("x-client-id", "c")], 403, "forbidden"),
        ([AUTH, TENANT, ("x-user-roles", "tenant_reader, tenant_caller")], 200, ""),
        ([AUTH, TENANT, ("x-user-roles", "other")], 403, "forbidden"),
        ([AUTH, TENANT, ("x-user-roles", "")], 403, "forbidden"),
        ([AUTH, TENANT, ("x-user-roles", ",".join(["r"] * 65))], 400, "invalid_argument"),
    ],
)
async def test_what_it_says(start: Start, secret: Path, fields: list[tuple[str, str]], status: int, code: str) -> None:
    async with start(host_token_files=(secret,)) as stack:
        got = await stack.call("GET", "/items", *fields, key="")
        assert got.status == status
        if status != 200:
            assert got.code == code
        assert got.all("www-authenticate") == (["Bearer"] if status == 401 else [])
        assert len(stack.runner.calls) == (status == 200)


async def test_a_service_token_where_none_is_known(stack: Stack) -> None:
    assert (await stack.call("GET", "/items", AUTH, TENANT, key="")).code == "invalid_service_auth"
    assert (await stack.call("GET", "/items", AUTH)).code == "mixed_auth"


async def test_two_tokens_while_one_takes_the_others_place(start: Start, secret: Path, tmp_path: Path) -> None:
    (tmp_path / "next").write_text("n" * 40)
    async with start(host_token_files=(secret, tmp_path / "next")) as stack:
        for shown in (SECRET, "n" * 40):
            assert (await stack.call("GET", "/items", ("x-runner-auth", shown), TENANT, key="")).status == 200


@pytest.mark.parametrize("weak", ["changeme", "Change-Me", "secret\n", "local-runner-key", "short", "x" * 31, ""])
async def test_weak_tokens_end_the_start(start: Start, tmp_path: Path, weak: str) -> None:
    (tmp_path / "weak").write_text(weak)
    with pytest.raises(Fault) as caught:
        async with start(host_token_files=(tmp_path / "weak",)):
            pass
    assert caught.value.violations[0].field == "host_token_files"
    assert ("everybody knows" in caught.value.violations[0].rule) == (weak.strip().lower() in files.KNOWN_TOKENS)


async def test_an_environment_names_no_tenant(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV_TENANT_ID", "tenant-a")
    async with start() as stack:
        assert (await stack.call("GET", "/items", key="")).code == "unauthenticated"
        assert (await stack.call("GET", "/items", TENANT, key="")).code == "unauthenticated"


@given(
    st.lists(st.tuples(st.sampled_from(["x-alga-tenant", "x-user-id", "x-user-name", "x-user-roles", "x-client-id"]), st.text()))
)
def test_what_it_says_is_read_or_refused(said: list[tuple[str, str]]) -> None:
    headers = CIMultiDictProxy(CIMultiDict([AUTH, *said]))
    try:
        assert Host(HostTokens([SECRET])).caller(headers, None).tenant_id
    except Fault as fault:
        assert fault.reason in {Reason.INVALID_ARGUMENT, Reason.MISSING_TENANT, Reason.TENANT_MISMATCH}


class Authority:
    """Makes certificates."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._key = directory, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.file = directory / "ca.pem"
        self.file.write_bytes(self._signed(self._name, self._key.public_key(), ca=True).public_bytes(serialization.Encoding.PEM))

    def _signed(self, name: x509.Name, public: ec.EllipticCurvePublicKey, *, ca: bool = False, names: Any = ()) -> x509.Certificate:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(self._name, name, public, x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if ca:
            made = made.add_extension(x509.KeyUsage(*(number in {0, 5, 6} for number in range(9))), critical=True)
        else:
            uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
            made = made.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(self._key, hashes.SHA256())

    def issue(self, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        chain, private = self._directory / f"{name}.pem", self._directory / f"{name}.key"
        chain.write_bytes(self._signed(subject, key.public_key(), names=names).public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
        return chain, private


@pytest.mark.parametrize("allowed", ["dns:app.example", "cn:app.example"])
async def test_client_certificates(start: Start, tmp_path: Path, allowed: str) -> None:
    ours = Authority(tmp_path)
    (tmp_path / "foreign").mkdir()
    foreign = Authority(tmp_path / "foreign")
    chain, private = ours.issue("gateway.example")
    tls = {"tls_cert_file": chain, "tls_key_file": private, "tls_ca_file": ours.file}
    async with start(client_ca_file=ours.file, host_certificate_names=(allowed,), **tls) as stack:

        async def ask(shown: tuple[Path, Path] | None, *fields: tuple[str, str]) -> tuple[int, str]:
            context = ssl.create_default_context(cafile=ours.file)
            if shown is not None:
                context.load_cert_chain(*shown)
            url = f"https://{stack.address}/api/ext/{EXTENSION}/items"
            async with aiohttp.ClientSession() as session, session.get(url, headers=fields, ssl=context) as answer:
                found = await answer.read()
                return answer.status, "" if answer.status == 200 else (await answer.json(content_type=None))[
                    "code"
                ] if found else ""

        app, stranger = ours.issue("app.example"), ours.issue("stranger.example")
        assert await ask(app, TENANT, *USER) == (200, "")
        assert stack.runner.calls[0].context.user.user_id == "u-1"
        assert await ask(app) == (401, "missing_tenant")
        assert await ask(app, TENANT, ("x-api-key", KEY_A)) == (401, "mixed_auth")
        assert await ask(stranger, TENANT) == (401, "unauthenticated")
        assert await ask(stranger, ("x-api-key", KEY_A)) == (200, "")
        assert await ask(None, ("x-api-key", KEY_A)) == (200, "")
        assert await ask(None, TENANT, *USER) == (401, "unauthenticated")
        with pytest.raises(aiohttp.ClientError):
            await ask(foreign.issue("app.example"), TENANT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"jwt_issuer": "i"},
        {"jwt_issuer": "i", "jwt_audience": ("a",), "jwt_jwks": "http://issuer.example/jwks"},
        {"jwt_issuer": "i", "jwt_audience": ("a",), "jwt_jwks": "ftp://127.0.0.1/jwks"},
        {"jwt_issuer": "i", "jwt_audience": ("a",), "jwt_jwks": "https://u:p@issuer.example/jwks"},
        {"jwt_algorithms": ("HS256",)},
        {"jwt_algorithms": ("none",)},
        {"jwt_claims": {"rolle": "x"}},
        {"jwt_default_roles": ("a,b",)},
        {"role_permissions": {"": ["read"]}},
        {"role_permissions": {"a": ["all"]}},
        {"host_certificate_names": ("dns:a.example",)},
        {"client_ca_file": Path("x"), "host_certificate_names": ("cn:a",)},
        {"client_ca_file": Path("x"), "host_certificate_names": ("a",)},
    ],
)
def test_settings_that_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    assert isinstance(gateway_settings(tmp_path), GatewaySettings)
    with pytest.raises(ValidationError):
        gateway_settings(tmp_path, **wrong)
