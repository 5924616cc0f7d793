"""Components that do not fit the guest contract, published in rightly signed bundles: each difference is named."""

from collections.abc import Callable

import pytest

from kernel.errors import Fault, Reason
from tests.hostile.publishing import refused
from tests.registry.bundles import bundle
from tests.registry.components import HANDLER, TYPES, component, encode, text
from tests.registry.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")
USES = "use types.{execute-request, execute-response};"
FETCH = "fetch: func(request: http-request) -> result<http-response, http-error>;"
HTTP = f"interface http {{ use types.{{http-request, http-response, http-error}}; {FETCH} }}"
MODULE = b"\0asm\x01\0\0\0"


async def refusal(stack: Stack, wasm: bytes, entry: str = "dist/main.wasm") -> Fault:
    fault = await refused(stack, stack.clients["acme"].publish(bundle(stack.publisher_key, {entry: wasm}, entry=entry)))
    assert fault.reason is Reason.COMPONENT_INVALID
    assert str(stack.data) not in fault.public
    return fault


NO_COMPONENT = {
    "empty": ("not-wasm", b""),
    "a magic alone": ("not-wasm", MODULE[:4]),
    "an ELF program": ("not-wasm", b"\x7fELF" + bytes(60)),
    "JavaScript": ("not-wasm", b"export function handler() {}"),
    "text of a component": ("wasm-text", b"(component)"),
    "text of a module after a comment": ("wasm-text", b" \n;; text\n(module)"),
    "an empty core module": ("core-module", MODULE),
    "a core module with a handler": ("core-module", text('(module (func (export "handler")))')),
    "an old component": ("wasm-version", b"\0asm\x0c\0\1\0"),
    "a component of the future": ("wasm-version", b"\0asm\x0e\0\1\0"),
    "a component without code": ("no-code", b"\0asm\x0d\0\1\0"),
    "a component of custom sections": ("no-code", b"\0asm\x0d\0\1\0" + b"\0\x02\x01a" * 10_000),
    "an unknown section": ("invalid", b"\0asm\x0d\0\1\0\xff"),
    "a body that does not validate": (
        "invalid",
        text('(component (core module (func (export "f") (result i32) i64.const 0)))'),
    ),
    "cut off": ("invalid", component(HANDLER)[:-9]),
    "with trailing bytes": ("invalid", component(HANDLER) + b"\0"),
}


@pytest.mark.parametrize(("rule", "wasm"), NO_COMPONENT.values(), ids=NO_COMPONENT)
async def test_files_that_are_no_component(shared: Stack, rule: str, wasm: bytes) -> None:
    fault = await refusal(shared, wasm)
    assert fault.facts["rule"] == rule
    assert fault.violations


async def test_the_entry_that_the_manifest_names_is_looked_at(shared: Stack) -> None:
    assert (await refusal(shared, MODULE, "dist/other.wasm")).facts["rule"] == "core-module"


def handler(signature: str) -> Callable[[], bytes]:
    return lambda: component(f"{USES} export handler: {signature};")


def imports(name: str, interface: str = "") -> Callable[[], bytes]:
    """A component that imports an interface: one of the contract's package, or `package:of/others@1.0.0`."""
    if interface:
        return lambda: component(f"import {name}; {HANDLER}", interface)
    base, _, version = name.partition("@")
    package, _, short = base.partition("/")
    told = f"package {package}{'@' * bool(version)}{version} {{ interface {short} {{ f: func(); }} }}"
    return lambda: component(f"import {name}; {HANDLER}", packages=told)


def answering(old: str, new: str) -> Callable[[], bytes]:
    """A component whose answer has another shape."""
    start = TYPES.index("record execute-response")
    return lambda: component(HANDLER, types=TYPES[:start] + TYPES[start:].replace(old, new, 1))


MISSHAPEN: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "no handler": ("handler", "must be exported", lambda: component("import types;")),
    "a handler by another name": ("handler", "must be exported", lambda: component(HANDLER.replace("handler:", "handle:"))),
    "a handler in an interface": (
        "handler",
        "must be exported",
        lambda: component(f"export handler: interface {{ {HANDLER.replace('export ', '')} }}"),
    ),
    "a handler that takes nothing": ("handler", "must have 1 parameters, not 0", handler("func()")),
    "a handler that takes two": (
        "handler",
        "must have 1 parameters, not 2",
        handler("func(a: execute-request, b: u8) -> execute-response"),
    ),
    "a handler that takes text": ("handler", "parameter 1: must be", handler("func(a: string) -> execute-response")),
    "a handler that answers nothing": ("handler", "result: must be record", handler("func(a: execute-request)")),
    "a handler that may fail": ("handler", "result: must be", handler("func(a: execute-request) -> result<execute-response>")),
    "an asynchronous handler": ("handler", "plain function", handler("async func(a: execute-request) -> execute-response")),
    "a status of 32 bits": ("handler", "result.status: must be u16", answering("status: u16", "status: u32")),
    "a body that is always there": ("handler", "result.body: must be", answering("body: option<list<u8>>", "body: list<u8>")),
    "an unknown function": ("http.get", "is not a function of", imports("http", "interface http { get: func(url: string); }")),
    "a known function of other shape": ("http.fetch", "must be", imports("http", "interface http { fetch: func(a: string); }")),
    "one parameter more": ("http.fetch", "must have 1", imports("http", HTTP.replace("func(request", "func(x: u8, request"))),
    "an asynchronous import": ("http.fetch", "plain function", imports("http", HTTP.replace("fetch: func", "fetch: async func"))),
    "an enum in another order": (
        "http.http-error",
        "in this order",
        imports(
            "http",
            "interface http { enum http-error { transport, invalid-url, not-allowed, internal } fetch: func() -> http-error; }",
        ),
    ),
    "a resource": ("http.r", "is not a type of", imports("http", "interface http { resource r; f: func(r: borrow<r>); }")),
    "an unknown interface of ours": (
        "alga:extension/metrics",
        "is not an interface of the host",
        imports("metrics", "interface metrics { f: func(); }"),
    ),
    "a function at the top": ("f", "is not an interface of the host", lambda: component(f"import f: func(); {HANDLER}")),
    "an interface of others": (
        "other:pkg/thing@1.0.0",
        "is not an interface of the host",
        imports("other:pkg/thing@1.0.0"),
    ),
    "our contract in a version": (
        "alga:extension/types@1.0.0",
        "is not an interface of the host",
        lambda: encode(f"package alga:extension@1.0.0; {TYPES} world runner {{ {HANDLER} }}"),
    ),
    "wasi:http that calls": (
        "wasi:http/outgoing-handler@0.2.0",
        "requests go out through alga:extension/http",
        imports("wasi:http/outgoing-handler@0.2.0"),
    ),
    "wasi:http of the future": (
        "wasi:http/types@0.3.0",
        "requests go out through alga:extension/http",
        imports("wasi:http/types@0.3.0"),
    ),
    "another WASI": ("wasi:keyvalue/store@0.2.0", "is not offered; of WASI there are", imports("wasi:keyvalue/store@0.2.0")),
    "a WASI of another version": ("wasi:io/poll@0.3.0", "must be of WASI 0.2", imports("wasi:io/poll@0.3.0")),
    "a WASI without a version": ("wasi:io/poll", "is not offered", imports("wasi:io/poll")),
}


@pytest.mark.parametrize(("name", "rule", "make"), MISSHAPEN.values(), ids=MISSHAPEN)
async def test_components_of_another_shape(shared: Stack, name: str, rule: str, make: Callable[[], bytes]) -> None:
    found = {violation.field: violation.rule for violation in (await refusal(shared, make())).violations}
    assert name in found
    assert rule in found[name]


async def test_types_that_double(shared: Stack) -> None:
    """Written out, this component's one type has 2^59 fields."""
    doubling = "".join(f'(type $t{n} (record (field "a" $t{n - 1}) (field "b" $t{n - 1})))' for n in range(1, 60))
    wat = f'(component (type $t0 u8) {doubling} (import "f" (func (param "x" $t59))) (core module))'
    assert (await refusal(shared, text(wat))).violations
