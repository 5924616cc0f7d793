"""UI files: which path means which file, what a client hears about it, and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import MAX_CHUNK_BYTES
from runner.assets import MAX_ETAGS, MEDIA_TYPES, checked_path, matches
from tests.guests.bundles import INDEX, SCRIPT, manifest
from tests.runner_service.conftest import Platform
from tests.runner_service.test_execute import failure

loop = pytest.mark.asyncio(loop_scope="session")
BIG = bytes(range(256)) * 3000  # 768,000 bytes: three chunks
FILES = {
    "ui/deep/er/style.css": b"a{}",
    "ui/big.wasm": BIG,
    "ui/empty.txt": b"",
    "ui/LICENSE": b"no extension",
    "ui/IMAGE.PNG": b"png",
    "secret.json": b"{}",
}


@pytest.fixture(scope="session")
def ui(platform: Platform) -> Digest:
    return platform.publish("hello", files=FILES)


@loop
@pytest.mark.parametrize(
    ("path", "media_type", "body"),
    [
        ("", "text/html; charset=utf-8", INDEX),
        ("index.html", "text/html; charset=utf-8", INDEX),
        ("app.js", "text/javascript; charset=utf-8", SCRIPT),
        ("deep/er/style.css", "text/css; charset=utf-8", b"a{}"),
        ("IMAGE.PNG", "image/png", b"png"),
        ("empty.txt", "text/plain; charset=utf-8", b""),
        # Routes of single-page applications.
        ("settings", "text/html; charset=utf-8", INDEX),
        ("settings/users/", "text/html; charset=utf-8", INDEX),
        ("LICENSE", "text/html; charset=utf-8", INDEX),
        ("deep", "text/html; charset=utf-8", INDEX),
    ],
)
async def test_path_means_file(platform: Platform, ui: Digest, path: str, media_type: str, body: bytes) -> None:
    asset = await platform.runner.asset(platform.registry.asset_grant(ui), path)
    header = asset.header
    assert (header.media_type, asset.body, header.size_bytes) == (media_type, body, len(body))
    assert header.etag == f'"sha256-{Digest.of(body).hex}"'
    assert header.is_html == (media_type == MEDIA_TYPES["html"])
    assert not header.not_modified


@loop
async def test_file_comes_in_bounded_chunks(platform: Platform, ui: Digest) -> None:
    asset = await platform.runner.asset(platform.registry.asset_grant(ui), "big.wasm")
    assert asset.body == BIG
    assert [len(chunk) for chunk in asset.chunks] == [MAX_CHUNK_BYTES, MAX_CHUNK_BYTES, len(BIG) - 2 * MAX_CHUNK_BYTES]


@loop
async def test_header_alone_when_asked_and_when_the_client_has_it(platform: Platform, ui: Digest) -> None:
    grant = platform.registry.asset_grant(ui)
    asset = await platform.runner.asset(grant, "app.js", header_only=True)
    assert (asset.body, asset.header.size_bytes, asset.header.not_modified) == (b"", len(SCRIPT), False)
    again = await platform.runner.asset(grant, "app.js", if_none_match=[f'"other", W/{asset.header.etag}'])
    assert (again.body, again.header.not_modified, again.header.etag) == (b"", True, asset.header.etag)


@loop
@pytest.mark.parametrize("path", ["missing.js", "deep/missing.css", "manifest.json", "secret.json"])
async def test_missing_file_with_extension_is_missing(platform: Platform, ui: Digest, path: str) -> None:
    assert (await failure(platform.runner.asset(platform.registry.asset_grant(ui), path))).reason is Reason.ASSET_NOT_FOUND


@loop
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/etc/passwd", "../manifest.json", "a/../../x.js", "./app.js", ".hidden", ".git/config", "a//b.js", "//"),
        *("a\\b.js", "..\\x.js", "app.js\0", "a\nb.js", "x\u202egnp.js", "x" * 300, "a/" * 40 + "b.js"),
        *("run.php", "app.js.map.exe", "app.", "index.html ", "data.xml", "..%2f..%2fetc/..", "page.htm"),
    ],
)
async def test_path_that_breaks_a_rule_is_refused(platform: Platform, ui: Digest, path: str) -> None:
    fault = await failure(platform.runner.asset(platform.registry.asset_grant(ui), path))
    assert fault.reason is Reason.ASSET_PATH_INVALID
    assert fault.violations[0].field == "path"


@loop
async def test_file_over_the_limit_is_too_large(platform: Platform) -> None:
    limit = platform.runner.settings.static_max_file_bytes
    content_hash = platform.publish("hello", files={"ui/fits.txt": bytes(limit), "ui/large.txt": bytes(limit + 1)})
    grant = platform.registry.asset_grant(content_hash)
    assert (await platform.runner.asset(grant, "fits.txt", header_only=True)).header.size_bytes == limit
    fault = await failure(platform.runner.asset(grant, "large.txt"))
    assert (fault.reason, fault.facts) == (Reason.ASSET_TOO_LARGE, {"limit_bytes": str(limit)})


@loop
async def test_too_many_etags_are_refused(platform: Platform, ui: Digest) -> None:
    fault = await failure(platform.runner.asset(platform.registry.asset_grant(ui), "app.js", if_none_match=["*"] * (MAX_ETAGS + 1)))
    assert fault.reason is Reason.INVALID_ARGUMENT


@loop
async def test_bundle_without_ui_has_no_files(platform: Platform) -> None:
    content_hash = platform.publish("hello", ui=False, files={"ui/left.html": b"x"})
    for path in ("", "left.html"):
        assert (
            await failure(platform.runner.asset(platform.registry.asset_grant(content_hash), path))
        ).reason is Reason.ASSET_NOT_FOUND


@loop
async def test_entry_below_dist_serves_its_own_directory_first(platform: Platform) -> None:
    told = manifest("hello", endpoints=()) | {"ui": {"type": "iframe", "entry": "ui/dist/start.html"}}
    files = {
        "manifest.json": json.dumps(told).encode(),
        "ui/dist/start.html": b"start",
        "ui/dist/app.js": b"built",
        "ui/app.js": b"source",
        "ui/logo.svg": b"<svg/>",
    }
    grant = platform.registry.asset_grant(platform.registry.publish(files, "com.example.hello"))
    wanted = {
        "": b"start",
        "index.html": b"start",
        "route": b"start",
        "app.js": b"built",
        "logo.svg": b"<svg/>",
        "dist/app.js": b"built",
    }
    assert {path: (await platform.runner.asset(grant, path)).body for path in wanted} == wanted


def test_etags_compare_weakly() -> None:
    tag = '"sha256-ab"'
    assert matches(("*",), tag)
    assert matches((f'W/"x", W/{tag}',), tag)
    assert matches(('"x"', tag), tag)
    assert not matches((), tag)
    assert not matches(('"x"', "sha256-ab", "W/sha256-ab", "**"), tag)


@given(st.text(max_size=300))
def test_any_path_is_a_safe_path_or_refused(path: str) -> None:
    try:
        checked = checked_path(path)
    except Fault as fault:
        assert fault.reason is Reason.ASSET_PATH_INVALID
        return
    assert not checked or not any(segment in ("", ".", "..") or segment.startswith(".") for segment in checked.split("/"))
    assert "\\" not in checked
    assert "\0" not in checked
