"""What a component begins with: the types, imports and aliases before anything is made, counted for whoever wraps it.

Binary format: the component model's Binary.md, read here as far as counting needs it.
"""

import re
from dataclasses import dataclass, field
from typing import Final

PREAMBLE: Final = b"\0asm\x0d\0\x01\0"
_CUSTOM, _CORE_MODULE, _CORE_TYPE, _COMPONENT, _ALIAS, _TYPE, _IMPORT = 0, 1, 3, 4, 6, 7, 10
_MAX_COUNT: Final = 10_000  # definitions of one section; usual components have some dozens
_NAME: Final = re.compile(rb"[A-Za-z0-9:/@.+_-]{1,200}")  # of what is imported: they become text of the wrapper
_SORTS: Final = {1: "func", 3: "type", 4: "component", 5: "instance"}
_CORE_SORT: Final = 0
_EXPORT, _CORE_EXPORT, _OUTER = 0, 1, 2  # targets of aliases


class NotWrappable(Exception):  # noqa: N818 - it is what is the case
    """A component that imports later than at its beginning, or what this does not know."""


@dataclass
class Prefix:
    """The beginning of a component: `data` has whole sections; `counts` says how many of each sort they define."""

    data: bytes = b""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*_SORTS.values(), "core type"), 0))
    imports: list[tuple[str, str, int]] = field(default_factory=list)  # name, sort, index


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise NotWrappable("the component is cut off")
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        """LEB128 of 32 bits."""
        value = 0
        for shift in range(0, 35, 7):
            part = self.byte()
            value |= (part & 0x7F) << shift
            if part < 0x80:
                return value
        raise NotWrappable("a number of more than 32 bits")

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise NotWrappable("the component is cut off")
        self.at += size
        return self.data[self.at - size : self.at]

    def name(self) -> str:
        name = self.take(self.number())
        if not _NAME.fullmatch(name):
            raise NotWrappable("a name of other characters than those of interfaces")
        return name.decode()


def read_prefix(component: bytes) -> Prefix:
    """Count what a component begins with. Raises NotWrappable."""
    reader = _Reader(component)
    if reader.take(len(PREAMBLE)) != PREAMBLE:
        raise NotWrappable("not a component")
    prefix, kept, ended = Prefix(), bytearray(), False
    while reader.at < len(component):
        began, section = reader.at, reader.byte()
        content = _Reader(reader.take(reader.number()))
        if section == _IMPORT and ended:
            raise NotWrappable("imports come after its beginning")
        ended = ended or section not in {_CUSTOM, _CORE_TYPE, _ALIAS, _TYPE, _IMPORT}
        if ended or section == _CUSTOM:
            continue
        kept += component[began : reader.at]
        _count(section, content, prefix)
    prefix.data = bytes(kept)
    return prefix


def _count(section: int, content: _Reader, prefix: Prefix) -> None:
    number = content.number()
    if number > _MAX_COUNT:
        raise NotWrappable(f"more than {_MAX_COUNT} definitions in a section")
    if section in (_TYPE, _CORE_TYPE):
        prefix.counts["type" if section == _TYPE else "core type"] += number
        return
    for _ in range(number):
        sort, name = _import(content) if section == _IMPORT else _alias(content)
        if section == _IMPORT:
            prefix.imports.append((name, sort, prefix.counts[sort]))
        prefix.counts[sort] += 1


def _import(content: _Reader) -> tuple[str, str]:
    if content.byte() > 1:  # plain names and those of interfaces
        raise NotWrappable("an import with a name of a new kind")
    name, sort = content.name(), content.byte()
    if sort not in _SORTS:
        raise NotWrappable(f"an import of sort {sort}")
    if _SORTS[sort] == "type" and content.byte() == 1:
        return "type", name  # a resource type: bound by nothing
    content.number()
    return _SORTS[sort], name


def _alias(content: _Reader) -> tuple[str, str]:
    sort = content.byte()
    core = content.byte() if sort == _CORE_SORT else None
    target = content.byte()
    if target == _OUTER:
        content.number()
        content.number()
    elif target == _EXPORT:
        content.number()
        content.take(content.number())
    else:
        raise NotWrappable("an alias of what is not there yet")
    if core is not None or sort not in _SORTS:
        raise NotWrappable(f"an alias of sort {sort}")
    return _SORTS[sort], ""
