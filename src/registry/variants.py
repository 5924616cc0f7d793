"""Compressed forms of a UI's text, made once, when it is published: for browsers that take them, where they are smaller.

They are named by the digest of the file that they are of. What is beyond the limits is served as it is.
"""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
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
    making = _Making()
    with archive.open("rb") as file:
        read_archive(file, making.sink)
    return making.made.SerializeToString()


class _Making:
    """Compresses each text while the archive is read: one file is in memory at a time."""

    def __init__(self) -> None:
        self.made = variants_pb2.UiVariants()
        self._seen: set[Digest] = set()
        self._text_left, self._left = MAX_TEXT_BYTES, MAX_BYTES

    def sink(self, path: str, size: int) -> AbstractContextManager[Writer] | None:
        """Where a file of the archive goes."""
        kind = PurePosixPath(path).suffix[1:].lower()
        if not path.startswith("ui/") or kind not in TEXT or not 0 < size <= min(MAX_FILE_BYTES, self._text_left):
            return None
        self._text_left -= size
        return self._text()

    @contextmanager
    def _text(self) -> Iterator[Writer]:
        content = io.BytesIO()
        yield content
        text = content.getvalue()
        if (digest := Digest.of(text)) in self._seen:
            return
        self._seen.add(digest)
        for coding in CODINGS:
            body = compress(text, coding)
            if len(body) < len(text) and len(body) <= self._left:
                self._left -= len(body)
                self.made.variants.add(file_sha256=bytes.fromhex(digest.hex), coding=coding, body=body)
