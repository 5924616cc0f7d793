"""The bundle format `bundle.tar.zst`: reproducible packing, and bounded reading of what strangers send."""

from kernel.archive.read import ArchiveIndex, Entry, Sink, Writer, extract, load, read_archive
from kernel.archive.rules import ArchiveLimits, check_path
from kernel.archive.write import pack, pack_tar, tar_digest

__all__ = [
    "ArchiveIndex",
    "ArchiveLimits",
    "Entry",
    "Sink",
    "Writer",
    "check_path",
    "extract",
    "load",
    "pack",
    "pack_tar",
    "read_archive",
    "tar_digest",
]
