"""What a version's archive holds, beside what its rows say: grants are made from the rows, and only the archive is signed."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from kernel.errors import Fault
from registry.contents import read_contents
from registry.doctor.bundles import Proven
from registry.doctor.finding import Check, Flaw, Severity
from registry.ports import Blobs, Catalog

_FORGED: Final = "revoke the version, and find out who wrote to the database; or restore database and blobs from one backup"
# The fields of a version that its manifest decides.
_FROM_MANIFEST: Final = ("capabilities", "egress", "endpoints", "ui_entry", "has_handler", "limits")


class ContentsCheck:
    """The rule for archives and rows; it reads and unpacks every archive. `folder` is for a copy of one at a time."""

    def __init__(self, catalog: Catalog, blobs: Blobs, folder: Path) -> None:
        self._catalog, self._blobs, self._folder = catalog, blobs, folder

    def all(self) -> tuple[Check[Proven], ...]:
        """The one rule."""
        return (Check("version-contents", "every version's rows say what its manifest says", self._judge),)

    async def _judge(self, bundle: Proven) -> AsyncIterator[Flaw]:
        content_hash = bundle.row.content_hash
        async with self._catalog.read() as tables:
            version = await tables.versions.by_hash(content_hash)
        # An archive that is gone or has other bytes is told by the check of the blob.
        if version is None or await self._blobs.size(content_hash) != bundle.row.size_bytes:
            return
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            archive, digest = Path(folder) / "bundle.tar.zst", hashlib.sha256()
            with archive.open("wb") as file:
                async for chunk in self._blobs.read(content_hash):
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != content_hash.hex:
                return
            try:
                contents = await asyncio.to_thread(read_contents, archive, next_patch=True)
            except Fault as fault:
                text = f"its archive would not be accepted today ({fault.code}): the rules became stricter"
                yield Flaw(bundle.subject, text, "have it published anew under another version", Severity.WARNING)
                return
        if wrong := [name for name in _FROM_MANIFEST if getattr(contents, name) != getattr(version, name)]:
            yield Flaw(bundle.subject, f"its rows say something else than its manifest: {', '.join(wrong)}", _FORGED)
