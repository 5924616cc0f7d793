"""The host functions against the contract's own text, and one by one."""

import ctypes
from collections.abc import Callable
from typing import Any

import pytest

from gen.alga.common.v1.errors_pb2 import ErrorReason
from gen.alga.runner.v1 import executor_pb2 as pb
from gen.alga.runner.v1.execute_service_pb2 import Header, HttpRequest
from runner.engine import private
from runner.engine.call import Context
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.values import U16, U32, U64, Enum, Err, Lift, Nothing, Ok, Some, lower
from runner.host import INTERFACES, config, http, storage
from runner.host.base import NO_RESULT, HostFunction, Interface
from runner.host.current import CurrentCall, current
from runner.host.guard import guarded
from tests.runner.execution import contract

ALL = frozenset(interface.capability for interface in INTERFACES)
FUNCTIONS = [(interface, function) for interface in INTERFACES for function in interface.functions]
IDS = [f"{interface.name}.{function.name}" for interface, function in FUNCTIONS]
CONFIGURATION = {"b": "", "a": "Gr\u00fc\u00df \U0001f44b\n\0", "z.Z_9-": "x" * 4096}
_PRIMITIVES = {"string": str, "bool": bool, "f64": float, "u16": U16, "u32": U32, "u64": U64}


@pytest.fixture(scope="session")
def wit() -> dict[str, Any]:
    return contract.wit()


def _fits(wit: dict[str, Any], shape: Any, value: Any) -> bool:
    """Whether a value to be lowered has the shape of a type."""
    if shape is None:
        return value is Nothing
    if isinstance(shape, str):
        return isinstance(value, _PRIMITIVES[shape])
    ((form, of),) = wit["types"][shape]["kind"].items()
    match form:
        case "type":
            return _fits(wit, of, value)
        case "option":
            return value is None or (isinstance(value, Some) and _fits(wit, of, value.value))
        case "list":
            return isinstance(value, bytes) if of == "u8" else isinstance(value, list) and all(_fits(wit, of, v) for v in value)
        case "enum":
            return isinstance(value, Enum) and value.case in [case["name"] for case in of["cases"]]
        case "record":
            fields = {field["name"]: field["type"] for field in of["fields"]}
            return (
                isinstance(value, dict)
                and list(value) == list(fields)
                and all(_fits(wit, fields[name], item) for name, item in value.items())
            )
        case "result":
            return isinstance(value, Ok | Err) and _fits(wit, of["ok" if isinstance(value, Ok) else "err"], value.value)
    raise AssertionError(form)


def _function(wit: dict[str, Any], interface: Interface, function: HostFunction) -> dict[str, Any]:
    (found,) = [item for item in wit["interfaces"] if item["name"] == interface.name]
    result: dict[str, Any] = found["functions"][function.name]
    return result


def test_exactly_the_functions_of_the_contract_are_offered(wit: dict[str, Any]) -> None:
    contract = {(i["name"], name) for i in wit["interfaces"] for name in i["functions"]}
    assert {(interface.name, function.name) for interface, function in FUNCTIONS} == contract


@pytest.mark.parametrize(("interface", "function"), FUNCTIONS, ids=IDS)
def test_a_denial_has_the_functions_result_type(wit: dict[str, Any], interface: Interface, function: HostFunction) -> None:
    signature = _function(wit, interface, function)
    assert len(signature["params"]) == function.parameters
    if signature.get("result") is None:
        assert function.denial is NO_RESULT
    else:
        assert _fits(wit, signature["result"], function.denial)


def _call(answer: Callable[[pb.HostCall], pb.HostResult], capabilities: frozenset[str] = ALL) -> CurrentCall:
    return CurrentCall(Context("r", "t", "e", "i", None), capabilities, answer, lambda level, line: None, CONFIGURATION)


def _no_host(call: pb.HostCall) -> pb.HostResult:
    raise AssertionError(call)


def _enter(call: CurrentCall, interface: Interface, function: HostFunction, *arguments: Any) -> Any:
    """Call a guarded function as the engine does; the lifted result."""
    space = ctypes.create_string_buffer(private.VALUE * max(1, len(arguments)))
    result = ctypes.create_string_buffer(private.VALUE)
    for index, argument in enumerate(arguments):
        lower(argument, ctypes.addressof(space) + private.VALUE * index)
    token = current.set(call)
    try:
        guarded(interface, function)(0, ctypes.addressof(space), len(arguments), ctypes.addressof(result))
        kind = result.raw[0]
        if kind == private.RESULT:
            good = bool(result.raw[private.PAYLOAD])
            payload = int.from_bytes(result.raw[16:24], "little")
            return good, Lift().value(payload) if payload else None
        return Lift().value(ctypes.addressof(result))
    finally:
        current.reset(token)
        for index in range(len(arguments)):
            private.delete_value(ctypes.addressof(space) + private.VALUE * index)
        private.delete_value(ctypes.addressof(result))


@pytest.mark.parametrize(("interface", "function"), FUNCTIONS, ids=IDS)
def test_without_its_capability_a_function_only_denies(interface: Interface, function: HostFunction) -> None:
    call = _call(_no_host, ALL - {interface.capability})
    # Arguments of no meaning: they are not read.
    _enter(call, interface, function, *["x"] * function.parameters)
    assert call.failure is None


@pytest.mark.parametrize(("interface", "function"), FUNCTIONS, ids=IDS)
def test_another_number_of_arguments_traps(interface: Interface, function: HostFunction) -> None:
    call = _call(_no_host)
    with pytest.raises(GuestFailed):
        _enter(call, interface, function, *["x"] * (function.parameters + 1))
    assert call.failure is not None
    assert call.failure.reason is GuestReason.NOT_RUNNABLE
    assert f"{interface.name}.{function.name}" in call.failure.log


def test_configuration_is_the_installs() -> None:
    get, list_keys = config.INTERFACE.functions
    call = _call(_no_host)
    for key, value in CONFIGURATION.items():
        assert _enter(call, config.INTERFACE, get, key) == value
    assert _enter(call, config.INTERFACE, get, "missing") is None
    assert _enter(call, config.INTERFACE, list_keys) == ("a", "b", "z.Z_9-")
    bare = _call(_no_host, ALL - {"cap:config.read"})
    assert _enter(bare, config.INTERFACE, get, "a") is None
    assert _enter(bare, config.INTERFACE, list_keys) == b""  # an empty list of anything


GET, PUT, DELETE, LIST = storage.INTERFACE.functions
ENTRY = pb.StorageEntry(namespace="n", key="k", value=b"\0v", revision=7)


def test_storage_asks_and_answers() -> None:
    asked: list[pb.HostCall] = []

    def answer(call: pb.HostCall) -> pb.HostResult:
        asked.append(call)
        match call.WhichOneof("function"):
            case "storage_delete":
                return pb.HostResult(done=pb.Done())
            case "storage_list":
                return pb.HostResult(storage_entries=pb.StorageEntries(entries=[ENTRY]))
        return pb.HostResult(storage_entry=ENTRY)

    call = _call(answer)
    record = {"namespace": "n", "key": "k", "value": b"\0v", "revision": 7}
    assert _enter(call, storage.INTERFACE, GET, "n", "k") == (True, record)
    written = {"namespace": "n", "key": "k", "value": b"\0v", "revision": None}
    assert _enter(call, storage.INTERFACE, PUT, written) == (True, record)
    assert _enter(call, storage.INTERFACE, PUT, {**written, "revision": Some(U64(6))}) == (True, record)
    assert _enter(call, storage.INTERFACE, DELETE, "n", "k") == (True, None)
    assert _enter(call, storage.INTERFACE, LIST, "n", None) == (True, (record,))
    assert _enter(call, storage.INTERFACE, LIST, "n", Some("c")) == (True, (record,))
    assert asked == [
        pb.HostCall(storage_get=pb.StorageGet(namespace="n", key="k")),
        pb.HostCall(storage_put=pb.StoragePut(entry=pb.StorageEntry(namespace="n", key="k", value=b"\0v"))),
        pb.HostCall(storage_put=pb.StoragePut(entry=pb.StorageEntry(namespace="n", key="k", value=b"\0v", revision=6))),
        pb.HostCall(storage_delete=pb.StorageDelete(namespace="n", key="k")),
        pb.HostCall(storage_list=pb.StorageList(namespace="n")),
        pb.HostCall(storage_list=pb.StorageList(namespace="n", cursor="c")),
    ]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (ErrorReason.ERROR_REASON_STORAGE_KEY_MISSING, "missing"),
        (ErrorReason.ERROR_REASON_STORAGE_CONFLICT, "conflict"),
        (ErrorReason.ERROR_REASON_CAPABILITY_DENIED, "denied"),
        (ErrorReason.ERROR_REASON_GRANT_EXPIRED, "denied"),
        (ErrorReason.ERROR_REASON_EXTENSION_REVOKED, "denied"),
        (ErrorReason.ERROR_REASON_QUOTA_EXCEEDED, "denied"),
        (ErrorReason.ERROR_REASON_UNAVAILABLE, "internal"),
        (ErrorReason.ERROR_REASON_UNSPECIFIED, "internal"),
    ],
)
def test_storage_errors_are_the_interfaces_own(reason: ErrorReason, told: str) -> None:
    call = _call(lambda _: pb.HostResult(error=reason))
    for function, arguments in ((GET, ("n", "k")), (DELETE, ("n", "k")), (LIST, ("n", None))):
        assert _enter(call, storage.INTERFACE, function, *arguments) == (False, told)


FETCH = {"method": "GET", "url": "https://a", "headers": b"", "body": None}


def test_fetch_asks_and_answers() -> None:
    asked: list[pb.HostCall] = []
    fetched = pb.HttpFetched(status=201, headers=[Header(name="n", value="v")], body=b"\0")

    def answer(call: pb.HostCall) -> pb.HostResult:
        asked.append(call)
        return pb.HostResult(http_fetched=fetched)

    call = _call(answer)
    (fetch,) = http.INTERFACE.functions
    got = {"status": 201, "headers": ({"name": "n", "value": "v"},), "body": b"\0"}
    assert _enter(call, http.INTERFACE, fetch, {**FETCH, "headers": [{"name": "a", "value": "b"}], "body": Some(b"")}) == (
        True,
        got,
    )
    fetched.ClearField("body")
    assert _enter(call, http.INTERFACE, fetch, FETCH)[1]["body"] is None
    assert asked[0].http_fetch == HttpRequest(method="GET", url="https://a", headers=[Header(name="a", value="b")], body=b"")
    assert not asked[1].http_fetch.HasField("body")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (ErrorReason.ERROR_REASON_EGRESS_INVALID, "invalid-url"),
        (ErrorReason.ERROR_REASON_EGRESS_DENIED, "not-allowed"),
        (ErrorReason.ERROR_REASON_EGRESS_FAILED, "transport"),
        (ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED, "transport"),
        (ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE, "not-allowed"),
        (ErrorReason.ERROR_REASON_SECRET_EXPIRED, "not-allowed"),
        (ErrorReason.ERROR_REASON_GRANT_EXPIRED, "not-allowed"),
        (ErrorReason.ERROR_REASON_EXTENSION_REVOKED, "not-allowed"),
        (ErrorReason.ERROR_REASON_SECRET_UNREADABLE, "internal"),
        (ErrorReason.ERROR_REASON_UNAVAILABLE, "internal"),
        (ErrorReason.ERROR_REASON_UNSPECIFIED, "internal"),
    ],
)
def test_fetch_errors_are_the_interfaces_own(reason: ErrorReason, told: str) -> None:
    (fetch,) = http.INTERFACE.functions
    assert _enter(_call(lambda _: pb.HostResult(error=reason)), http.INTERFACE, fetch, FETCH) == (False, told)


@pytest.mark.parametrize("arguments", [(True, "k"), ("n", ("a",)), ("n", Ok())])
def test_arguments_of_another_type_trap(arguments: tuple[Any, ...]) -> None:
    call = _call(lambda _: pb.HostResult(storage_entry=ENTRY))
    with pytest.raises(Exception):  # noqa: B017 - whatever it is, the engine turns it into a trap
        _enter(call, storage.INTERFACE, GET, *arguments)
    assert call.failure is not None


def test_the_first_failure_of_a_call_counts() -> None:
    def late(call: pb.HostCall) -> pb.HostResult:
        raise GuestFailed(GuestReason.TIMED_OUT, "late")

    call = _call(late)
    with pytest.raises(GuestFailed):
        _enter(call, storage.INTERFACE, GET, "n", "k")
    with pytest.raises(GuestFailed):
        _enter(call, storage.INTERFACE, GET, "n")
    assert call.failure is not None
    assert (call.failure.reason, call.failure.log) == (GuestReason.TIMED_OUT, "storage.get: late")
