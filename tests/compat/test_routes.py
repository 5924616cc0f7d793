"""The routes of the reference's server, runner and command line, against a whole platform."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from kernel.digest import Digest
from tests.platform import HttpAnswer, Platform

pytestmark = pytest.mark.needs("npm")
NAME = "com.example.hello-js"


def token(platform: Platform, **more: str) -> dict[str, str]:
    return {"x-runner-service-token": platform.key("service.token")} | {
        name.replace("_", "-"): value for name, value in more.items()
    }


def post(platform: Platform, path: str, document: Any, headers: Mapping[str, str], key: str | None = None) -> HttpAnswer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return platform.call(path, "POST", body, key=key, headers={"content-type": "application/json", **headers})


def asked(platform: Platform, **changes: Any) -> dict[str, Any]:
    """What the reference's server sends for a GET of `/hello`."""
    install = platform.resolve(NAME).install
    context = {
        "request_id": "r-1",
        "tenant_id": "demo",
        "extension_id": install.extension_id,
        "install_id": install.id,
        "content_hash": install.content_hash,
        "version_id": install.version_id,
        "config": {"ignored": "yes"},
    }
    http: dict[str, Any] = {"method": "GET", "path": "/hello", "query": {}, "headers": {"accept": "application/json"}}
    document: dict[str, Any] = {
        "context": context | changes.pop("context", {}),
        "http": http | changes.pop("http", {}),
        "limits": {"timeout_ms": 30_000, "memory_mb": 99_999, "fuel": 1},
        "providers": ["cap:invoice.manual.create"],
        "secret_envelope": {"ciphertext_b64": "e30="},
    }
    return document | changes


def execute(platform: Platform, document: dict[str, Any], **headers: str) -> dict[str, Any]:
    context = document["context"]
    routing = {"x_alga_tenant": context["tenant_id"], "x_alga_extension": context["extension_id"]} | headers
    answer = post(platform, "/v1/execute", document, token(platform, **routing))
    assert answer.status == 200, answer.body
    envelope = answer.json()
    assert set(envelope) == {"status", "headers", "body_b64", "error"}
    return dict(envelope)


def content(envelope: Mapping[str, Any]) -> Any:
    return json.loads(base64.b64decode(envelope["body_b64"]))


def test_execute(platform: Platform) -> None:
    envelope = execute(platform, asked(platform))
    assert (envelope["status"], envelope["error"]) == (200, None)
    assert envelope["headers"]["content-type"].startswith("application/json")
    assert "demo" in json.dumps(content(envelope))


def test_execute_with_a_body_and_bare_hash(platform: Platform) -> None:
    hash_hex = platform.resolve(NAME).install.content_hash.removeprefix("sha256:").upper()
    body = base64.b64encode(b"some bytes").decode()
    http = {"method": "POST", "path": "/echo", "body_b64": body, "headers": {"content-type": "text/x"}}
    envelope = execute(platform, asked(platform, http=http, context={"content_hash": hash_hex}))
    assert (envelope["status"], envelope["body_b64"], envelope["headers"]["content-type"]) == (200, body, "text/x")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"http": {"path": "/nowhere"}}, 404, "endpoint_not_found"),
        ({"http": {"method": "DELETE"}}, 404, "endpoint_not_found"),
        ({"context": {"content_hash": str(Digest.of(b"another"))}}, 404, "extension_not_available"),
        ({"context": {"install_id": "com.example.hello-quickjs"}}, 404, "extension_not_available"),
        ({"context": {"tenant_id": "stranger"}}, 404, "extension_not_available"),
    ],
)
def test_what_fails_is_in_the_envelope(platform: Platform, changes: dict[str, Any], status: int, error: str) -> None:
    envelope = execute(platform, asked(platform, **changes))
    assert (envelope["status"], envelope["error"], envelope["headers"], envelope["body_b64"]) == (status, error, {}, None)


def test_headers_and_body_have_to_agree(platform: Platform) -> None:
    assert execute(platform, asked(platform), x_alga_tenant="other")["error"] == "tenant_mismatch"
    assert execute(platform, asked(platform), x_alga_extension="other")["error"] == "tenant_mismatch"
    answer = post(platform, "/v1/execute", asked(platform), token(platform))
    assert (answer.status, answer.json()["status"], answer.json()["error"]) == (200, 400, "missing_routing_headers")


@pytest.mark.parametrize(
    "changes",
    [
        {"http": {"path": "hello"}},
        {"http": {"path": "/hello?a=1"}},
        {"http": {"method": "BREW"}},
        {"http": {"query": {"a": 1}}},
        {"http": {"body_b64": "?"}},
        {"http": {"headers": {"accept": [["x"]]}}},
        {"limits": {"timeout_ms": 0}},
        {"limits": {"timeout_ms": True}},
        {"limits": []},
        {"user": {"user_id": "u"}},
        {"context": {"content_hash": "../.."}},
        {"context": {"tenant_id": "a/b"}},
    ],
)
def test_what_is_malformed_is_a_problem(platform: Platform, changes: dict[str, Any]) -> None:
    document = asked(platform, **changes)
    answer = post(platform, "/v1/execute", document, token(platform, x_alga_tenant="demo", x_alga_extension="x"))
    assert (answer.status, answer.json()["code"]) == (400, "invalid_argument")


@pytest.mark.parametrize("shown", [{}, {"x-api-key": "wrong"}, {"authorization": "Basic eDp5"}, {"x-runner-auth": ""}])
@pytest.mark.parametrize("path", ["/v1/execute", "/warmup"])
def test_only_the_service_token_opens(platform: Platform, path: str, shown: dict[str, str]) -> None:
    answer = post(platform, path, asked(platform), shown)
    assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
    both = token(platform) | {"x-api-key": platform.key("demo-admin.key")}
    assert post(platform, path, asked(platform), both).status == 401


@pytest.mark.parametrize("header", ["x-runner-service-token", "x-runner-auth", "x-api-key", "authorization"])
def test_validate(platform: Platform, header: str) -> None:
    install, secret = platform.resolve(NAME).install, platform.key("service.token")
    shown = {header: f"Bearer {secret}" if header == "authorization" else secret}
    place = f"/api/installs/validate?tenant=demo&extension={install.extension_id}&ts=1&hash="
    assert platform.call(place + install.content_hash, key=None, headers=shown).json() == {"valid": True}
    assert platform.call(place + "0" * 64, key=None, headers=shown).json() == {"valid": False}
    other = place.replace("tenant=demo", "tenant=other")
    assert platform.call(other + install.content_hash, key=None, headers=shown).json() == {"valid": False}
    assert platform.call(place, key=None, headers=shown).status == 400
    for nowhere in (place.replace(f"extension={install.extension_id}&", ""), place.replace(install.extension_id, "")):
        assert platform.call(nowhere + install.content_hash, key=None, headers=shown).status == 400


def test_healthz(platform: Platform) -> None:
    answer = platform.call("/healthz", key=None)
    assert answer.status == 200
    assert answer.json() == {"cache_writable": True, "bundle_store": "ok", "ext_cache_max_bytes": None}


def test_host_names_need_a_root(platform: Platform) -> None:
    install = platform.resolve(NAME).install
    place = f"/api/installs/lookup-by-host?host={install.id}.apps.example.com"
    assert platform.call(place, key=None, headers=token(platform)).status == 404
    assert platform.call("/", key=None).status == 404


def test_bundles_refuse_in_the_shape_of_the_reference(platform: Platform) -> None:
    key = platform.key("demo-developer.key")
    answer = post(platform, "/api/ext-bundles/finalize", {"key": "sha256/x"}, {}, key)
    told = answer.json()
    assert (answer.status, told["status"], told["code"], told["reason"]) == (400, 400, "STAGING_NOT_FOUND", "not_found")
    assert isinstance(told["error"], str)
    answer = post(platform, "/api/ext-bundles/finalize", {"key": "k", "signature": {"text": "x"}}, {}, key)
    assert (answer.status, answer.json()["code"]) == (400, "BAD_REQUEST")
    answer = post(platform, "/api/ext-bundles/abort", {"key": "sha256/x"}, {}, key)
    assert answer.json() == {"status": "noop", "key": "sha256/x", "area": "staging"}
    answer = post(platform, "/api/ext-bundles/abort", {"key": "x"}, {"x-tenant-id": "other"}, key)
    assert (answer.status, answer.json()["code"], answer.json()["reason"]) == (403, "RBAC_FORBIDDEN", "tenant_mismatch")


def test_an_upload_that_is_not_what_it_says(platform: Platform) -> None:
    key = platform.key("demo-developer.key")
    place = "/api/ext-bundles/upload-proxy?filename=bundle.tar.zst"
    answer = platform.call(f"{place}&size=4&declaredHash={'0' * 64}", "POST", b"text", key=key)
    told = answer.json()
    assert (answer.status, told["code"]) == (400, "HASH_MISMATCH")
    assert told["details"] == {"declared": "sha256:" + "0" * 64, "computed": str(Digest.of(b"text"))}
    assert platform.call(f"{place}&size=5", "POST", b"text", key=key).status == 400
    assert platform.call(f"{place}&size={(100 << 20) + 1}", "POST", b"text", key=key).status == 400
    staged = platform.call(f"{place}&size=4&declaredHash={Digest.of(b'text').hex}", "POST", b"text", key=key)
    upload = staged.json()["upload"]
    assert (staged.status, upload["strategy"]) == (200, "staging")
    finalized = post(platform, "/api/ext-bundles/finalize", {"key": upload["key"]}, {}, key)
    assert (finalized.status, finalized.json()["reason"]) == (400, "archive_invalid")


def test_install_refuses_in_the_shape_of_the_reference(platform: Platform) -> None:
    admin = platform.key("demo-admin.key")
    answer = post(platform, "/api/v1/extensions/install", {"registryId": "com.acme.none", "version": "1.0.0"}, {}, admin)
    assert (answer.status, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert answer.json()["error"]["message"]
    answer = post(platform, "/api/v1/extensions/install", {"registryId": NAME, "version": "0.1.0"}, {}, admin)
    data = answer.json()["data"]
    assert (answer.status, data["installId"], data["success"]) == (202, platform.resolve(NAME).install.id, True)
    answer = post(platform, "/api/v1/extensions/uninstall", {"registryId": NAME}, {"x-tenant-id": "other"}, admin)
    assert answer.status == 403
