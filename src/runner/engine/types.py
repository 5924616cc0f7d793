"""The types of the guest's world, described once: layout in memory and in parameters, and text for the wrapper.

Sizes, alignments and flattening are those of the canonical ABI of the component model, for 32-bit memories. Every codec here is
driven by these descriptions (`runner.engine.image`, `runner.engine.packing`): a new type is a line in `runner.engine.world`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MAX_FLAT_PARAMETERS: Final = 16  # more are passed as one address


def align(offset: int, to: int) -> int:
    """The next multiple of `to`."""
    return -(-offset // to) * to


@dataclass(frozen=True)
class Number:
    """An unsigned integer or a bool; `code` is the one of `struct`, `core` the type of its parameter."""

    wat: str
    code: str
    size: int
    core: str = "i32"

    @property
    def align(self) -> int:
        """Numbers are aligned to their size."""
        return self.size

    @property
    def flat(self) -> tuple[str, ...]:
        """One parameter."""
        return (self.core,)


@dataclass(frozen=True)
class Pointed:
    """What lies elsewhere, behind address and length."""

    size = 8
    align = 4
    flat = ("i32", "i32")


@dataclass(frozen=True)
class Text(Pointed):
    """`string`, in Python str."""

    wat = "string"


@dataclass(frozen=True)
class Bytes(Pointed):
    """`list<u8>`, in Python bytes."""

    wat = "(list u8)"


@dataclass(frozen=True)
class Many(Pointed):
    """`list<item>`, in Python a list or tuple."""

    item: "Type"

    @property
    def wat(self) -> str:
        """As WAT has it."""
        return f"(list {reference(self.item)})"


@dataclass(frozen=True)
class Option:
    """`option<item>`, in Python None or the item."""

    item: "Type"

    @property
    def wat(self) -> str:
        """As WAT has it."""
        return f"(option {reference(self.item)})"

    @property
    def align(self) -> int:
        """The item's."""
        return self.item.align

    @property
    def at(self) -> int:
        """Where the item lies, behind one byte that says whether it is there."""
        return align(1, self.item.align)

    @property
    def size(self) -> int:
        """With its padding."""
        return align(self.at + self.item.size, self.align)

    @property
    def flat(self) -> tuple[str, ...]:
        """Whether it is there, and the item."""
        return ("i32", *self.item.flat)


@dataclass(frozen=True)
class Enumeration:
    """`enum`, in Python the name of the case (as `values.Enum` where it is told to a guest). At most 256 cases."""

    name: str
    cases: tuple[str, ...]
    size = 1
    align = 1
    flat = ("i32",)

    @property
    def wat(self) -> str:
        """As WAT has it."""
        cases = (f'"{case}"' for case in self.cases)
        return f"(enum {' '.join(cases)})"


@dataclass(frozen=True)
class Record:
    """`record`, in Python a dict with its names."""

    name: str
    fields: Mapping[str, "Type"] = field(hash=False)

    def __post_init__(self) -> None:
        """Lay the fields out once: each call needs it."""
        offset, offsets = 0, []
        for kind in self.fields.values():
            offset = align(offset, kind.align)
            offsets.append(offset)
            offset += kind.size
        widest = max(kind.align for kind in self.fields.values())
        places = tuple(zip(self.fields, self.fields.values(), offsets, strict=True))
        for name, value in (("places", places), ("align", widest), ("size", align(offset, widest))):
            object.__setattr__(self, name, value)

    places: tuple[tuple[str, "Type", int], ...] = field(init=False, hash=False, compare=False)
    align: int = field(init=False, compare=False)
    size: int = field(init=False, compare=False)

    @property
    def wat(self) -> str:
        """As WAT has it."""
        fields = (f'(field "{name}" {reference(kind)})' for name, kind in self.fields.items())
        return f"(record {' '.join(fields)})"

    @property
    def flat(self) -> tuple[str, ...]:
        """Those of its fields."""
        return tuple(part for kind in self.fields.values() for part in kind.flat)


@dataclass(frozen=True)
class Outcome:
    """`result<good, bad>`, in Python Ok or Err of `runner.engine.values`. Only ever an answer, behind an address."""

    good: "Type | None"
    bad: "Type"

    @property
    def wat(self) -> str:
        """As WAT has it."""
        good = f"{reference(self.good)} " if self.good else ""
        return f"(result {good}(error {reference(self.bad)}))"

    @property
    def align(self) -> int:
        """The wider side's."""
        return max(self.good.align if self.good else 1, self.bad.align)

    @property
    def at(self) -> int:
        """Where either side lies."""
        return align(1, self.align)

    @property
    def size(self) -> int:
        """With its padding."""
        return align(self.at + max(self.good.size if self.good else 0, self.bad.size), self.align)


Type = Number | Text | Bytes | Many | Option | Enumeration | Record
Named = Enumeration | Record


def reference(kind: Type | Outcome) -> str:
    """How WAT refers to a type: those with a name by it."""
    return f"${kind.name}" if isinstance(kind, Enumeration | Record) else kind.wat


def named(kind: Type | Outcome | None) -> tuple[Named, ...]:
    """The types with a name that a type is made of, each before those that use it, and itself at last."""
    match kind:
        case Enumeration():
            return (kind,)
        case Record():
            return (*(one for item in kind.fields.values() for one in named(item)), kind)
        case Many(item) | Option(item):
            return named(item)
        case Outcome(good, bad):
            return (*named(good), *named(bad))
    return ()
