"""What one fresh invocation costs inside wasmtime alone: the least that any host of ours could reach.

Nothing of the runner is used here, so that the floor stays where it is when the runner changes: stock engine settings with epoch
interruption, the pooling allocator, wasmtime's own WASI, and host functions that do nothing.
"""

import time
from collections.abc import Mapping
from ctypes import byref, pointer
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wasmtime import Config, Engine, WasiConfig, WasmtimeError, _bindings
from wasmtime.component import Component, FuncType, Linker, Record

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


def request(method: str = "GET", url: str = "/floor", body: bytes = b"") -> Record:
    """An execute-request of the guest's world."""
    context = {"request-id": "r", "tenant-id": "t", "extension-id": "e", "install-id": None, "version-id": None}
    headers = [_record({"name": name, "value": value}) for name, value in HEADERS]
    http = {"method": method, "url": url, "headers": headers, "body": body or None}
    return _record({"context": _record(context), "http": _record(http)})


def _record(fields: Mapping[str, object]) -> Record:
    made = Record()
    vars(made).update(fields)
    return made


class Floor:
    """A compiled component that can be invoked and timed. `component` belongs to `engine`."""

    def __init__(self, engine: Engine, component: Component, given: Record) -> None:
        self._engine, self._component, self._given = engine, component, given
        self._linker = _linker(engine, component)
        export = component.get_export_index("handler")
        assert export is not None, "the component exports no handler"
        self._export = export
        self._type = component.type.exports(engine)["handler"].ty

    def run(self, count: int) -> list[dict[str, float]]:
        """Milliseconds of each step, for each of `count` fresh invocations."""
        return [self._once() for _ in range(count)]

    def _once(self) -> dict[str, float]:
        now, spent = time.perf_counter, {}
        instance, function = _bindings.wasmtime_component_instance_t(), _bindings.wasmtime_component_func_t()
        argument, result = _Value(), _Value()

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

            # By wasmtime's own converters, at each run: a host that called with what it packed once would leave the processor's
            # caches to wasmtime, and find a floor a fifth below what anybody can stand on.
            self._type.params[0][1].convert_to_c(None, self._given, pointer(argument))
            began = now()
            error = _c.wasmtime_component_func_call(byref(function), context, byref(argument), 1, byref(result), 1)
            spent["call"] = now() - began
            _c.wasmtime_component_val_delete(byref(argument))
            _check(error)
            self._type.result.convert_from_c(result)
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
