"""Tar blocks made by hand, so that a test can break any single byte of them."""

import zstandard

END = bytes(1024)
USTAR = b"ustar\x0000"
GNU = b"ustar  \x00"


def block(
    name: bytes = b"a.txt",
    size: int | bytes = 0,
    kind: bytes = b"0",
    magic: bytes = USTAR,
    prefix: bytes = b"",
    link: bytes = b"",
    checksum: bytes | None = None,
    owner: bytes = b"0000000\0",
) -> bytes:
    """One header; `size` and `checksum` may be raw field bytes."""
    size_field = size if isinstance(size, bytes) else b"%011o\0" % size
    header = b"".join((
        name.ljust(100, b"\0"),
        b"0000644\0",
        owner,
        b"0000000\0",
        size_field.ljust(12, b"\0"),
        b"14000000000\0",
        b" " * 8,
        kind,
        link.ljust(100, b"\0"),
        magic,
        b"root".ljust(32, b"\0") * 2,
        b"\0" * 16,
        prefix.ljust(155, b"\0"),
        b"\0" * 12,
    ))  # fmt: skip
    assert len(header) == 512
    return header[:148] + (checksum or b"%06o\0 " % sum(header)) + header[156:]


def padded(content: bytes) -> bytes:
    """A file's content with zeros up to a whole block."""
    return content + bytes(-len(content) % 512)


def file(name: bytes, content: bytes = b"", **fields: bytes) -> bytes:
    """Header and content of a plain file."""
    return block(name, len(content), **fields) + padded(content)


def folder(name: bytes, **fields: bytes) -> bytes:
    """A directory's header."""
    return block(name, 0, b"5", **fields)


def zst(tar: bytes, **options: int | bool) -> bytes:
    """The tar as one zstandard frame."""
    return zstandard.ZstdCompressor(**options).compress(tar)
