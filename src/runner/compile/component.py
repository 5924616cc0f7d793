"""Compile a component, wrapped for the byte lane where that can be."""

from wasmtime import Engine, WasmtimeError
from wasmtime.component import Component

from runner.engine.lane.wrap import NotWrappable, wrap


def compiled(engine: Engine, component: bytes) -> tuple[Component, str]:
    """The component, wrapped; or as it is, and why it cannot be wrapped. Raises WasmtimeError when it does not compile."""
    try:
        return Component(engine, wrap(component)), ""
    except (NotWrappable, WasmtimeError) as error:
        return Component(engine, component), f"not wrapped: {error}"
