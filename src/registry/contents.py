"""What an uploaded archive holds: its files, and its manifest."""

import contextlib
import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kernel.archive import ArchiveIndex, Writer, read_archive
from kernel.errors import Fault, Reason
from kernel.grants import Limits
from kernel.manifest import MAX_BYTES, Manifest
from registry.model import Endpoint

MANIFEST_FILE: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of an archive, and its manifest as bytes and as it reads."""

    index: ArchiveIndex
    manifest_bytes: bytes
    manifest: Manifest

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the manifest asks for, sorted."""
        return tuple(sorted(self.manifest.capabilities))

    @property
    def egress(self) -> tuple[str, ...]:
        """Where the manifest wants to reach out to, sorted."""
        return tuple(sorted(self.manifest.egress))

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """What the handler answers, in the manifest's order."""
        return tuple(Endpoint(item.method, item.path, item.handler, item.timeout_ms or 0) for item in self.manifest.endpoints)

    @property
    def hooks(self) -> dict[str, str]:
        """Where the UI wants to appear: labels by the hooks' names."""
        return {name: hook.label for name, hook in self.manifest.ui.hooks.items()} if self.manifest.ui else {}

    @property
    def ui_entry(self) -> str | None:
        """Where the UI begins."""
        return self.manifest.ui.entry if self.manifest.ui else None

    @property
    def has_handler(self) -> bool:
        """Whether there is a server side."""
        return self.manifest.has_handler(self.index.paths)

    @property
    def limits(self) -> Limits:
        """What one call may spend, as the manifest says; zero where it says nothing."""
        said = self.manifest.limits
        return Limits(
            timeout_ms=said.timeout_ms or 0,
            memory_bytes=(said.memory_mb or 0) << 20,
            request_bytes=said.request_bytes or 0,
            response_bytes=said.response_bytes or 0,
            host_calls=said.host_calls or 0,
            host_bytes=said.host_bytes or 0,
            log_lines=said.log_lines or 0,
            log_bytes=said.log_bytes or 0,
        )


def read_contents(archive: Path, *, next_patch: bool = False) -> Contents:
    """Read a whole archive, with a manifest as `Manifest.parse` reads it; blocks. Raises ARCHIVE_INVALID, MANIFEST_INVALID."""
    buffer = io.BytesIO()

    def sink(path: str, size: int) -> AbstractContextManager[Writer] | None:
        if path != MANIFEST_FILE:
            return None
        if size > MAX_BYTES:  # a file of an archive may have 64 MiB
            raise Fault.invalid(MANIFEST_FILE, f"must have at most {MAX_BYTES // 1024} KiB", Reason.MANIFEST_INVALID)
        return contextlib.nullcontext(buffer)

    with archive.open("rb") as file:
        index = read_archive(file, sink)
    if MANIFEST_FILE not in index.paths:
        raise Fault.invalid(MANIFEST_FILE, "the bundle has no such file at its root", Reason.MANIFEST_INVALID)
    manifest = Manifest.parse(buffer.getvalue(), next_patch=next_patch)
    manifest.check_files(index.paths)
    return Contents(index, buffer.getvalue(), manifest)


def take_out(archive: Path, entry: str, target: Path) -> None:
    """Copy one file of an archive that was read before to `target`; blocks."""

    def sink(path: str, _size: int) -> AbstractContextManager[Writer] | None:
        return target.open("xb") if path == entry else None

    with archive.open("rb") as file:
        read_archive(file, sink)
