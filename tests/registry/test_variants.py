"""Compressed forms of a UI's text: made when it is published, where they are smaller, within limits, for runners alone."""

import random

import pytest

from gen.alga.registry.v1 import registry_service_pb2 as registry
from gen.alga.registry.v1 import variants_pb2
from kernel.codings import CODINGS, TEXT, decompress
from kernel.digest import Digest
from kernel.errors import Reason
from kernel.rpc import MAX_CHUNK_BYTES
from registry import variants
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import reason_of
from tests.registry.stack import Stack

PAGE = b"<!doctype html><title>reports</title>" * 50
NOISE = random.Random(1).randbytes(3_000)


async def read(stack: Stack, content_hash: Digest) -> list[bytes]:
    request = registry.ReadVariantsRequest(content_hash=str(content_hash))
    return [message.chunk async for message in stack.clients["runner"].stream("registry", "ReadVariants", request)]


async def published(stack: Stack, files: dict[str, bytes], **changes: object) -> dict[tuple[str, str], bytes]:
    """The forms of a bundle with those files, by the file's digest and the coding."""
    signed = bundle(stack.publisher_key, files, **changes)
    await stack.clients["acme"].publish(signed)
    made = variants_pb2.UiVariants.FromString(b"".join(await read(stack, signed.digest)))
    return {(one.file_sha256.hex(), one.coding): one.body for one in made.variants}


def forms(made: dict[tuple[str, str], bytes], file: bytes) -> dict[str, bytes]:
    return {coding: body for (digest, coding), body in made.items() if digest == Digest.of(file).hex}


async def test_each_text_file_has_each_form_once(stack: Stack) -> None:
    texts = {f"ui/deep/a.{kind}": f"text of {kind}; ".encode() * 40 for kind in TEXT}
    made = await published(stack, texts | {"ui/index.html": PAGE, "ui/copy.HTML": PAGE})
    assert len(made) == 3 * (len(texts) + 1)
    for file in (PAGE, *texts.values()):
        found = forms(made, file)
        assert found.keys() == set(CODINGS)
        for coding, body in found.items():
            assert len(body) < len(file)
            assert decompress(body, coding, len(file)) == file


async def test_other_files_have_none(stack: Stack) -> None:
    files = {
        "ui/image.png": b"png" * 999,
        "ui/main.wasm": b"\0" * 999,
        "ui/font.woff2": b"w" * 999,
        "ui/noise.txt": NOISE,  # would not be smaller
        "ui/empty.css": b"",
        "ui/tiny.js": b"1",
        "ui/README": b"text" * 99,
        "readme.txt": b"text" * 99,
    }
    made = await published(stack, files | {"ui/index.html": PAGE})
    assert {digest for digest, _ in made} == {Digest.of(PAGE).hex}


async def test_a_bundle_without_a_ui_has_none(stack: Stack) -> None:
    signed = bundle(stack.publisher_key, {"ui/index.html": PAGE}, ui=None)
    await stack.clients["acme"].publish(signed)
    assert await read(stack, signed.digest) == []


async def test_what_is_beyond_the_limits_has_none(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "MAX_FILE_BYTES", 2_000)
    monkeypatch.setattr(variants, "MAX_TEXT_BYTES", 3_000)
    files = {"ui/a.js": b"a" * 2_001, "ui/b.js": b"b" * 2_000, "ui/c.js": b"c" * 1_001, "ui/d.js": b"d" * 900}
    made = await published(stack, files | {"ui/index.html": b"<p>"})
    assert {digest for digest, _ in made} == {Digest.of(files[name]).hex for name in ("ui/b.js", "ui/d.js")}


async def test_all_forms_together_are_bounded(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "MAX_BYTES", 100)
    made = await published(stack, {f"ui/{letter}.js": letter.encode() * 900 for letter in "abcdefgh"})
    assert made
    assert sum(map(len, made.values())) <= 100


async def test_they_come_in_chunks(stack: Stack) -> None:
    text = random.Random(2).randbytes(400_000).hex().encode()
    signed = bundle(stack.publisher_key, {"ui/data.json": text})
    await stack.clients["acme"].publish(signed)
    sizes = [len(chunk) for chunk in await read(stack, signed.digest)]
    assert len(sizes) > 3
    assert max(sizes) <= MAX_CHUNK_BYTES


async def test_no_others_are_found_and_none_of_a_revoked_version(stack: Stack) -> None:
    await published(stack, {"ui/index.html": PAGE})
    assert await reason_of(read(stack, Digest.of(b"another"))) is Reason.NOT_FOUND
    signed = bundle(stack.publisher_key, {"ui/index.html": PAGE}, version="1.0.1")
    await stack.clients["acme"].publish(signed)
    await stack.operator.call("registry", "RevokeVersion", registry.RevokeVersionRequest(extension=NAME, version="1.0.1"))
    assert await reason_of(read(stack, signed.digest)) is Reason.VERSION_REVOKED
