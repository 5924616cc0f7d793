"""Compressed forms of a UI's text, made once, when it is published: for browsers that take them, where they are smaller.

They are named by the digest of the file that they are of. What is beyond the limits is served as it is.
"""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePosixPath
from typing import Final

from gen.alga.registry.v1 import variants_pb2
from kernel.archive import Writer, read_archive
from kernel.codings import CODINGS, TEXT, compress
from kernel.digest import Digest

MAX_FILE_BYTES: Final = 4 << 20  # of one file
MAX_TEXT_BYTES: Final = 32 << 20  # of all files together: some 20 s of a processor
MAX_BYTES: Final = 16 << 20  # of all forms together: runners have them in memory while they load a bundle


def make(archive: Path) -> bytes:
    """The forms for an archive that was read before, as a serialized `UiVariants`; empty when there are none. Blocks."""
    made = variants_pb2.UiVariants()
    left = MAX_BYTES
    for file in _texts(archive):
        digest = bytes.fromhex(Digest.of(file).hex)
        for coding in CODINGS:
            body = compress(file, coding)
            if len(body) < len(file) and len(body) <= left:
                left -= len(body)
                made.variants.add(file_sha256=digest, coding=coding, body=body)
    return made.SerializeToString()


def _texts(archive: Path) -> Iterator[bytes]:
    """The content of the UI's text files, each once."""
    files: list[io.BytesIO] = []
    left = MAX_TEXT_BYTES

    def sink(path: str, size: int) -> AbstractContextManager[Writer] | None:
        nonlocal left
        kind = PurePosixPath(path).suffix[1:].lower()
        if not path.startswith("ui/") or kind not in TEXT or not 0 < size <= min(MAX_FILE_BYTES, left):
            return None
        left -= size
        files.append(io.BytesIO())
        return nullcontext(files[-1])

    with archive.open("rb") as file:
        read_archive(file, sink)
    return iter(dict.fromkeys(one.getvalue() for one in files))
