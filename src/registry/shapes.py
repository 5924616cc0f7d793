"""Canonical shapes of WIT types: two types have one shape exactly when a value of one is a value of the other.

Shapes are numbers in a shared table (hash-consing), not texts: a stranger's types that mention each other twice would make
texts of exponential length.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# A shape's description: its kind, then what it consists of (names, and numbers of other shapes; None = no value).
Node = tuple[Any, ...]
_MAX_DESCRIBED = 3  # levels of a type that a message shows


class Shapes:
    """The table of shapes; those of one table can be compared by number."""

    def __init__(self) -> None:
        self._numbers: dict[Node, int] = {}
        self._nodes: list[Node] = []

    def number(self, node: Node) -> int:
        """The number of a shape with this description."""
        number = self._numbers.setdefault(node, len(self._nodes))
        if number == len(self._nodes):
            self._nodes.append(node)
        return number

    def of_types(self, types: Sequence[Mapping[str, Any]]) -> list[int]:
        """The shape of each type of a tool's output, in which a type mentions only types before it.

        Raises KeyError, IndexError, TypeError or ValueError when the output is not of that form.
        """
        shapes: list[int] = []
        for index, definition in enumerate(types):
            shapes.append(self._of(definition, shapes, index))
        return shapes

    def of(self, reference: int | str, shapes: Sequence[int]) -> int:
        """The shape of a mention: the name of a primitive type, or an index into `shapes`."""
        if isinstance(reference, str):
            return self.number((reference,))
        if reference < 0:
            raise IndexError(reference)
        return shapes[reference]

    def _of(self, definition: Mapping[str, Any], shapes: Sequence[int], index: int) -> int:
        kind = definition["kind"]
        if isinstance(kind, str):  # "resource": each is a type of its own
            return self.number((kind, index))
        ((name, body),) = kind.items()

        def of(reference: int | str | None) -> int | None:
            return None if reference is None else self.of(reference, shapes)

        match name:
            case "type":
                return self.of(body, shapes)
            case "record":
                return self.number(("record", tuple((field["name"], of(field["type"])) for field in body["fields"])))
            case "variant":
                return self.number(("variant", tuple((case["name"], of(case["type"])) for case in body["cases"])))
            case "enum":
                return self.number(("enum", tuple(case["name"] for case in body["cases"])))
            case "flags":
                return self.number(("flags", tuple(flag["name"] for flag in body["flags"])))
            case "tuple":
                return self.number(("tuple", *(of(part) for part in body["types"])))
            case "list" | "option":
                return self.number((name, of(body)))
            case "result":
                return self.number(("result", of(body["ok"]), of(body["err"])))
            case _:  # handles, futures, streams and what comes: never equal to anything of ours
                return self.number((name, "of its own", index))

    def describe(self, shape: int | None, depth: int = _MAX_DESCRIBED) -> str:
        """A short text for messages. It has no names out of the type: they may be a stranger's."""
        if shape is None:
            return "_"
        kind, *parts = self._nodes[shape]
        if kind in ("list", "option", "result", "tuple"):
            inner = ", ".join(self.describe(part, depth - 1) for part in parts[:8]) if depth else "..."
            return f"{kind}<{inner}>"
        if kind in ("record", "variant", "enum", "flags"):
            noun = {"record": "field", "flags": "flag"}.get(kind, "case")
            return f"{kind} of {len(parts[0])} {noun}{'' if len(parts[0]) == 1 else 's'}"
        return str(kind)

    def difference(self, wanted: int | None, found: int | None) -> str:
        """Where two different shapes differ first, e.g. `.headers: must be list<...>, not string`. Names in it are of `wanted`."""
        place = ""
        while True:
            if wanted is None or found is None:
                break
            (kind, *parts), (other, *others) = self._nodes[wanted], self._nodes[found]
            if kind != other or len(parts) != len(others):
                break
            if kind in ("record", "variant"):
                names = [name for name, _ in parts[0]]
                if names != [name for name, _ in others[0]]:
                    return f"{place}: must have {', '.join(names)} in this order"
                pairs = zip(names, parts[0], others[0], strict=True)
                step, wanted, found = next((f".{name}", a[1], b[1]) for name, a, b in pairs if a != b)
            elif kind in ("enum", "flags"):
                return f"{place}: must have {', '.join(parts[0])} in this order"
            elif kind in ("list", "option", "result", "tuple"):
                step, wanted, found = next(
                    (f"<{index}>", a, b) for index, (a, b) in enumerate(zip(parts, others, strict=True)) if a != b
                )
            else:
                break
            place += step
        return f"{place}: must be {self.describe(wanted)}, not {self.describe(found)}"
