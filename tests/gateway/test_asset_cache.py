"""UI files in the gateway's memory: read once, judged each time, bounded."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from gateway import asset_cache
from gateway.asset_cache import ENTRY_BYTES, AssetCache
from gateway.model import AssetHeader, AssetQuery, Grant
from gateway.negotiation import Terms
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.watch import ChangeKind
from tests.gateway.conftest import EXTENSION, Stack, Start, eventually
from tests.gateway.fakes import HASH, PAGE, SCRIPT
from tests.gateway.test_assets import BASE, CSP, etag

FILE = f"{BASE}/assets/app.js"
OTHER = Digest.of(b"another bundle")


class TestThroughTheGateway:
    async def test_a_file_is_read_once_for_all_who_ask_at_once_or_later(self, stack: Stack) -> None:
        answers = await asyncio.gather(*(stack.ask("GET", FILE) for _ in range(20)))
        answers.append(await stack.ask("GET", FILE))
        assert {(got.status, got.body) for got in answers} == {(200, SCRIPT)}
        assert len(stack.runner.asked) == 1

    async def test_answers_are_the_same_as_the_runners(self, start: Start) -> None:
        tags = (("if-none-match", f'"x", W/{etag(PAGE)}'), ("if-none-match", '"x"'), ("x-nothing", "here"))
        asked = [(method, f"{BASE}/", tag) for method in ("GET", "HEAD") for tag in tags]
        cold = {}
        async with start(asset_cache_bytes=0) as without:
            for method, target, tag in asked:
                got = await without.ask(method, target, tag, ("x-request-id", "same"))
                cold[method, tag] = (got.status, got.body, sorted(one for one in got.fields if one[0] != "date"))
            assert len(without.runner.asked) == len(asked)
        async with start() as stack:
            await stack.ask("GET", f"{BASE}/")
            for method, target, tag in asked:
                got = await stack.ask(method, target, tag, ("x-request-id", "same"))
                if tag == tags[0]:
                    assert (got.status, got.body, got["content-security-policy"]) == (304, b"", CSP)
                else:
                    assert (got.status, got.body, sorted(one for one in got.fields if one[0] != "date")) == cold[method, tag]
            assert len(stack.runner.asked) == 1

    @pytest.mark.parametrize("kind", [ChangeKind.DISABLED, ChangeKind.VERSION_REVOKED, ChangeKind.UNINSTALLED])
    async def test_what_is_kept_is_not_served_without_an_install(self, stack: Stack, kind: ChangeKind) -> None:
        await stack.watched()
        assert (await stack.ask("GET", FILE)).status == 200
        (installed,) = stack.registry.installs.values()
        installed.refusal = Reason.EXTENSION_DISABLED
        before = stack.registry.asset_resolves
        stack.registry.change(installed, kind)
        async with asyncio.timeout(10):
            while (got := await stack.ask("GET", FILE)).status == 200:
                pass
        assert (got.status, got.code) == (404, "asset_not_found")
        assert stack.registry.asset_resolves > before
        assert (await stack.ask("GET", f"/ext-ui/{EXTENSION}/{OTHER}/assets/app.js")).status == 404
        assert len(stack.runner.asked) == 1

    async def test_a_tenant_without_the_install_gets_nothing_of_what_another_has(self, stack: Stack) -> None:
        assert (await stack.ask("GET", FILE)).status == 200
        assert (await stack.ask("GET", f"{FILE}?tenant=tenant-b")).code == "asset_not_found"

    async def test_large_files_go_through_as_they_come(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asset_cache, "MAX_FILE_BYTES", len(SCRIPT) - 1)
        for _ in range(2):
            assert (await stack.ask("GET", FILE)).body == SCRIPT
        reads = len(stack.runner.asked)
        assert (await stack.ask("HEAD", FILE))["content-length"] == str(len(SCRIPT))
        assert (await stack.ask("GET", FILE, ("if-none-match", etag(SCRIPT)))).status == 304
        assert len(stack.runner.asked) == reads

    async def test_a_file_that_broke_off_is_not_kept(self, stack: Stack) -> None:
        stack.runner.break_after = 1
        assert (await stack.ask("GET", FILE)).code == "bundle_integrity"
        stack.runner.break_after = None
        assert (await stack.ask("GET", FILE)).body == SCRIPT

    async def test_who_goes_away_leaves_the_reading_to_others(self, stack: Stack) -> None:
        stack.registry.hold = None
        first = asyncio.create_task(stack.ask("GET", FILE))
        await eventually(lambda: bool(stack.runner.asked))
        first.cancel()
        assert (await stack.ask("GET", FILE)).body == SCRIPT


@dataclass
class Files:
    """A runner with files of any path; reading waits for `go`."""

    size: int = 100
    same: bool = False
    lies: bool = False
    asked: list[str] = field(default_factory=list)
    open_now: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def open_asset(self, query: AssetQuery) -> "Stream":
        self.asked.append(query.path)
        self.open_now += 1
        return Stream(self, (b"s" if self.same else query.path[-1:].encode()) * self.size)


@dataclass
class Stream:
    files: Files
    body: bytes
    closed: bool = False

    @property
    def header(self) -> AssetHeader:
        tag = f'"sha256-{hashlib.sha256(self.body).hexdigest()}"'
        return AssetHeader(len(self.body) + self.files.lies, "text/plain", tag, not_modified=False, is_html=False)

    async def chunks(self) -> AsyncGenerator[bytes]:
        await self.files.go.wait()
        yield self.body

    def close(self) -> None:
        self.files.open_now -= not self.closed
        self.closed = True


class TestBounds:
    files: Files
    cache: AssetCache

    def begin(self, most: int, **files: int) -> None:
        self.files = Files(**files)  # type: ignore[arg-type]
        self.files.go.set()
        self.cache = AssetCache(self.files, most)  # type: ignore[arg-type]

    async def get(self, path: str) -> bytes | None:
        opened = await self.cache.open(HASH, path, Terms(), Grant(b"", b"", ""))
        if opened.stream is not None:
            opened.stream.close()
        return opened.body

    async def test_what_was_used_longest_ago_goes_first(self) -> None:
        self.begin(3 * (ENTRY_BYTES + 1 + 100))
        for path in "abcabdab":
            assert await self.get(path) == path.encode() * 100
        assert self.files.asked == [*"abcd"]
        assert self.cache.bytes == 3 * (ENTRY_BYTES + 1 + 100)
        assert await self.get("c") == b"c" * 100
        assert self.files.asked == [*"abcdc"]

    async def test_many_paths_to_the_same_bytes_hold_them_once(self) -> None:
        self.begin(1 << 20, size=100_000, same=1)
        for number in range(500):
            await self.get(f"route/{number:03}")
        assert self.cache.bytes == 500 * (ENTRY_BYTES + 9) + 100_000
        for number in range(5_000):
            await self.get(f"route/{number:04}")
            assert self.cache.bytes <= 1 << 20
        self.files.same = False
        for number in range(500):
            await self.get(f"other{number}")
            assert self.cache.bytes <= 1 << 20

    async def test_nothing_is_kept_without_room(self) -> None:
        for most in (0, ENTRY_BYTES):
            self.begin(most)
            for _ in range(2):
                await self.get("a")
            assert self.cache.bytes == 0
            assert self.files.open_now == 0

    async def test_what_is_being_read_is_bounded(self) -> None:
        self.begin(4 << 20, size=1 << 20)
        self.files.go.clear()
        reading = [asyncio.create_task(self.get(str(number))) for number in range(9)]
        await eventually(lambda: len(self.files.asked) == 9 + 7)  # two are read into memory, seven are opened again to go through
        self.files.go.set()
        bodies = await asyncio.gather(*reading)
        assert sum(body is not None for body in bodies) == 2
        assert self.files.open_now == 0

    async def test_a_file_of_another_size_than_told_is_not_taken(self) -> None:
        self.begin(1 << 20, lies=1)
        for _ in range(2):
            with pytest.raises(Fault) as caught:
                await self.get("a")
            assert caught.value.reason is Reason.INTERNAL
        assert (self.cache.bytes, self.files.open_now, len(self.files.asked)) == (0, 0, 2)
