"""An instance that is made before anybody asks for it: fresh all the same, it serves one call or none.

It is made of a component alone. No call is there yet, so every host function traps until there is one; a component that asks its
host for something while it is instantiated is not made early again.
"""

from dataclasses import dataclass
from typing import Final

from wasmtime.component import Component, ExportIndex

from runner.engine import private

# Instantiating takes 0.1 to 0.7 ms. What takes longer runs code of its own at the start, in nobody's time: once and never again.
MAX_SECONDS: Final = 0.005


@dataclass(slots=True, eq=False)
class Handler:
    """A component that is ready to be called."""

    component: Component
    export: ExportIndex
    wrapped: bool  # bodies of any size; others have at most `call.PACKED_BODY_BYTES`
    early: bool = True  # whether its instances may be made before they are asked for


@dataclass(frozen=True, slots=True, eq=False)
class Early:
    """An instance of a handler, whose memories have at most so many bytes. `Runtime.drop` it when it is not used."""

    handler: Handler
    memory_bytes: int
    instance: private.Instance

    def fits(self, handler: Handler, memory_bytes: int) -> bool:
        """Whether it is what a call would make for itself."""
        return self.handler is handler and self.memory_bytes == memory_bytes
