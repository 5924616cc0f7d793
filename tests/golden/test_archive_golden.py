"""The same files become the same bytes, on every machine and in every release: a changed digest here is a changed format.

When the pinned compressor changes, the archive's digest changes and the tar's must not.
"""

from kernel.archive import pack, pack_tar
from kernel.digest import Digest

FILES = {
    "manifest.json": b'{"name": "com.example.golden"}\n',
    "dist/main.wasm": b"\0asm\x0d\0\1\0" + bytes(n * n % 251 for n in range(100_000)),
    "ui/index.html": b"<!doctype html><title>golden</title>\n" * 50,
    "ui/assets/" + "deep/" * 18 + "name.js": b"",
    "ui/\N{SNOWMAN}.txt": b"snow",
}


def test_tar() -> None:
    assert str(Digest.of(pack_tar(FILES))) == "sha256:05a81cadad6d6d7df74702bd08dffd56fbf383e2aceb0f7a5697cc513d2b7968"


def test_archive() -> None:
    assert str(Digest.of(pack(FILES))) == "sha256:9caf70487ab0407397fa17f45ed0bd9e8bb901968eafe4ba9792a09749c52286"
