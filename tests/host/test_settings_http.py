"""What a tenant's admins say of an install over HTTP: granted, denied, malformed; secrets sealed by the client."""

import base64
import json
import time
from typing import Any

import pytest

from kernel.sealing import Place, RecipientKey, seal
from tests.platform import HttpAnswer, Platform

ADMIN = "demo-admin.key"


@pytest.fixture
def base(host: Platform) -> str:
    return f"/api/v1/installs/{host.guest('secrets').removeprefix('/api/ext/')}"


def ask(host: Platform, path: str, method: str = "GET", body: Any = None, key: str | None = ADMIN) -> HttpAnswer:
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return host.call(path, method, data, key=key)


def good(answer: HttpAnswer) -> Any:
    assert answer.status == 200, answer.body
    return answer.json()


def sealed(host: Platform, base: str, name: str, value: str) -> dict[str, Any]:
    keys = [
        RecipientKey.parse(one["public_key_pem"].encode(), "") for one in good(ask(host, "/api/v1/secret-recipients"))["recipients"]
    ]
    found = good(ask(host, f"{base}/secrets"))
    boxes = seal(value, Place("demo", found["install_id"], name, found["revision"] + 1), keys)
    told = [
        {"key_id": one.key_id, "algorithm": one.algorithm, "ciphertext": base64.b64encode(one.ciphertext).decode()} for one in boxes
    ]
    return {"if_revision": found["revision"], "boxes": told}


def test_a_sealed_secret_is_stored_read_by_the_guest_and_removed(host: Platform, base: str) -> None:
    body = sealed(host, base, "token", "v4lue")
    stored = good(ask(host, f"{base}/secrets/token", "PUT", body))
    assert [one["name"] for one in stored["secrets"]] == ["token"]
    ends = time.monotonic() + 20
    while host.call(f"{host.guest('secrets')}/run/token").body != b"v4lue":
        assert time.monotonic() < ends
    assert ask(host, f"{base}/secrets/token", "PUT", body).status == 409
    assert b"v4lue" not in ask(host, f"{base}/secrets").body
    assert good(ask(host, f"{base}/secrets/token", "DELETE"))["secrets"] == []


def test_configuration_egress_and_credentials_are_read_and_set(host: Platform, base: str) -> None:
    first = good(ask(host, f"{base}/config"))
    changed = good(ask(host, f"{base}/config", "PUT", {"configuration": {"a": "1"}, "if_revision": first["revision"]}))
    assert (changed["configuration"], changed["revision"]) == ({"a": "1"}, first["revision"] + 1)
    assert ask(host, f"{base}/config", "PUT", {"configuration": {}, "if_revision": first["revision"]}).status == 409
    assert good(ask(host, f"{base}/access"))["access"] is None
    rules = {"roles": [{"role": "clerk", "read": True, "write": False}], "only_listed": False}
    assert good(ask(host, f"{base}/access", "PUT", {"access": rules}))["access"] == rules
    assert good(ask(host, f"{base}/access", "PUT", {"access": None}))["access"] is None
    assert good(ask(host, f"{base}/egress"))["destinations"] is None
    for told in ([], ["api.example.com"], None):
        assert good(ask(host, f"{base}/egress", "PUT", {"destinations": told}))["destinations"] == told
    assert good(ask(host, f"{base}/credentials"))["credentials"] == []
    one = {"origin": "https://api.example.com", "header": "authorization", "prefix": "", "secret": "token"}
    refused = ask(host, f"{base}/credentials", "PUT", {"credentials": [one]})  # its manifest names no destination
    assert (refused.status, refused.json()["violations"][0]["field"]) == (400, "credentials[0].origin")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("config", {}, "configuration"),
        ("config", {"configuration": {"a": 1}}, "configuration"),
        ("config", {"configuration": {}, "tenant_id": "other"}, "tenant_id"),
        ("config", {"configuration": {}, "if_revision": -1}, "if_revision"),
        ("config", b"{", "body"),
        ("config", b"", "body"),
        ("config", b'{"configuration": {}, "configuration": {}}', "configuration"),
        ("access", {}, "access"),
        ("access", {"access": 1}, "access"),
        ("access", {"access": {"roles": [{"role": ""}]}}, "access.roles[0].role"),
        ("access", {"access": {"role": []}}, "access"),
        ("egress", {}, "destinations"),
        ("egress", {"destinations": "a"}, "egress"),
        ("egress", {"destinations": ["ftp://x"]}, "egress.destinations[0]"),
        ("credentials", {"credentials": {}}, "credentials"),
        ("secrets/a", {"boxes": []}, "if_revision"),
        ("secrets/a", {"if_revision": 0, "boxes": [{"ciphertext": 1}]}, "boxes"),
        ("secrets/a", {"if_revision": 0, "boxes": [], "value": "plain"}, "value"),
        ("secrets/a", {"if_revision": 0, "boxes": [], "expires_at": "soon"}, "expires_at"),
    ],
)
def test_what_is_malformed_is_named(host: Platform, base: str, path: str, body: Any, field: str) -> None:
    answer = ask(host, f"{base}/{path}", "PUT", body)
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert field in [one["field"] for one in answer.json()["violations"]]


def test_only_the_tenants_admins(host: Platform, base: str) -> None:
    for path in ("config", "access", "egress", "credentials", "secrets"):
        for key, status in ((None, 401), ("demo-caller.key", 403), ("operator.key", 403), (host.caller("stranger"), 403)):
            assert ask(host, f"{base}/{path}", key=key).status == status
        assert ask(host, f"/api/v1/installs/com.example.none/{path}").status == 404
    assert ask(host, "/api/v1/secret-recipients", key="demo-caller.key").status == 403
    assert ask(host, f"{base}/secrets", "PUT", {}).status == ask(host, f"{base}/secrets/a").status == 405
    assert ask(host, f"{base}/secrets/a/b").status == ask(host, f"{base}/config/a").status == 404
    assert ask(host, f"{base}/config", "PUT", b"x" * (300 << 10)).status == 413
