"""Everything of wasmtime-py that is not its public interface: switches, direct calls, and the layout of component values.

The short calls go through PyDLL, which keeps the GIL: through CDLL, two threads with thirty short calls each per invocation ran
slower than one. The long ones (instantiate, call, delete a store) go through CDLL and let other threads run.
`runner.engine.layout.self_test` proves what is assumed here against the library that is loaded; the dependency is pinned.
"""

import ctypes
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from ctypes import byref
from typing import Any, Final

from wasmtime import Config, Engine, WasmtimeError, _bindings, _ffi
from wasmtime.component import Component, ExportIndex, Linker, ResourceType

# A component value is 32 bytes: its kind at 0, its payload at 8. A record's entry is its name (size, address) and the value.
VALUE: Final = 32
ENTRY: Final = 48
PAYLOAD: Final = 8
ENTRY_VALUE: Final = 16
VARIANT_VALUE: Final = 16  # in a variant's payload, behind its case (size, address): the address of its own payload, 0 = none

BOOL, S8, U8, S16, U16, S32, U32, S64, U64, F32, F64, CHAR, STRING, LIST, RECORD, TUPLE, VARIANT, ENUM, OPTION, RESULT = range(20)
RESOURCE: Final = 21
_KIND_NAMES: Final = (
    *("BOOL", "S8", "U8", "S16", "U16", "S32", "U32", "S64", "U64", "F32", "F64", "CHAR", "STRING"),
    *("LIST", "RECORD", "TUPLE", "VARIANT", "ENUM", "OPTION", "RESULT", "RESOURCE"),
)

HostCallback = Callable[[int, int, int, int], None]
"""A host function: the context of the guest's store, address and number of its arguments, address of its result (0 = none).

What it raises traps the guest.
"""

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
_SEQUENCES: Final = {LIST: _list_new, RECORD: _record_new, TUPLE: _tuple_new}
_view = _bind(ctypes.pythonapi, "PyMemoryView_FromMemory", ctypes.py_object, _address, ctypes.c_ssize_t, ctypes.c_int)
_error_new = _bind(_short, "wasmtime_error_new", _address, ctypes.c_char_p)
_host_new = _bind(_short, "wasmtime_component_resource_host_new", _address, ctypes.c_bool, ctypes.c_uint32, ctypes.c_uint32)
_host_rep = _bind(_short, "wasmtime_component_resource_host_rep", ctypes.c_uint32, _address)
_host_delete = _bind(_short, "wasmtime_component_resource_host_delete", None, _address)
_host_to_any = _bind(_short, "wasmtime_component_resource_host_to_any", _address, _address, _address, _address)
_any_to_host = _bind(_short, "wasmtime_component_resource_any_to_host", _address, _address, _address, _address)
# Callbacks of our own types: they get addresses as numbers, where the binding's make an object of each pointer.
_function_type = ctypes.CFUNCTYPE(_size, _address, _address, _address, _address, _size, _address, _size)
_drop_type = ctypes.CFUNCTYPE(_size, _address, _address, ctypes.c_uint32)
_end_type = ctypes.CFUNCTYPE(None, _address)
_defined = (_address, _address, ctypes.c_char_p, _size)  # error; the linker's instance, name and its length
_add_func = _bind(_short, "wasmtime_component_linker_instance_add_func", *_defined, _function_type, _address, _end_type)
_add_resource = _bind(
    _short, "wasmtime_component_linker_instance_add_resource", *_defined, _address, _drop_type, _address, _end_type
)


def kinds() -> dict[str, int]:
    """The numbers of the kinds of values as the binding knows them."""
    prefix = "WASMTIME_COMPONENT_"
    return {name: getattr(_ffi, prefix + name).value for name in _KIND_NAMES}


def sizes() -> tuple[int, int, int, int, int]:
    """What VALUE, ENTRY, PAYLOAD, ENTRY_VALUE and VARIANT_VALUE are in the binding."""
    value, entry = _bindings.wasmtime_component_val_t, _bindings.wasmtime_component_valrecord_entry_t
    variant: Any = _bindings.wasmtime_component_valvariant_t
    return ctypes.sizeof(value), ctypes.sizeof(entry), value.of.offset, entry.val.offset, variant.val.offset


def raw(pointer: Any) -> int:
    """The address in a ctypes pointer."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def view(address: int, size: int) -> memoryview:
    """Memory at an address, as writable bytes. It must outlive the view."""
    return _view(address, size, 0x200)  # type: ignore[no-any-return]  # PyBUF_WRITE


def set_switch(config: Config, name: str, on: bool) -> None:
    """Set `wasmtime_config_<name>_set`. Raises AttributeError for a switch that this library does not have."""
    getattr(_bindings, f"wasmtime_config_{name}_set")(config.ptr(), on)


def set_number(config: Config, name: str, number: int) -> None:
    """Set a number as `set_switch` sets a switch."""
    getattr(_bindings, f"wasmtime_config_{name}_set")(config.ptr(), number)


def set_pool(config: Config, settings: Mapping[str, int]) -> None:
    """Let engines of this configuration allocate from a pool. Raises AttributeError for a setting that this library lacks.

    What cannot be had, such as more address space than there is, ends the process when the engine is made.
    """
    prefix = "wasmtime_pooling_allocation_config"
    setters = {getattr(_bindings, f"{prefix}_{name}_set"): number for name, number in settings.items()}
    pool = getattr(_bindings, f"{prefix}_new")()
    for setter, number in setters.items():
        setter(pool, number)
    _bindings.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    getattr(_bindings, f"{prefix}_delete")(pool)


class Instance:
    """A store with one instance in it. `close` it in a `finally`: nothing else frees it."""

    def __init__(self, engine: Engine, *, limits: tuple[int, int, int, int, int], ticks: int) -> None:
        """`limits`: bytes of a memory, table elements, instances, tables, memories. `ticks`: epochs until it is interrupted."""
        self._store = _store_new(raw(engine.ptr()), None, None)
        self._context = _store_context(self._store)
        self._func = _ffi.wasmtime_component_func_t()
        _store_limiter(self._store, *limits)
        _set_deadline(self._context, ticks)

    def instantiate(self, linker: Linker, component: Component, export: ExportIndex) -> None:
        """Instantiate and find the function. Raises WasmtimeError, and LookupError when the export is no function."""
        instance = _ffi.wasmtime_component_instance_t()
        _raise(_instantiate(raw(linker.ptr()), self._context, raw(component.ptr()), byref(instance)))
        if not _get_func(byref(instance), self._context, raw(export.ptr()), byref(self._func)):
            raise LookupError("the export is not a function")

    def set_deadline(self, ticks: int) -> None:
        """Count the epochs until it is interrupted from now on."""
        _set_deadline(self._context, ticks)

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


def text_value(text: bytes) -> ctypes.Array[ctypes.c_char]:
    """A string value over UTF-8 bytes that stay Python's; both must live for as long as the value is used."""
    value = ctypes.create_string_buffer(VALUE)
    ctypes.c_uint8.from_buffer(value).value = STRING
    ctypes.c_size_t.from_buffer(value, PAYLOAD).value = len(text)
    ctypes.c_char_p.from_buffer(value, PAYLOAD + 8).value = text
    return value


def text_at(address: int) -> memoryview:
    """The UTF-8 bytes of a string value, where they are. Raises LookupError for a value of another kind."""
    if ctypes.c_uint8.from_address(address).value != STRING:
        raise LookupError("the value is not a string")
    size = ctypes.c_size_t.from_address(address + PAYLOAD).value
    return view(ctypes.c_size_t.from_address(address + PAYLOAD + 8).value, size) if size else memoryview(b"")


def number_at(address: int) -> int:
    """The number in a u32 value."""
    return ctypes.c_uint32.from_address(address + PAYLOAD).value


def put_text(address: int, text: bytes) -> None:
    """Make a string value of wasmtime's."""
    put_bytes(address + PAYLOAD, text)
    ctypes.c_uint8.from_address(address).value = STRING


def put_sequence(kind: int, address: int, count: int) -> int:
    """Make `count` values or entries of wasmtime's at (size, address); the answer is where they begin."""
    _SEQUENCES[kind](address, count)
    return ctypes.c_size_t.from_address(address + 8).value


def put_resource(context: int, address: int, kind: int, number: int) -> None:
    """Make an owned resource of the host's, for a result. `kind`: as in `define`; `number`: what it is to the host."""
    resource = ctypes.c_void_p()
    host = _host_new(True, number, kind)
    try:
        _raise(_host_to_any(context, host, byref(resource)))
    finally:
        _host_delete(host)
    ctypes.c_uint64.from_address(address + PAYLOAD).value = resource.value or 0
    ctypes.c_uint8.from_address(address).value = RESOURCE


def take_resource(context: int, address: int) -> int:
    """The number of the host's resource in an argument; a borrowed one must be taken, or the guest traps when the call returns.

    Raises WasmtimeError when it is not the host's.
    """
    host = ctypes.c_void_p()
    _raise(_any_to_host(context, ctypes.c_void_p.from_address(address + PAYLOAD), byref(host)))
    try:
        return int(_host_rep(host))
    finally:
        _host_delete(host)


refusing: Final[ContextVar[bool]] = ContextVar("refusing", default=False)
"""Whether every host function traps its guest, in this context: no call is there that it could belong to."""
_callbacks: Final[list[HostCallback]] = []
_drops: Final[list[Callable[[int], None]]] = []


def _enter_host(
    index: int | None, context: int, _type: int, arguments: int | None, count: int, results: int | None, result_count: int
) -> int:
    # Nothing may leave here: wasmtime-py would park it in a process-wide global, from where another thread's call could raise it.
    try:
        if refusing.get():
            raise LookupError("no call is running")
        _callbacks[index or 0](context, arguments or 0, count, (results or 0) if result_count else 0)
    except BaseException as error:  # noqa: BLE001 - the guest is trapped and the guard has recorded why
        return int(_error_new(f"host function failed: {type(error).__name__}".encode()))
    return 0


def _enter_drop(index: int | None, _context: int, number: int) -> int:
    try:
        _drops[index or 0](number)
    except BaseException as error:  # noqa: BLE001 - as above
        return int(_error_new(f"dropping a resource failed: {type(error).__name__}".encode()))
    return 0


def _keep(_index: int | None) -> None:
    """Linkers live as long as the process, and so do their functions."""


_ENTER_HOST: Final = _function_type(_enter_host)
_ENTER_DROP: Final = _drop_type(_enter_drop)
_KEEP: Final = _end_type(_keep)


def define(
    linker: Linker,
    interface: str,
    functions: Mapping[str, HostCallback],
    resources: Mapping[str, int] | None = None,
    drop: Callable[[int], None] | None = None,
) -> None:
    """Define an interface of host functions in a linker that is kept for the life of the process.

    `resources`: the types of resources that it makes, each with a number of its own; `drop` gets the number of a resource that a
    guest dropped, while that guest runs.
    """
    with linker.root() as root, root.add_instance(interface) as instance:
        for name, kind in (resources or {}).items():
            _drops.append(drop or (lambda _number: None))
            text, resource = name.encode(), ResourceType.host(kind)
            _raise(_add_resource(raw(instance.ptr()), text, len(text), raw(resource.ptr()), _ENTER_DROP, len(_drops) - 1, _KEEP))
        for name, function in functions.items():
            _callbacks.append(function)
            text = name.encode()
            _raise(_add_func(raw(instance.ptr()), text, len(text), _ENTER_HOST, len(_callbacks) - 1, _KEEP))
