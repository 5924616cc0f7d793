"""Forms and parts of UI files: the coding that the client wants most, with a tag of its own, and one range of it."""

import pytest

from gateway import asset_cache
from tests.gateway.conftest import Stack, Start
from tests.gateway.fakes import PAGE, SCRIPT
from tests.gateway.http import Got
from tests.gateway.test_assets import BASE, etag

FILE = f"{BASE}/assets/app.js"
FORMS = {"br": b"b" * 700, "zstd": b"z" * 800, "gzip": b"g" * 900}


@pytest.fixture(params=["kept", "too large to be kept", "nothing is kept"])
async def stack(request: pytest.FixtureRequest, start: Start, monkeypatch: pytest.MonkeyPatch) -> object:
    """With each way of the gateway's cache; the first answers of a test come from the runner."""
    if request.param == "too large to be kept":
        monkeypatch.setattr(asset_cache, "MAX_FILE_BYTES", 1)
    async with start(**({"asset_cache_bytes": 0} if request.param == "nothing is kept" else {})) as made:
        made.runner.forms = {(path, coding): body for path in ("assets/app.js", "") for coding, body in FORMS.items()}
        yield made


async def twice(stack: Stack, target: str, *fields: tuple[str, str], method: str = "GET") -> Got:
    """The answer, which is the same when the file is known."""
    first = await stack.ask(method, target, *fields, ("x-request-id", "same"))
    again = await stack.ask(method, target, *fields, ("x-request-id", "same"))
    assert [one for one in first.fields if one[0] != "date"] == [one for one in again.fields if one[0] != "date"]
    assert (first.status, first.body) == (again.status, again.body)
    return again


class TestCodings:
    @pytest.mark.parametrize("coding", FORMS)
    async def test_a_form_has_its_own_length_and_tag(self, stack: Stack, coding: str) -> None:
        got = await twice(stack, FILE, ("accept-encoding", coding))
        assert (got.status, got.body, got["content-encoding"]) == (200, FORMS[coding], coding)
        assert (got["etag"], got["content-length"]) == (etag(FORMS[coding]), str(len(FORMS[coding])))
        assert (got["vary"], got["content-type"]) == ("accept-encoding", "text/javascript; charset=utf-8")
        head = await twice(stack, FILE, ("accept-encoding", coding), method="HEAD")
        assert (head.body, head["content-encoding"], head["content-length"]) == (b"", coding, str(len(FORMS[coding])))

    async def test_the_client_says_which(self, stack: Stack) -> None:
        for accepts, body in {
            "gzip, deflate, br, zstd": FORMS["br"],
            "br;q=0.1, gzip;q=0.9": FORMS["gzip"],
            "zstd": FORMS["zstd"],
            "identity": SCRIPT,
            "br;q=0": SCRIPT,
        }.items():
            assert (await twice(stack, FILE, ("accept-encoding", accepts))).body == body
        plain = await twice(stack, FILE)
        assert (plain.body, plain.all("content-encoding"), plain["vary"]) == (SCRIPT, [], "accept-encoding")

    async def test_what_a_client_has_is_one_form(self, stack: Stack) -> None:
        accepts = ("accept-encoding", "br")
        for tag, status in ((etag(FORMS["br"]), 304), (etag(SCRIPT), 200), (f"W/{etag(FORMS['br'])}", 304), ("*", 304)):
            got = await twice(stack, FILE, accepts, ("if-none-match", tag))
            assert (got.status, got["etag"], got["vary"]) == (status, etag(FORMS["br"]), "accept-encoding")

    async def test_pages_and_routes_have_forms(self, stack: Stack) -> None:
        got = await twice(stack, f"{BASE}/", ("accept-encoding", "br"))
        assert (got.body, got["content-encoding"], got["cache-control"]) == (FORMS["br"], "br", "no-cache")
        assert got["content-security-policy"].startswith("sandbox allow-scripts; ")

    async def test_what_has_no_forms_is_not_asked_for_in_any(self, stack: Stack) -> None:
        stack.runner.files["a.png"] = ("image/png", b"png")
        stack.runner.forms["a.png", "br"] = b"b"
        got = await twice(stack, f"{BASE}/a.png", ("accept-encoding", "br"))
        assert (got.body, got.all("vary"), got.all("content-encoding")) == (b"png", [], [])


SIZE = len(SCRIPT)
PARTS = [
    ("bytes=0-0", 0, 1),
    ("bytes=0-", 0, SIZE),
    ("bytes=5-9", 5, 5),
    (f"bytes={SIZE - 3}-", SIZE - 3, 3),
    (f"bytes={SIZE - 3}-{SIZE + 10}", SIZE - 3, 3),
    (f"bytes=300000-{SIZE - 2}", 300_000, SIZE - 300_001),
    ("bytes=-4", SIZE - 4, 4),
    (f"bytes=-{SIZE + 5}", 0, SIZE),
    ("bytes=0-999999999999999999", 0, SIZE),
]
IGNORED = [
    *("bytes=", "bytes=-", "bytes=a-b", "bytes=9-5", "bytes=0-1,4-5", "bytes=0-1,", "items=0-1", "bytes 0-1", "0-1", ""),
    *("bytes=0x1-2", "bytes=+1-2", "bytes=1.5-2", "bytes=0-1000000000000000000", "bytes=\u0661-2"),
]


class TestParts:
    @pytest.mark.parametrize(("asked", "first", "size"), PARTS)
    async def test_one_part(self, stack: Stack, asked: str, first: int, size: int) -> None:
        got = await twice(stack, FILE, ("range", asked))
        assert (got.status, got.body) == (206, SCRIPT[first : first + size])
        assert (got["content-range"], got["content-length"]) == (f"bytes {first}-{first + size - 1}/{SIZE}", str(size))
        assert (got["etag"], got["accept-ranges"]) == (etag(SCRIPT), "bytes")

    @pytest.mark.parametrize("asked", IGNORED)
    async def test_what_is_no_single_part_is_the_whole(self, stack: Stack, asked: str) -> None:
        got = await twice(stack, FILE, ("range", asked))
        assert (got.status, got.body, got.all("content-range")) == (200, SCRIPT, [])

    @pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 1}", "bytes=-0", "bytes=999999999999999999-"])
    async def test_what_is_not_there(self, stack: Stack, asked: str) -> None:
        got = await twice(stack, FILE, ("range", asked))
        assert (got.status, got.code, got["content-range"]) == (416, "range_not_satisfiable", f"bytes */{SIZE}")
        assert got.json["violations"] == [{"field": "range", "rule": f"must begin before byte {SIZE}"}]
        assert got["content-security-policy"] == "sandbox allow-scripts"

    async def test_nothing_is_there_of_an_empty_file(self, stack: Stack) -> None:
        stack.runner.files["empty.txt"] = ("text/plain", b"")
        assert (await twice(stack, f"{BASE}/empty.txt", ("range", "bytes=0-0")))["content-range"] == "bytes */0"
        assert (await twice(stack, f"{BASE}/empty.txt")).status == 200

    async def test_two_fields_are_none(self, stack: Stack) -> None:
        assert (await twice(stack, FILE, ("range", "bytes=0-1"), ("range", "bytes=0-1"))).status == 200

    async def test_it_is_of_the_form_that_is_sent(self, stack: Stack) -> None:
        got = await twice(stack, FILE, ("range", "bytes=690-"), ("accept-encoding", "br"))
        assert (got.status, got.body, got["content-range"]) == (206, FORMS["br"][690:], "bytes 690-699/700")
        assert (got["content-encoding"], got["etag"], got["vary"]) == ("br", etag(FORMS["br"]), "accept-encoding")

    @pytest.mark.parametrize(
        ("tag", "status"),
        [
            (etag(SCRIPT), 206),
            (f"W/{etag(SCRIPT)}", 200),  # compared strongly
            (etag(FORMS["br"]), 200),
            ('"other"', 200),
            (f"{etag(SCRIPT)}, {etag(SCRIPT)}", 200),
            ("Mon, 30 Nov 2026 00:00:00 GMT", 200),
        ],
    )
    async def test_parts_of_different_forms_are_not_put_together(self, stack: Stack, tag: str, status: int) -> None:
        got = await twice(stack, FILE, ("range", "bytes=1-2"), ("if-range", tag))
        assert (got.status, got.body) == (status, SCRIPT[1:3] if status == 206 else SCRIPT)

    async def test_a_client_that_has_it_gets_no_part(self, stack: Stack) -> None:
        for tag, status in ((etag(SCRIPT), 304), ('"other"', 206)):
            assert (await twice(stack, FILE, ("range", "bytes=1-2"), ("if-none-match", tag))).status == status

    async def test_head_knows_no_parts(self, stack: Stack) -> None:
        got = await twice(stack, FILE, ("range", "bytes=1-2"), method="HEAD")
        assert (got.status, got["content-length"], got["accept-ranges"]) == (200, str(SIZE), "bytes")


class TestPageSources:
    async def test_a_page_loads_what_its_manifest_names(self, stack: Stack) -> None:
        stack.runner.page_sources = {
            "connect-src": ("https://api.example.com", "wss://api.example.com"),
            "img-src": ("https://*.example.com",),
            "media-src": ("blob:",),
            "script-src": ("'wasm-unsafe-eval'",),
        }
        policy = (await twice(stack, f"{BASE}/"))["content-security-policy"].split("; ")
        assert policy[0] == "sandbox allow-scripts"
        assert policy[-1] == "frame-ancestors 'self'"
        found = dict(one.split(" ", 1) for one in policy)
        assert found["connect-src"] == "'self' https://api.example.com wss://api.example.com"
        assert found["img-src"] == "'self' data: https://*.example.com"
        assert (found["media-src"], found["script-src"]) == ("'self' blob:", "'self' 'wasm-unsafe-eval'")
        again = await twice(stack, f"{BASE}/", ("if-none-match", etag(PAGE)))
        assert again["content-security-policy"].split("; ") == policy
        assert (await twice(stack, FILE))["content-security-policy"] == "sandbox allow-scripts"
        stack.runner.files["a.svg"] = ("image/svg+xml", b"<svg/>")
        assert (await twice(stack, f"{BASE}/a.svg"))["content-security-policy"].split("; ") == policy

    @pytest.mark.parametrize(
        ("directive", "source"),
        [
            ("script-src", "https://cdn.example.com"),
            ("script-src", "'unsafe-inline'"),
            ("script-src-elem", "'unsafe-inline'"),
            ("sandbox", "allow-same-origin"),
            ("frame-ancestors", "*"),
            ("default-src", "*"),
            ("object-src", "'self'"),
            ("base-uri", "*"),
            ("form-action", "*"),
        ],
    )
    async def test_other_directives_stay_the_platforms(self, stack: Stack, directive: str, source: str) -> None:
        """No manifest with them is published; what a runner says counts for no more."""
        before = (await twice(stack, f"{BASE}/index.html"))["content-security-policy"]
        stack.runner.page_sources = {directive: (source,)}
        assert (await twice(stack, f"{BASE}/"))["content-security-policy"] == before


async def test_a_setting_replaces_what_manifests_name(start: Start) -> None:
    async with start(ui_content_security_policy="default-src 'self'") as stack:
        stack.runner.page_sources = {"connect-src": ("https://api.example.com",)}
        got = await stack.ask("GET", f"{BASE}/")
        assert got["content-security-policy"] == "sandbox allow-scripts; default-src 'self'"


async def test_sources_count_in_the_memory_of_the_cache(start: Start) -> None:
    async with start(asset_cache_bytes=1 << 20) as stack:
        stack.runner.page_sources = {"img-src": tuple(f"https://{'x' * 40}{number}.example.com" for number in range(16))}
        for number in range(300):
            stack.runner.files[f"route{number}"] = stack.runner.files[""]
            assert (await stack.ask("GET", f"{BASE}/route{number}")).status == 200
        asked = len(stack.runner.asked)
        await stack.ask("GET", f"{BASE}/route0")  # 300 entries of some 4 KiB are more than there is room for
        assert len(stack.runner.asked) == asked + 1
