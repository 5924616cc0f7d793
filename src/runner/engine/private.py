"""Everything of wasmtime-py that is not its public interface: switches, direct calls, and the layout of component values.

The short calls go through PyDLL, which keeps the GIL: through CDLL, two threads with thirty short calls each per invocation ran
slower than one. The long ones (instantiate, call, delete a store) go through CDLL and let other threads run.
`runner.engine.layout.self_test` proves what is assumed here against the library that is loaded; the dependency is pinned.
"""

import ctypes
from collections.abc import Callable
from ctypes import byref
from typing import Any, Final

from wasmtime import Config, Engine, ExitTrap, WasiConfig, WasmtimeError, _bindings, _ffi
from wasmtime.component import Component, ExportIndex, Linker

# A component value is 32 bytes: its kind at 0, its payload at 8. A record's entry is its name (size, address) and the value.
VALUE: Final = 32
ENTRY: Final = 48
PAYLOAD: Final = 8
ENTRY_VALUE: Final = 16

BOOL, S8, U8, S16, U16, S32, U32, S64, U64, F32, F64, CHAR, STRING, LIST, RECORD, TUPLE, VARIANT, ENUM, OPTION, RESULT = range(20)
_KIND_NAMES: Final = (
    *("BOOL", "S8", "U8", "S16", "U16", "S32", "U32", "S64", "U64", "F32", "F64", "CHAR", "STRING"),
    *("LIST", "RECORD", "TUPLE", "VARIANT", "ENUM", "OPTION", "RESULT"),
)

HostCallback = Callable[[int, int, int], None]
"""A host function: address and number of its arguments, address of its result (0 = none). What it raises traps the guest."""

_short: Final = ctypes.PyDLL(_ffi.dll._name)
_long: Final = _ffi.dll


def _bind(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    function = library[name]  # by item: a function object of its own, so the binding's declarations stay as they are
    function.restype = result
    function.argtypes = arguments
    return function


_address = ctypes.c_void_p
_size = ctypes.c_size_t
_store_new = _bind(_short, "wasmtime_store_new", _address, _address, _address, _address)
_store_context = _bind(_short, "wasmtime_store_context", _address, _address)
_store_limiter = _bind(_short, "wasmtime_store_limiter", None, _address, *[ctypes.c_int64] * 5)
_store_delete = _bind(_long, "wasmtime_store_delete", None, _address)
_set_deadline = _bind(_short, "wasmtime_context_set_epoch_deadline", None, _address, ctypes.c_uint64)
_set_wasi = _bind(_short, "wasmtime_context_set_wasi", _address, _address, _address)
_instantiate = _bind(_long, "wasmtime_component_linker_instantiate", _address, *[_address] * 4)
_get_func = _bind(_short, "wasmtime_component_instance_get_func", ctypes.c_bool, *[_address] * 4)
_call = _bind(_long, "wasmtime_component_func_call", _address, _address, _address, _address, _size, _address, _size)
_value_delete = _bind(_short, "wasmtime_component_val_delete", None, _address)
_value_clone = _bind(_short, "wasmtime_component_val_clone", None, _address, _address)
_value_new = _bind(_short, "wasmtime_component_val_new", _address, _address)
_bytes_new = _bind(_short, "wasm_byte_vec_new", None, _address, _size, ctypes.c_char_p)
_list_new = _bind(_short, "wasmtime_component_vallist_new_uninit", None, _address, _size)
_record_new = _bind(_short, "wasmtime_component_valrecord_new_uninit", None, _address, _size)
_tuple_new = _bind(_short, "wasmtime_component_valtuple_new_uninit", None, _address, _size)
_view = _bind(ctypes.pythonapi, "PyMemoryView_FromMemory", ctypes.py_object, _address, ctypes.c_ssize_t, ctypes.c_int)
_error_new = _bind(_short, "wasmtime_error_new", _address, ctypes.c_char_p)


def kinds() -> dict[str, int]:
    """The numbers of the kinds of values as the binding knows them."""
    prefix = "WASMTIME_COMPONENT_"
    return {name: getattr(_ffi, prefix + name).value for name in _KIND_NAMES}


def sizes() -> tuple[int, int, int, int]:
    """What VALUE, ENTRY, PAYLOAD and ENTRY_VALUE are in the binding."""
    value, entry = _bindings.wasmtime_component_val_t, _bindings.wasmtime_component_valrecord_entry_t
    return ctypes.sizeof(value), ctypes.sizeof(entry), value.of.offset, entry.val.offset


def raw(pointer: Any) -> int:
    """The address in a ctypes pointer."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def view(address: int, size: int) -> memoryview:
    """Memory at an address, as writable bytes. It must outlive the view."""
    return _view(address, size, 0x200)  # type: ignore[no-any-return]  # PyBUF_WRITE


def set_switch(config: Config, name: str, on: bool) -> None:
    """Set `wasmtime_config_<name>_set`. Raises AttributeError for a switch that this library does not have."""
    getattr(_bindings, f"wasmtime_config_{name}_set")(config.ptr(), on)


class Instance:
    """A store with one instance in it. `close` it in a `finally`: nothing else frees it."""

    def __init__(self, engine: Engine, wasi: WasiConfig, *, limits: tuple[int, int, int, int, int], ticks: int) -> None:
        """`limits`: bytes of a memory, table elements, instances, tables, memories. `ticks`: epochs until it is interrupted."""
        self._store = _store_new(raw(engine.ptr()), None, None)
        self._context = _store_context(self._store)
        self._func = _ffi.wasmtime_component_func_t()
        _store_limiter(self._store, *limits)
        _set_deadline(self._context, ticks)
        _raise(_set_wasi(self._context, raw(wasi._consume())))

    def instantiate(self, linker: Linker, component: Component, export: ExportIndex) -> None:
        """Instantiate and find the function. Raises WasmtimeError, and LookupError when the export is no function."""
        instance = _ffi.wasmtime_component_instance_t()
        _raise(_instantiate(raw(linker.ptr()), self._context, raw(component.ptr()), byref(instance)))
        if not _get_func(byref(instance), self._context, raw(export.ptr()), byref(self._func)):
            raise LookupError("the export is not a function")

    def call(self, arguments: int, count: int, result: int) -> None:
        """Call the function with values at an address, which stay the caller's; the result is owned. Raises WasmtimeError."""
        _raise(_call(byref(self._func), self._context, arguments, count, result, 1))

    def close(self) -> None:
        """Free everything; legal more than once."""
        store, self._store = self._store, None
        if store is not None:
            _store_delete(store)


def _raise(error: int | None) -> None:
    if error:
        raise WasmtimeError._from_ptr(ctypes.cast(error, ctypes.POINTER(_ffi.wasmtime_error_t)))


def exit_code(error: WasmtimeError) -> int | None:
    """The code of a guest that ended itself."""
    return error.code if isinstance(error, ExitTrap) else None


def clone_value(source: int, target: int) -> None:
    """Have wasmtime read a value and make an owned one of it."""
    _value_clone(source, target)


def delete_value(address: int) -> None:
    """Free what an owned value holds."""
    _value_delete(address)


def boxed(address: int) -> int:
    """Move a value into wasmtime's own memory; the answer is its address, for options and results."""
    return int(_value_new(address))


def put_bytes(address: int, data: bytes) -> None:
    """Make a string of wasmtime's at (size, address)."""
    _bytes_new(address, len(data), data)


def put_sequence(kind: int, address: int, count: int) -> int:
    """Make `count` values or entries of wasmtime's at (size, address); the answer is where they begin."""
    {LIST: _list_new, RECORD: _record_new, TUPLE: _tuple_new}[kind](address, count)
    return ctypes.c_size_t.from_address(address + 8).value


_callbacks: Final[list[HostCallback]] = []


def _enter_host(index: int | None, _context: Any, _type: Any, arguments: Any, count: int, results: Any, result_count: int) -> int:
    # Nothing may leave here: wasmtime-py would park it in a process-wide global, from where another thread's call could raise it.
    try:
        _callbacks[index or 0](raw(arguments) if count else 0, count, raw(results) if result_count else 0)
    except BaseException as error:  # noqa: BLE001 - the guest is trapped and the guard has recorded why
        return int(_error_new(f"host function failed: {type(error).__name__}".encode()))
    return 0


def _keep(_index: int | None) -> None:
    """Linkers live as long as the process, and so do their functions."""


_ENTER_HOST: Final = _ffi.wasmtime_component_func_callback_t(_enter_host)
_KEEP: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_keep)


def define(linker: Linker, interface: str, functions: dict[str, HostCallback]) -> None:
    """Define an interface of host functions in a linker that is kept for the life of the process."""
    with linker.root() as root, root.add_instance(interface) as instance:
        for name, function in functions.items():
            text = name.encode()
            _callbacks.append(function)
            error = _bindings.wasmtime_component_linker_instance_add_func(
                instance.ptr(), ctypes.create_string_buffer(text), len(text), _ENTER_HOST, len(_callbacks) - 1, _KEEP
            )
            if error:
                raise WasmtimeError._from_ptr(error)
