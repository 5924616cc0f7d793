"""The world of a component, read from the tool's JSON, and its comparison with the guest contract."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kernel.archive.rules import printable
from kernel.errors import Violation
from registry.shapes import Shapes

OURS: Final = "alga:extension/"
# What the runner's WASI has: toolchains import these whether a program uses them or not, and linking needs each by name.
WASI: Final[Mapping[str, frozenset[str]]] = {
    "cli": frozenset({"environment", "exit", "stdin", "stdout", "stderr", "terminal-input", "terminal-output"})
    | {"terminal-stdin", "terminal-stdout", "terminal-stderr"},
    "clocks": frozenset({"monotonic-clock", "wall-clock"}),
    "random": frozenset({"random", "insecure", "insecure-seed"}),
    "io": frozenset({"error", "poll", "streams"}),
    "filesystem": frozenset({"types", "preopens"}),
    "sockets": frozenset({"network", "instance-network", "ip-name-lookup"})
    | {"tcp", "tcp-create-socket", "udp", "udp-create-socket"},
}
_WASI_NAME = re.compile(r"wasi:([a-z0-9-]+)/([a-z0-9-]+)@(.+)")
_WASI_VERSION = re.compile(r"0\.2\.[0-9]{1,4}")
HANDLER: Final = "handler"


@dataclass(frozen=True, slots=True)
class Function:
    """A function's kind (`freestanding`, `method`, asynchronous ones, ...) and the shapes of its parameters and its result."""

    kind: str
    params: tuple[int, ...]
    result: int | None


@dataclass(frozen=True, slots=True)
class Interface:
    """What an interface has, by name."""

    functions: Mapping[str, Function]
    types: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class World:
    """What a component imports, by interface; the names of imports that are no interface; and its functions at the top."""

    interfaces: Mapping[str, Interface]
    bare_imports: Sequence[str]
    exports: Mapping[str, Function]

    @classmethod
    def read(cls, document: Mapping[str, Any], name: str, shapes: Shapes) -> "World":
        """The world `name` of what `component wit --json` printed.

        Raises KeyError, IndexError, TypeError, ValueError or AttributeError when the document is not of that form.
        """
        (world,) = [world for world in document["worlds"] if world["name"] == name]
        types = shapes.of_types(document["types"])
        named: dict[str, Interface] = {}
        bare: list[str] = []
        for key, item in world["imports"].items():
            if "interface" not in item:
                if "type" not in item:  # types at the top only give names to what functions use
                    bare.append(key)
                continue
            interface = document["interfaces"][item["interface"]["id"]]
            if interface["name"] is None:
                bare.append(key)
                continue
            package = document["packages"][interface["package"]]["name"]
            named[_full_name(package, interface["name"])] = Interface(
                {key: _function(value, types, shapes) for key, value in interface["functions"].items()},
                {key: shapes.of(value, types) for key, value in interface["types"].items()},
            )
        exports = {key: _function(item["function"], types, shapes) for key, item in world["exports"].items() if "function" in item}
        return cls(named, bare, exports)


def _full_name(package: str, interface: str) -> str:
    """`wasi:io@0.2.9` and `poll` are `wasi:io/poll@0.2.9`."""
    base, at, version = package.partition("@")
    return f"{base}/{interface}{at}{version}"


def _function(function: Mapping[str, Any], types: Sequence[int], shapes: Shapes) -> Function:
    # Names of parameters take no part in linking, so they are not compared.
    kind = function["kind"] if isinstance(function["kind"], str) else next(iter(function["kind"]))
    params = tuple(shapes.of(param["type"], types) for param in function["params"])
    result = function.get("result")
    return Function(str(kind), params, None if result is None else shapes.of(result, types))


def compare(found: World, contract: World, shapes: Shapes) -> Iterator[Violation]:
    """Every way in which a component does not fit the contract; both worlds are of the table `shapes`."""
    if HANDLER not in found.exports:
        yield Violation(HANDLER, "must be exported: handler: func(request: execute-request) -> execute-response")
    else:
        yield from _compare_functions(HANDLER, found.exports[HANDLER], contract.exports[HANDLER], shapes)
    for name in found.bare_imports:
        yield Violation(printable(name), "is imported but is not an interface of the host")
    for name, interface in found.interfaces.items():
        if name.startswith("wasi:"):
            yield from _check_wasi(name)
        elif (known := contract.interfaces.get(name)) is None:
            yield Violation(printable(name), "is not an interface of the host")
        else:
            yield from _compare_interfaces(name.removeprefix(OURS), interface, known, shapes)


def _check_wasi(name: str) -> Iterator[Violation]:
    match = _WASI_NAME.fullmatch(name)
    if match is not None and match[1] == "http":
        yield Violation(printable(name), "is not offered; requests go out through alga:extension/http")
    elif match is None or match[1] not in WASI or match[2] not in WASI[match[1]]:
        yield Violation(printable(name), f"is not offered; of WASI there are {', '.join(WASI)}")
    elif not _WASI_VERSION.fullmatch(match[3]):
        yield Violation(printable(name), "must be of WASI 0.2")


def _compare_interfaces(name: str, found: Interface, known: Interface, shapes: Shapes) -> Iterator[Violation]:
    for key, function in found.functions.items():
        if key in known.functions:
            yield from _compare_functions(f"{name}.{key}", function, known.functions[key], shapes)
        else:
            yield Violation(printable(f"{name}.{key}"), f"is not a function of {OURS}{name}")
    for key, shape in found.types.items():
        if key not in known.types:
            yield Violation(printable(f"{name}.{key}"), f"is not a type of {OURS}{name}")
        elif shape != known.types[key]:
            yield _differs(f"{name}.{key}", "", known.types[key], shape, shapes)


def _compare_functions(name: str, found: Function, known: Function, shapes: Shapes) -> Iterator[Violation]:
    if found.kind != known.kind:
        yield Violation(name, "must be a plain function")
    elif len(found.params) != len(known.params):
        yield Violation(name, f"must have {len(known.params)} parameters, not {len(found.params)}")
    else:
        for index, (have, want) in enumerate(zip(found.params, known.params, strict=True), start=1):
            if have != want:
                yield _differs(name, f"parameter {index}", want, have, shapes)
        if found.result != known.result:
            yield _differs(name, "result", known.result, found.result, shapes)


def _differs(name: str, part: str, want: int | None, have: int | None, shapes: Shapes) -> Violation:
    return Violation(name, (part + shapes.difference(want, have)).removeprefix(": "))
