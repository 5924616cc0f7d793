"""The 512-byte header of tar: plain ustar files and directories, and nothing that would need interpretation.

The standard library's reader applies extension headers silently; two readers that see two different trees in one archive
are an attack on whoever reviewed the first. Here every header that is not a plain entry is an error.
"""

from dataclasses import dataclass

from kernel.archive.rules import BLOCK, refuse

_NAME, _SIZE, _CHECKSUM, _TYPE = slice(0, 100), slice(124, 136), slice(148, 156), slice(156, 157)
_LINK, _MAGIC, _PREFIX = slice(157, 257), slice(257, 265), slice(345, 500)
_USTAR, _GNU = b"ustar\x0000", b"ustar  \x00"
_FILE, _FOLDER = (b"0", b"\0"), b"5"
_REFUSED = {
    b"1": ("hard-link", "is a hard link"),
    b"2": ("symbolic-link", "is a symbolic link"),
    b"3": ("device", "is a character device"),
    b"4": ("device", "is a block device"),
    b"6": ("fifo", "is a named pipe"),
    b"S": ("sparse", "is a sparse file"),
    b"x": ("pax-header", "is a PAX extension header (pack with --format=ustar)"),
    b"g": ("pax-header", "is a PAX extension header (pack with --format=ustar)"),
    b"L": ("gnu-extension", "is a GNU extension header (pack with --format=ustar)"),
    b"K": ("gnu-extension", "is a GNU extension header (pack with --format=ustar)"),
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a plain entry says: its name as written, its size in bytes, whether it is a directory."""

    name: str
    size: int
    is_folder: bool


def parse_header(block: bytes) -> Header:
    """Read one header block, but not owner, mode and time. Raises ARCHIVE_INVALID for everything but a plain file or directory."""
    kind, magic = block[_TYPE], block[_MAGIC]
    if magic not in (_USTAR, _GNU):
        raise refuse("header-magic", "an entry's header is not of the ustar format")
    if _octal(block[_CHECKSUM], "header-checksum") != _checksum(block):
        raise refuse("header-checksum", "an entry's header does not have its checksum")
    name = _text(block[_NAME])
    # In GNU's own format the bytes of the prefix mean something else.
    if magic == _USTAR and (prefix := _text(block[_PREFIX])):
        name = f"{prefix}/{name}"
    if kind in _REFUSED:
        raise refuse(*_REFUSED[kind], name)
    if kind not in (*_FILE, _FOLDER):
        raise refuse("entry-type", "is neither a file nor a directory", name)
    if any(block[_LINK]):
        raise refuse("link-name", "has a link target but is no link", name)
    size = _octal(block[_SIZE], "size-form", name)
    if kind == _FOLDER and size:
        raise refuse("directory-size", "is a directory with content", name)
    return Header(name, size, kind == _FOLDER)


def format_header(path: str, size: int) -> bytes:
    """The header of a file: mode 0644, owner 0, time 0. Raises ARCHIVE_INVALID when the path does not fit ustar."""
    prefix, name = _split(path)
    fields = b"".join((
        name.ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,  # mode, owner, group
        b"%011o\0" % size,
        b"00000000000\0",  # time
        b" " * 8,  # the checksum, which is computed over spaces
        b"0".ljust(101, b"\0"),  # type, link target
        _USTAR,
        b"\0" * 64,  # names of owner and group
        b"0000000\0" * 2,  # device
        prefix.ljust(155, b"\0"),
    )).ljust(BLOCK, b"\0")  # fmt: skip
    return fields[:148] + b"%06o\0 " % _checksum(fields) + fields[156:]


def _split(path: str) -> tuple[bytes, bytes]:
    """Prefix (at most 155 bytes) and name (at most 100), cut at a slash."""
    whole = path.encode("utf-8")
    if len(whole) <= 100:
        return b"", whole
    cut = whole.find(b"/", len(whole) - 101)
    if cut == -1 or cut > 155:
        raise refuse("path-ustar", "the path does not fit the ustar format: 155 bytes, a slash, 100 bytes", path)
    return whole[:cut], whole[cut + 1 :]


def _checksum(block: bytes) -> int:
    return sum(block[:148]) + 8 * 32 + sum(block[156:])


def _text(field: bytes) -> str:
    text, _, rest = field.partition(b"\0")
    if rest.strip(b"\0"):
        raise refuse("path-nul", "an entry's name goes on after its end", text.decode("utf-8", "replace"))
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise refuse("path-utf8", "an entry's name is not UTF-8", text.decode("utf-8", "replace")) from None


def _octal(field: bytes, rule: str, entry: str = "") -> int:
    digits = field.rstrip(b"\0 ").lstrip(b" ")
    # int() would also take signs and underscores; the high bit would start GNU's binary numbers.
    if not digits or digits.strip(b"01234567"):
        raise refuse(rule, "an entry's header has a number that is not octal digits", entry)
    return int(digits, 8)
