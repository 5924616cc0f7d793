"""Packing: the same files become the same archive bytes."""

from collections.abc import Mapping

import zstandard

from kernel.archive.header import format_header
from kernel.archive.rules import BLOCK, MIB, ArchiveLimits, Names, check_path, refuse
from kernel.digest import Digest
from kernel.errors import Fault, Reason

# The output of zstandard differs between library versions, between one-shot and streaming and between thread counts:
# the archive's bytes are promised for exactly this version, one-shot, with no threads. The tar's bytes are promised always.
ZSTD_VERSION = (1, 5, 7)
LEVEL = 9  # 0.2 s for 20 MB; level 19 takes 5 s for 12 % less
_DEFAULT = ArchiveLimits()


def pack(files: Mapping[str, bytes], limits: ArchiveLimits = _DEFAULT) -> bytes:
    """The bundle `bundle.tar.zst` of `files` (path to content): equal for equal files.

    Raises ARCHIVE_INVALID for what a reader with the same limits would refuse, INTERNAL when the installed zstandard is not
    the pinned one.
    """
    _require_pinned_compressor()
    tar = pack_tar(files, limits)
    compressor = zstandard.ZstdCompressor(
        level=LEVEL, threads=0, write_checksum=False, write_content_size=True, write_dict_id=False
    )
    archive = compressor.compress(tar)
    if len(archive) > limits.archive_bytes:
        raise refuse("archive-size", f"the archive must have at most {limits.archive_bytes // MIB} MiB")
    return archive


def pack_tar(files: Mapping[str, bytes], limits: ArchiveLimits = _DEFAULT) -> bytes:
    """The tar of `files`: sorted by path bytes, mode 0644, owner 0, time 0, ustar, two zero blocks at the end."""
    names = Names(limits)
    parts: list[bytes] = []
    for path in sorted(files, key=lambda path: path.encode("utf-8", "surrogatepass")):
        names.add(check_path(path, limits), is_folder=False)
        content = files[path]
        if len(content) > limits.file_bytes:
            raise refuse("file-size", f"a file must have at most {limits.file_bytes // MIB} MiB", path)
        parts += (format_header(path, len(content)), content, bytes(-len(content) % BLOCK))
    parts.append(bytes(2 * BLOCK))
    if sum(map(len, parts)) > limits.total_bytes:
        raise refuse("total-size", f"the archive must unpack to at most {limits.total_bytes // MIB} MiB")
    return b"".join(parts)


def tar_digest(files: Mapping[str, bytes]) -> Digest:
    """The digest of the tar that `pack` compresses: the signed statement's second subject."""
    return Digest.of(pack_tar(files))


def _require_pinned_compressor() -> None:
    if zstandard.ZSTD_VERSION != ZSTD_VERSION:
        found = ".".join(map(str, zstandard.ZSTD_VERSION))
        wanted = ".".join(map(str, ZSTD_VERSION))
        raise Fault(Reason.INTERNAL, log=f"packing needs libzstd {wanted}; the installed zstandard has {found}")
