"""The one engine configuration: what guests may use, and nothing else."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runner.engine.lane.text import wrapper
from runner.engine.slots import GUARD, RESERVATION, Slots
from runner.engine.world import LANES

if TYPE_CHECKING:
    from wasmtime import Engine

# How much address space a memory has: compiled code leaves checks out accordingly. The library's own numbers, written down because
# an artifact of one engine must fit the pool of another.
_LAYOUT: Final = {"memory_reservation": RESERVATION, "memory_guard_size": GUARD}
WASM_STACK: Final = 1024 * 1024  # bytes; deeper recursion traps
# Everything here is either new enough to have had escapes (component-model async: CVE-2026-115384) or of no use to a guest of
# this world. What is off cannot be validated, so it cannot be reached. Concurrency is the machinery below component-model async;
# with it, wasmtime 50 traps every host function that is given two borrowed resources (`poll`), whatever the function does.
_OFF: Final = (
    "concurrency_support",
    "wasm_component_model_async",
    "wasm_component_model_more_async_builtins",
    "wasm_component_model_async_stackful",
    "wasm_component_model_map",
    "wasm_component_model_implements",
    "wasm_threads",
    "shared_memory",
    "wasm_stack_switching",
    "wasm_gc",
    "wasm_function_references",
    "gc_support",
    "wasm_exceptions",
    "wasm_memory64",
    "wasm_wide_arithmetic",
    "wasm_custom_page_sizes",
    "wasm_relaxed_simd",
    "debug_info",
)


def new_engine(slots: Slots | None = None) -> "Engine":
    """An engine with epoch interruption, and with a pool where `slots` are given: whoever runs guests needs one.

    Artifacts fit every engine made here, pool or not, on the machine type of `engine_key`.
    """
    # The runner itself needs `engine_key` only: the library costs it 5 MB and is the last thing to have beside its keys.
    from wasmtime import Config, Engine

    from runner.engine import private

    config = Config()
    config.epoch_interruption = True
    config.max_wasm_stack = WASM_STACK
    for name in _OFF:
        private.set_switch(config, name, on=False)
    for name, number in _LAYOUT.items():
        private.set_number(config, name, number)
    if slots is not None:
        private.set_pool(config, slots.settings())
    return Engine(config)


def engine_key() -> str:
    """What an artifact depends on besides its component: 16 hex digits over library, configuration and processor."""
    parts = {
        "wasmtime": version("wasmtime"),
        "off": _OFF,
        "layout": _LAYOUT,
        "stack": WASM_STACK,
        "wrapper": hashlib.sha256(wrapper({}, [(name, "instance", 0) for name in LANES]).encode()).hexdigest(),
        "machine": platform.machine(),
        "processor": _processor_features(),
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _processor_features() -> str:
    """Feature flags as Linux tells them; the compiler uses what it finds."""
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        if line.startswith(("flags", "Features")):
            return " ".join(sorted(line.partition(":")[2].split()))
    return ""
