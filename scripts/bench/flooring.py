"""What one fresh invocation costs inside wasmtime alone: the least that any host of ours could reach.

Nothing of the runner is used here, so that the floor stays where it is when the runner changes: stock engine settings with epoch
interruption, the pooling allocator, wasmtime's own WASI, and host functions that do nothing.
"""

import ctypes
import time
from collections.abc import Mapping, Sequence
from ctypes import byref
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wasmtime import Config, Engine, WasiConfig, WasmtimeError, _bindings, _ffi
from wasmtime.component import Component, FuncType, Linker

# As large as any component of the usual toolchains needs it, and the same for every component that is compared.
POOL = {
    "total_memories": 64,
    "total_core_instances": 1024,
    "total_component_instances": 64,
    "total_tables": 1024,
    "table_elements": 40_000,
    "max_memory_size": 256 << 20,
    "max_core_instance_size": 4 << 20,
    "max_component_instance_size": 4 << 20,
}
STEPS = ("new", "instantiate", "call", "drop")
HEADERS = (("accept", "*/*"),)
VERSION = version("wasmtime")  # artifacts fit one version
FOREVER = 1_000_000  # epochs; nothing ticks here

_c = _bindings.dll
_Value: Any = _bindings.wasmtime_component_val
_Entry: Any = _bindings.wasmtime_component_valrecord_entry
_NO_FINALIZER = _c.wasmtime_store_new.argtypes[2](0)


def engine() -> Engine:
    """An engine with a pool."""
    config = Config()
    config.epoch_interruption = True
    pool = _bindings.wasmtime_pooling_allocation_config_new()
    for name, value in POOL.items():
        getattr(_bindings, f"wasmtime_pooling_allocation_config_{name}_set")(pool, value)
    _bindings.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    _bindings.wasmtime_pooling_allocation_config_delete(pool)
    return Engine(config)


@dataclass(frozen=True)
class Some:
    """An option that has a value; None is one that has none."""

    value: Any


def request(method: str = "GET", url: str = "/floor", body: bytes = b"") -> dict[str, Any]:
    """An execute-request of the guest's world, as plain values."""
    absent = dict.fromkeys(("install-id", "version-id"))
    return {
        "context": {"request-id": Some("r"), "tenant-id": "t", "extension-id": "e", **absent},
        "http": {
            "method": method,
            "url": url,
            "headers": [{"name": name, "value": value} for name, value in HEADERS],
            "body": Some(body) if body else None,
        },
    }


class Argument:
    """A tree of component values in memory of Python's; keep the object for as long as `value` is used."""

    def __init__(self, plain: Any) -> None:
        self._kept: list[Any] = []
        self.value = _Value()
        self._fill(self.value, plain)

    def _fill(self, target: Any, plain: Any) -> None:
        match plain:
            case str():
                target.kind = _ffi.WASMTIME_COMPONENT_STRING.value
                self._text(target.of.string, plain)
            case None | Some():
                target.kind = _ffi.WASMTIME_COMPONENT_OPTION.value
                if plain is not None:
                    inner = self._keep(_Value())
                    self._fill(inner, plain.value)
                    target.of.option = ctypes.pointer(inner)
            case bytes():
                target.kind = _ffi.WASMTIME_COMPONENT_LIST.value
                items = self._sequence(target.of.list, _Value, len(plain))
                view = memoryview(items).cast("B")
                size = ctypes.sizeof(_Value)
                view[::size] = bytes([_ffi.WASMTIME_COMPONENT_U8.value]) * len(plain)
                view[_Value.of.offset :: size] = plain
            case Mapping():
                target.kind = _ffi.WASMTIME_COMPONENT_RECORD.value
                for entry, (name, value) in zip(self._sequence(target.of.record, _Entry, len(plain)), plain.items(), strict=True):
                    self._text(entry.name, name)
                    self._fill(entry.val, value)
            case Sequence():
                target.kind = _ffi.WASMTIME_COMPONENT_LIST.value
                for item, value in zip(self._sequence(target.of.list, _Value, len(plain)), plain, strict=True):
                    self._fill(item, value)

    def _sequence(self, place: Any, kind: Any, count: int) -> Any:
        items = self._keep((kind * count)())
        place.size, place.data = count, ctypes.cast(items, type(place.data))
        return items

    def _text(self, place: Any, text: str) -> None:
        data = text.encode()
        buffer = self._keep(ctypes.create_string_buffer(data, max(1, len(data))))
        place.size, place.data = len(data), ctypes.cast(buffer, type(place.data))

    def _keep(self, thing: Any) -> Any:
        self._kept.append(thing)
        return thing


class Floor:
    """A compiled component that can be invoked and timed. `component` belongs to `engine`."""

    def __init__(self, engine: Engine, component: Component, plain: Mapping[str, Any]) -> None:
        self._engine, self._component, self._plain = engine, component, plain
        self._linker = _linker(engine, component)
        export = component.get_export_index("handler")
        assert export is not None, "the component exports no handler"
        self._export = export

    def run(self, count: int) -> list[dict[str, float]]:
        """Milliseconds of each step, for each of `count` fresh invocations."""
        return [self._once() for _ in range(count)]

    def _once(self) -> dict[str, float]:
        now, spent = time.perf_counter, {}
        argument = Argument(self._plain)  # anew each time, as a host must: what it does between the calls is in the caches then
        instance, function, result = _bindings.wasmtime_component_instance_t(), _bindings.wasmtime_component_func_t(), _Value()

        began = now()
        store = _c.wasmtime_store_new(self._engine.ptr(), None, _NO_FINALIZER)
        spent["new"] = now() - began
        try:
            context = _c.wasmtime_store_context(store)
            _c.wasmtime_context_set_epoch_deadline(context, FOREVER)
            _check(_c.wasmtime_context_set_wasi(context, WasiConfig()._consume()))

            began = now()
            error = _c.wasmtime_component_linker_instantiate(self._linker.ptr(), context, self._component.ptr(), byref(instance))
            spent["instantiate"] = now() - began
            _check(error)
            assert _c.wasmtime_component_instance_get_func(byref(instance), context, self._export.ptr(), byref(function))

            began = now()
            error = _c.wasmtime_component_func_call(byref(function), context, byref(argument.value), 1, byref(result), 1)
            spent["call"] = now() - began
            _check(error)
            _c.wasmtime_component_val_delete(byref(result))
        finally:
            began = now()
            _c.wasmtime_store_delete(store)
            spent["drop"] = now() - began
        return {step: spent[step] * 1e3 for step in STEPS}


def _linker(engine: Engine, component: Component) -> Linker:
    linker = Linker(engine)
    linker.add_wasip2()
    with linker.root() as root:
        for name, item in component.type.imports(engine).items():
            exports = getattr(item.ty, "exports", None)
            if name.startswith("wasi:") or exports is None:
                continue
            with root.add_instance(name) as instance:
                for function, kind in exports(engine).items():
                    if isinstance(kind.ty, FuncType):
                        instance.add_func(function, lambda _store, *_arguments: None)
    return linker


def _check(error: Any) -> None:
    if error:
        raise WasmtimeError._from_ptr(error)


def load(engine: Engine, wasm: Path, artifact: Path) -> Component:
    """Compile into `artifact` unless it is there, and load it from there, as a runner would."""
    if not artifact.exists():
        beside = artifact.with_suffix(".new")
        beside.write_bytes(Component(engine, wasm.read_bytes()).serialize())
        beside.replace(artifact)
    return Component.deserialize_file(engine, str(artifact))
