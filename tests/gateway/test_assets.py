"""UI files: who gets them, and under which rules."""

import asyncio
import hashlib
from contextlib import suppress

import pytest

from gateway.handlers.assets import FILES
from gateway.page_policy import PagePolicy
from kernel.errors import Fault, Reason
from tests.gateway.conftest import EXTENSION, KEY_A, Stack, Start
from tests.gateway.fakes import HASH, PAGE, SCRIPT, Installed
from tests.gateway.http import ask, connect, head

BASE = f"/ext-ui/{EXTENSION}/{HASH}"
CSP = (
    "sandbox allow-scripts; default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
ALWAYS = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def etag(data: bytes) -> str:
    return f'"sha256-{hashlib.sha256(data).hexdigest()}"'


async def test_a_page_is_asked_for_again_each_time(stack: Stack) -> None:
    for path in ("/", "/index.html", "/?path=/a&extensionId=x"):
        got = await stack.ask("GET", BASE + path)
        assert (got.status, got.body, got["content-type"]) == (200, PAGE, "text/html; charset=utf-8")
        assert (got["cache-control"], got["etag"], got["content-security-policy"]) == ("no-cache", etag(PAGE), CSP)
        assert {name: got[name] for name in ALWAYS} == ALWAYS


async def test_a_file_never_changes(stack: Stack) -> None:
    got = await stack.ask("GET", f"{BASE}/assets/app.js")
    assert (got.status, got.body, got["content-type"]) == (200, SCRIPT, "text/javascript; charset=utf-8")
    assert (got["cache-control"], got["etag"]) == (FILES, etag(SCRIPT))
    assert got["content-security-policy"] == "sandbox allow-scripts"
    assert got["content-length"] == str(len(SCRIPT))


async def test_the_hash_may_be_bare_upper_case_or_encoded(stack: Stack) -> None:
    for text in (HASH.hex, HASH.hex.upper(), f"sha256%3A{HASH.hex}", f"SHA256:{HASH.hex}"):
        assert (await stack.ask("GET", f"/ext-ui/{EXTENSION}/{text}/index.html")).status == 200


async def test_head_and_not_modified_carry_no_body(stack: Stack) -> None:
    got = await stack.ask("HEAD", f"{BASE}/assets/app.js")
    assert (got.status, got.body, got["content-length"], got["etag"]) == (200, b"", str(len(SCRIPT)), etag(SCRIPT))
    assert stack.runner.asked[0].header_only
    for tags in (etag(SCRIPT), f'"other", {etag(SCRIPT)}', "*"):
        got = await stack.ask("GET", f"{BASE}/assets/app.js", ("if-none-match", tags))
        assert (got.status, got.body, got["etag"], got["cache-control"]) == (304, b"", etag(SCRIPT), FILES)
    got = await stack.ask("GET", f"{BASE}/", ("if-none-match", etag(PAGE)))
    assert (got.status, got["content-security-policy"], got["cache-control"]) == (304, CSP, "no-cache")
    assert (await stack.ask("GET", f"{BASE}/", ("if-none-match", '"other"'))).status == 200


async def test_a_base_without_its_slash_is_redirected(stack: Stack) -> None:
    got = await stack.ask("GET", f"{BASE}?path=/a")
    assert (got.status, got["location"]) == (308, f"{BASE}/?path=/a")


BAD_PATHS = [
    "/../x.js",
    "/a/../b.js",
    "/%2e%2e/x.js",
    "/a/%2E./b.js",
    "/..%2fx.js",
    "//x.js",
    "/%2fetc/passwd",
    "/a//b.js",
    "/.env",
    "/a/.git/config",
    "/%2egit",
    "/a\\b.js",
    "/a%5cb.js",
    "/a%00.js",
    "/a%0a.js",
    "/a%7f.js",
    "/a%c2%85.js",
    "/a%zz.js",
    "/a%ff.js",
    "/a.php",
    "/a.",
    "/a.html.exe",
    "/" + "a" * 1_025,
]


@pytest.mark.parametrize("path", BAD_PATHS)
async def test_paths_that_are_not_allowed(stack: Stack, path: str) -> None:
    got = await stack.ask("GET", BASE + path)
    assert (got.status, got.code) == (400, "asset_path_invalid")
    assert not stack.registry.asset_resolves


TYPES = [
    "html",
    "js",
    "mjs",
    "css",
    "json",
    "map",
    "svg",
    "png",
    "jpg",
    "jpeg",
    "webp",
    "avif",
    "gif",
    "ico",
    "woff",
    "woff2",
    "wasm",
    "txt",
]
NO_TYPES = [
    "htm",
    "xhtml",
    "xml",
    "php",
    "py",
    "sh",
    "exe",
    "zip",
    "zst",
    "gz",
    "tar",
    "pem",
    "key",
    "env",
    "md",
    "pdf",
    "mp4",
    "ts",
    "jsx",
    "html5",
    "js~",
    "j",
]


@pytest.mark.parametrize("name", [*TYPES, *(name.upper() for name in TYPES)])
async def test_types_that_are_served(stack: Stack, name: str) -> None:
    stack.runner.files[f"a.{name}"] = ("text/x-told-by-the-runner", b"content")
    got = await stack.ask("GET", f"{BASE}/a.{name}")
    assert (got.status, got.body, got["content-type"]) == (200, b"content", "text/x-told-by-the-runner")
    assert got["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", NO_TYPES)
async def test_types_that_are_not(stack: Stack, name: str) -> None:
    stack.runner.files[f"a.{name}"] = ("text/plain", b"content")
    got = await stack.ask("GET", f"{BASE}/a.{name}")
    assert (got.status, got.code) == (400, "asset_path_invalid")
    assert not stack.runner.asked


@pytest.mark.parametrize(
    ("path", "seen"),
    [("/assets/a%20b.JS", "assets/a b.JS"), ("/app/route", "app/route"), ("/a/", "a/"), ("/%252e%252e/x.js", "%2e%2e/x.js")],
)
async def test_paths_that_are_reach_the_runner_decoded_once(stack: Stack, path: str, seen: str) -> None:
    assert (await stack.ask("GET", BASE + path)).code == "asset_not_found"
    assert stack.runner.asked[0].path == seen


@pytest.mark.parametrize(
    "text", ["sha256:00", "md5:" + "0" * 32, "x", "", "sha256:" + "g" * 64, "sha256:" + "0" * 65, "%ff", "%zz"]
)
async def test_hashes_that_are_none(stack: Stack, text: str) -> None:
    assert (await stack.ask("GET", f"/ext-ui/{EXTENSION}/{text}/index.html")).status == 400


async def test_what_is_not_served_is_one_404(stack: Stack) -> None:
    stack.registry.install(Installed("tenant-b", "com.acme.off", refusal=Reason.EXTENSION_DISABLED))
    targets = [
        f"/ext-ui/com.acme.nowhere/{HASH}/",
        f"/ext-ui/{EXTENSION}/sha256:{'0' * 64}/",
        f"/ext-ui/com.acme.off/{HASH}/",
        f"{BASE}/?tenant=tenant-b",
        f"{BASE}/missing.js",
        f"/ext-ui/%zz/{HASH}/",
        f"/ext-ui//{HASH}/",
    ]
    answers = [await stack.ask("GET", target, ("x-request-id", "same")) for target in targets]
    assert len({(got.status, got.body, tuple(field for field in got.fields if field[0] != "date")) for got in answers}) == 1
    assert (answers[0].status, answers[0].code) == (404, "asset_not_found")


async def test_nothing_that_a_client_shows_opens_or_closes_a_file(stack: Stack) -> None:
    """Browsers send the cookies of a host with a page that is opened, and with frames of the same site."""
    stack.registry.install(Installed("tenant-a", "com.acme.off", refusal=Reason.EXTENSION_DISABLED))
    for shown in (("cookie", f"x-api-key={KEY_A}; session=1"), ("x-api-key", KEY_A), ("authorization", "Bearer nonsense")):
        assert (await stack.ask("GET", f"{BASE}/", shown)).status == 200
        assert (await stack.ask("GET", f"{BASE}/?tenant=tenant-b", shown)).code == "asset_not_found"
        assert (await stack.ask("GET", f"/ext-ui/com.acme.off/{HASH}/", shown)).code == "asset_not_found"
    assert stack.registry.verifies == 0


async def test_a_named_tenant_has_to_have_it(stack: Stack) -> None:
    assert (await stack.ask("GET", f"{BASE}/?tenant=tenant-a")).status == 200
    assert (await stack.ask("GET", f"{BASE}/?tenant=")).status == 200
    for query in ("tenant=a/b", "tenant=%00", "tenant=tenant-a&tenant=tenant-b"):
        assert (await stack.ask("GET", f"{BASE}/?{query}")).status == 400


FAULTS = [
    (Reason.ASSET_TOO_LARGE, 413, "asset_too_large"),
    (Reason.BUNDLE_INTEGRITY, 502, "bundle_integrity"),
    (Reason.SIGNATURE_INVALID, 502, "bundle_integrity"),
    (Reason.ASSET_PATH_INVALID, 400, "asset_path_invalid"),
    (Reason.VERSION_REVOKED, 404, "asset_not_found"),
    (Reason.PERMISSION_DENIED, 500, "internal"),
    (Reason.OVERLOADED, 503, "overloaded"),
]


@pytest.mark.parametrize(("reason", "status", "code"), FAULTS)
async def test_failures_of_the_runner(stack: Stack, reason: Reason, status: int, code: str) -> None:
    stack.runner.faults = [Fault(reason)]
    got = await stack.ask("GET", f"{BASE}/")
    assert (got.status, got.code) == (status, code)


async def test_an_expired_grant_is_renewed_once(stack: Stack) -> None:
    stack.runner.faults = [Fault(Reason.GRANT_EXPIRED)]
    assert (await stack.ask("GET", f"{BASE}/")).status == 200
    stack.runner.faults = [Fault(Reason.GRANT_EXPIRED), Fault(Reason.GRANT_EXPIRED)]
    assert (await stack.ask("GET", f"{BASE}/assets/app.js")).status == 503


async def test_a_file_that_breaks_off_is_not_taken_for_whole(start: Start) -> None:
    async with start(asset_cache_bytes=0) as stack:
        stack.runner.break_after = 1
        reader, writer = await connect(stack.address)
        writer.write(head("GET", f"{BASE}/assets/app.js"))
        data = b""
        with suppress(ConnectionResetError):
            while piece := await asyncio.wait_for(reader.read(1 << 16), 10):
                data += piece
        writer.close()
        assert len(data) < len(SCRIPT)  # fewer bytes than were promised, and then the end
        assert b"secret" not in data
        stack.runner.break_after = None
        assert (await stack.ask("GET", f"{BASE}/assets/app.js")).body == SCRIPT


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "TRACE"])
@pytest.mark.parametrize(
    "target",
    [
        f"{BASE}/",
        f"{BASE}/assets/app.js",
        f"{BASE}/none.js",
        f"{BASE}/..",
        BASE,
        "/ext-ui",
        "/ext-ui/",
        "/ext-ui/x/y/z",
        "/ext-uix",
    ],
)
async def test_every_answer_is_sandboxed(stack: Stack, method: str, target: str) -> None:
    got = await stack.ask(method, target, ("x-api-key", KEY_A), ("cookie", "a=b"))
    assert got["content-security-policy"].startswith("sandbox allow-scripts")
    assert {name: got[name] for name in ALWAYS} == ALWAYS
    assert not got.all("set-cookie")


async def test_answers_to_what_does_not_parse_are_sandboxed(stack: Stack) -> None:
    got = await ask(stack.address, "GET", f"{BASE}/\u00e9.js")
    assert (got.status, got["content-security-policy"]) == (400, "sandbox allow-scripts")
    got = await stack.ask("GET", f"{BASE}/", ("bad name", "x"))
    assert (got.status, got["content-security-policy"]) == (400, "sandbox allow-scripts")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_other_methods_are_405(stack: Stack, method: str) -> None:
    got = await stack.ask(method, f"{BASE}/")
    assert (got.status, got["allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_the_policy_of_pages_is_a_setting_but_for_the_sandbox(start: Start) -> None:
    async with start(ui_frame_ancestors="https://host.example 'self'") as stack:
        assert (await stack.ask("GET", f"{BASE}/"))["content-security-policy"].endswith(
            "frame-ancestors https://host.example 'self'"
        )
    async with start(ui_content_security_policy="default-src *") as stack:
        assert (await stack.ask("GET", f"{BASE}/"))["content-security-policy"] == "sandbox allow-scripts; default-src *"
    assert PagePolicy("'none'", "").of(()).endswith("; frame-ancestors 'none'")


async def test_answers_are_kept_while_the_watch_stands(stack: Stack) -> None:
    await stack.watched()
    for _ in range(3):
        assert (await stack.ask("GET", f"{BASE}/")).status == 200
    assert stack.registry.asset_resolves == 1
