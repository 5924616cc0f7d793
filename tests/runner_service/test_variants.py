"""Compressed UI files at the runner: served where they are what they say, and never in place of anything else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gen.alga.registry.v1 import variants_pb2
from kernel.codings import CODINGS, compress, decompress
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.assets import MAX_CODINGS
from runner.bundles.source import MAX_VARIANTS_BYTES
from tests.runner_service.conftest import Asset, Platform, make_settings, publish, started
from tests.runner_service.registry import Registry
from tests.runner_service.test_execute import failure

pytestmark = pytest.mark.asyncio(loop_scope="session")
TEXT = b"export const text = 'some text that repeats itself';\n" * 9_000  # 477,000 bytes: two chunks
FILES = {"ui/text.js": TEXT, "ui/other.js": TEXT[:999]}
Lie = Callable[[variants_pb2.UiVariant], None]


def variants(file: bytes, *codings: str) -> variants_pb2.UiVariants:
    made = variants_pb2.UiVariants()
    for coding in codings or CODINGS:
        made.variants.add(file_sha256=bytes.fromhex(Digest.of(file).hex), coding=coding, body=compress(file, coding))
    return made


def serve(platform: Platform, name: str, served: bytes | Fault) -> Digest:
    content_hash = platform.publish("hello", files=FILES | {"ui/name.txt": name.encode()})
    platform.registry.variants[content_hash] = served
    return content_hash


async def get(platform: Platform, content_hash: Digest, path: str = "text.js", **more: object) -> Asset:
    return await platform.runner.asset(platform.registry.asset_grant(content_hash), path, **more)


async def plain(platform: Platform, content_hash: Digest) -> bool:
    asset = await get(platform, content_hash, codings=CODINGS)
    return (asset.body, asset.header.coding, asset.header.etag) == (TEXT, "", f'"sha256-{Digest.of(TEXT).hex}"')


@pytest.fixture(scope="session")
def good(platform: Platform) -> Digest:
    return serve(platform, "good", variants(TEXT).SerializeToString())


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_form_is_served_as_what_it_is(platform: Platform, good: Digest, coding: str) -> None:
    asset = await get(platform, good, codings=[coding])
    header = asset.header
    assert (header.coding, header.size_bytes, header.media_type) == (coding, len(asset.body), "text/javascript; charset=utf-8")
    assert header.etag == f'"sha256-{Digest.of(asset.body).hex}"'
    assert decompress(asset.body, coding, len(TEXT)) == TEXT
    again = await get(platform, good, codings=[coding], if_none_match=[header.etag])
    assert (again.header.not_modified, again.body) == (True, b"")
    assert not (await get(platform, good, if_none_match=[header.etag])).header.not_modified


@pytest.mark.parametrize(
    ("codings", "chosen"),
    [((), ""), (("zstd", "br"), "zstd"), (("deflate", "gzip", "br"), "gzip"), (("deflate", "", "BR", "../br"), "")],
)
async def test_the_first_that_is_there_is_chosen(platform: Platform, good: Digest, codings: tuple[str, ...], chosen: str) -> None:
    assert (await get(platform, good, codings=codings)).header.coding == chosen
    assert (await get(platform, good, "other.js", codings=codings)).header.coding == ""


async def test_too_many_codings_are_refused(platform: Platform, good: Digest) -> None:
    assert (await failure(get(platform, good, codings=["br"] * (MAX_CODINGS + 1)))).reason is Reason.INVALID_ARGUMENT


@pytest.mark.parametrize("codings", [(), ("br",)])
async def test_a_part_is_of_the_form(platform: Platform, good: Digest, codings: tuple[str, ...]) -> None:
    whole = (await get(platform, good, codings=codings)).body
    for offset, length in ((0, 1), (5, 0), (5, 7), (len(whole) - 1, 9), (len(whole), 0), (0, 1 << 60)):
        asset = await get(platform, good, codings=codings, offset=offset, length=length)
        assert asset.body == whole[offset : offset + length if length else None]
        assert asset.header.size_bytes == len(whole)
    fault = await failure(get(platform, good, codings=codings, offset=len(whole) + 1))
    assert (fault.reason, fault.violations[0].field) == (Reason.INVALID_ARGUMENT, "offset")


def _of_no_file(variant: variants_pb2.UiVariant) -> None:
    variant.file_sha256 = bytes(32)


def _no_digest(variant: variants_pb2.UiVariant) -> None:
    variant.file_sha256 = b"../../x"


def _of_another_file(variant: variants_pb2.UiVariant) -> None:
    variant.body = compress(TEXT[:-1] + b"x", variant.coding)


def _damaged(variant: variants_pb2.UiVariant) -> None:
    variant.body = variant.body[:-1]


def _followed(variant: variants_pb2.UiVariant) -> None:
    variant.body += b"more"


def _bomb(variant: variants_pb2.UiVariant) -> None:
    variant.body = compress(bytes(64 << 20), variant.coding)


def _other_coding(variant: variants_pb2.UiVariant) -> None:
    variant.coding = "deflate"


def _path(variant: variants_pb2.UiVariant) -> None:
    variant.coding = "../../../../x"


def _larger(variant: variants_pb2.UiVariant) -> None:
    variant.body = compress(TEXT, variant.coding) + bytes(len(TEXT))


LIES = [_of_no_file, _no_digest, _of_another_file, _damaged, _followed, _bomb, _other_coding, _path, _larger]


@pytest.mark.parametrize("lie", LIES)
async def test_a_form_that_is_not_its_files_is_not_served(platform: Platform, lie: Lie) -> None:
    said = variants(TEXT)
    for variant in said.variants:
        lie(variant)
    assert await plain(platform, serve(platform, lie.__name__, said.SerializeToString()))


async def test_one_lie_spoils_nothing_else(platform: Platform) -> None:
    said = variants(TEXT, "gzip", "br", "gzip")
    _damaged(said.variants[0])
    content_hash = serve(platform, "one lie", said.SerializeToString())
    assert (await get(platform, content_hash, codings=["gzip"])).header.coding == "gzip"
    assert (await get(platform, content_hash, codings=["br"])).header.coding == "br"


@pytest.mark.parametrize(
    "served",
    [
        b"no message",
        b"\xff" * 99,
        bytes(MAX_VARIANTS_BYTES + 1),
        *map(Fault, (Reason.NOT_FOUND, Reason.UNAVAILABLE, Reason.INTERNAL)),
    ],
    ids=["text", "bytes", "too many", "not found", "unavailable", "internal"],
)
async def test_without_them_files_are_served_as_they_are(
    platform: Platform, served: bytes | Fault, request: pytest.FixtureRequest
) -> None:
    assert await plain(platform, serve(platform, request.node.name, served))


async def test_a_runner_that_starts_again_has_them_still(registry: Registry, short_root: Path, tmp_path: Path) -> None:
    content_hash = publish(registry, "hello", files=FILES)
    registry.variants[content_hash] = variants(TEXT).SerializeToString()
    settings = make_settings(
        registry, tmp_path, registry_address=f"unix:{short_root}/registry", listen=(f"unix:{short_root}/again",)
    )
    for _ in range(2):
        async with started(settings) as runner:
            asset = await runner.asset(registry.asset_grant(content_hash), "text.js", codings=["br"])
            assert asset.header.coding == "br"
        registry.variants[content_hash] = Fault(Reason.UNAVAILABLE)  # from now on, for who would ask
