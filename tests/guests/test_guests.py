"""What each guest does when wasmtime calls it without any of our own engine, so that a failing engine test can blame the engine."""

from types import SimpleNamespace
from typing import Any

import pytest
import wasmtime
from wasmtime import component as wit

from tests.guests import NAMES, component, from_wat

MIB = 1 << 20
REFUSED = (
    ("http", "fetch", "not-allowed"),
    ("ui-proxy", "call-route", "denied"),
    ("user", "get-user", "not-available"),
    ("user-v2", "get-user", "not-allowed"),
    ("scheduler", "list-schedules", "denied"),
    # Only None: wasmtime's own converters cannot express the error of a result<option<...>, ...>.
    ("clients", "get-client", None),
    ("services", "get-service", None),
)


class Host:
    """Storage in a dict, log lines kept, everything else refused."""

    def __init__(self) -> None:
        self.entries: dict[str, SimpleNamespace] = {}
        self.lines: list[tuple[str, str]] = []
        self.configuration: dict[str, str] = {}
        self.engine = wasmtime.Engine(_config())

    def run(self, name: str, method: str = "GET", url: str = "/run", body: bytes | None = None, **context: Any) -> Any:
        store = wasmtime.Store(self.engine)
        store.set_limits(memory_size=16 * MIB)
        store.set_epoch_deadline(1)
        try:
            loaded = wit.Component(self.engine, component(name))
            handler = self._linker().instantiate(store, loaded).get_func(store, "handler")
            assert handler is not None
            return handler(store, _request(method, url, body, **context))
        finally:
            store.close()

    def _linker(self) -> wit.Linker:
        linker = wit.Linker(self.engine)
        with linker.root() as root:
            with root.add_instance("alga:extension/logging") as logging:
                for level in ("info", "warn", "error"):
                    logging.add_func(f"log-{level}", lambda store, line, level=level: self.lines.append((level, line)))
            with root.add_instance("alga:extension/config") as config:
                config.add_func("get", lambda store, key: self.configuration.get(key))
                config.add_func("list-keys", lambda store: list(self.configuration))
            with root.add_instance("alga:extension/secrets") as secrets:
                secrets.add_func("get", lambda store, key: wit.Variant("err", "denied"))
            for interface, function, answer in REFUSED:
                with root.add_instance(f"alga:extension/{interface}") as instance:
                    instance.add_func(function, lambda store, *_, answer=answer: answer)
            with root.add_instance("alga:extension/context") as context:
                context.add_func("get-context", lambda store: _context(tenant="called", request="r-2"))
            with root.add_instance("alga:extension/storage") as storage:
                storage.add_func("get", lambda store, namespace, key: self.entries.get(key, "missing"))
                storage.add_func("put", self._put)
                storage.add_func("delete", self._delete)
        return linker

    def _put(self, store: Any, entry: Any) -> Any:
        old = self.entries.get(entry.key)
        if entry.revision is not None and (old is None or old.revision != entry.revision):
            return "conflict"
        record = _record(namespace=entry.namespace, key=entry.key, value=entry.value, revision=old.revision + 1 if old else 1)
        self.entries[entry.key] = record
        return record

    def _delete(self, store: Any, namespace: str, key: str) -> str | None:
        return None if self.entries.pop(key, None) else "missing"


def _config() -> wasmtime.Config:
    config = wasmtime.Config()
    config.epoch_interruption = True
    return config


def _record(**fields: Any) -> Any:
    record = wit.Record()
    record.__dict__.update({name.replace("_", "-"): value for name, value in fields.items()})
    return record


def _context(tenant: str, request: str | None) -> Any:
    return _record(tenant_id=tenant, request_id=request, extension_id="x", install_id=None, version_id=None)


def _request(method: str, url: str, body: bytes | None, tenant: str = "acme", request: str | None = "r-1") -> Any:
    return _record(context=_context(tenant, request), http=_record(method=method, url=url, headers=[], body=body))


def _headers(answer: Any) -> dict[str, str]:
    return {header.name: header.value for header in answer.headers}


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.mark.parametrize("name", NAMES)
def test_compiles_and_exports_nothing_but_the_handler(name: str) -> None:
    engine = wasmtime.Engine()
    loaded = wit.Component(engine, component(name))
    exports = {key: item.ty for key, item in loaded.type.exports(engine).items()}
    assert list(exports) == ["handler"]
    handler = exports["handler"]
    assert isinstance(handler, wit.FuncType)
    assert [(key, [field for field, _ in ty.fields]) for key, ty in handler.params if isinstance(ty, wit.RecordType)] == [
        ("request", ["context", "http"])
    ]
    assert isinstance(handler.result, wit.RecordType)
    assert [field for field, _ in handler.result.fields] == ["status", "headers", "body"]


def test_hello(host: Host) -> None:
    answer = host.run("hello")
    assert (answer.status, _headers(answer), bytes(answer.body)) == (200, {"content-type": "text/plain"}, b"hello")


@pytest.mark.parametrize("body", [None, b"", b"\x00\xff", bytes(range(256)) * 512])
def test_echo(host: Host, body: bytes | None) -> None:
    answer = host.run("echo", "PATCH", "/run?a=1&b=ä", body)
    assert answer.status == 200
    assert _headers(answer) == {"x-ext-method": "PATCH", "x-ext-url": "/run?a=1&b=ä", "content-type": "application/octet-stream"}
    assert (None if answer.body is None else bytes(answer.body)) == body


@pytest.mark.parametrize(
    ("name", "trap"),
    [
        ("trap", "wasm `unreachable` instruction executed"),
        ("grow", "wasm `unreachable` instruction executed"),
        ("recurse", "wasm trap: call stack exhausted"),
    ],
)
def test_traps(host: Host, name: str, trap: str) -> None:
    with pytest.raises(wasmtime.WasmtimeError, match=trap):
        host.run(name)


def test_spin_ends_by_epoch_only(host: Host) -> None:
    host.engine.increment_epoch()
    store = wasmtime.Store(host.engine)
    store.set_epoch_deadline(0)
    handler = wit.Linker(host.engine).instantiate(store, wit.Component(host.engine, component("spin"))).get_func(store, "handler")
    assert handler is not None
    with pytest.raises(wasmtime.WasmtimeError, match="wasm trap: interrupt"):
        handler(store, _request("GET", "/run", None))
    store.close()


def test_bigbody_is_more_than_dynamic_values_carry(host: Host) -> None:
    with pytest.raises(wasmtime.WasmtimeError, match="fuel allocated for hostcalls has been exhausted"):
        host.run("bigbody")


def test_bigbody_of_a_chosen_size(host: Host) -> None:
    answer = host.run("bigbody", body=(70_000).to_bytes(4, "little"))
    assert bytes(answer.body) == b"x" * 70_000


def test_bad_answers(host: Host) -> None:
    assert host.run("badstatus").status == 0
    assert _headers(host.run("badheader")) == {"x-ext-note": "a\r\nset-cookie: stolen=1"}
    many = host.run("manyheaders").headers
    assert len(many) == 10_000
    assert {(header.name, header.value) for header in many} == {("x-ext-many", "1")}


def test_log(host: Host) -> None:
    assert host.run("log", url="/run?x").status == 200
    assert host.lines == [("info", "/run?x"), ("warn", "a warning"), ("error", "an error")]


def test_storage_twice(host: Host) -> None:
    assert host.run("storage_twice").status == 404
    host.run("storage", "POST", "/k", body=b"one")
    assert host.run("storage_twice").status == 200


def test_storage(host: Host) -> None:
    assert host.run("storage", "GET").status == 404
    assert host.run("storage", "PUT", body=b"new").status == 409
    first = host.run("storage", "POST", body=b"one")
    assert (first.status, bytes(first.body), _headers(first)) == (200, b"one", {"x-ext-revision": "1"})
    assert _headers(host.run("storage", "PUT", body=b"two")) == {"x-ext-revision": "2"}
    assert host.run("storage", "PUT", body=b"three").status == 409
    assert bytes(host.run("storage", "GET").body) == b"two"
    assert host.run("storage", "GET", "/run/other").status == 404
    assert host.run("storage", "DELETE").status == 200
    assert host.run("storage", "DELETE").status == 404


def test_context(host: Host) -> None:
    assert bytes(host.run("context").body) == b"acme\nr-1\ncalled\nr-2\n"
    assert bytes(host.run("context", request=None).body) == b"acme\n\ncalled\nr-2\n"


def test_config(host: Host) -> None:
    assert (host.run("config").status, bytes(host.run("config").body)) == (200, b"")
    assert host.run("config", url="/run/a").status == 404
    host.configuration = {"a": "", "b": "Gr\u00fc\u00df"} | {f"{number:064}": "v" for number in range(62)}
    assert bytes(host.run("config").body).decode().splitlines() == list(host.configuration)
    assert bytes(host.run("config", url="/run/a").body) == b""
    assert bytes(host.run("config", url="/run/b").body).decode() == "Gr\u00fc\u00df"
    assert host.run("config", url="/run/c").status == 404


def test_secret_denied(host: Host) -> None:
    answer = host.run("secret_denied")
    assert (answer.status, bytes(answer.body)) == (403, b"1")


def test_denials_tells_each_error_by_its_number(host: Host) -> None:
    assert bytes(host.run("denials").body) == b"1101013--"


def test_poison_finds_a_fresh_instance_clean(host: Host) -> None:
    assert [host.run("poison").status for _ in range(3)] == [200, 200, 200]


def test_poison_notices_an_instance_that_is_used_again(host: Host) -> None:
    store = wasmtime.Store(host.engine)
    store.set_epoch_deadline(1)
    handler = wit.Linker(host.engine).instantiate(store, wit.Component(host.engine, component("poison"))).get_func(store, "handler")
    assert handler is not None
    assert [handler(store, _request("GET", "/run", None)).status for _ in range(2)] == [200, 500]
    store.close()


def test_wasisleep_imports_clock_and_poll() -> None:
    engine = wasmtime.Engine()
    imports = wit.Component(engine, component("wasisleep")).type.imports(engine)
    assert set(imports) == {"wasi:io/poll@0.2.0", "wasi:clocks/monotonic-clock@0.2.0", "alga:extension/types"}


def test_a_guest_that_does_not_exist() -> None:
    with pytest.raises(KeyError):
        component("prelude")


def test_wrong_shapes_do_not_become_a_component() -> None:
    with pytest.raises(AssertionError, match="handler"):
        from_wat('(func (export "handler") (param i64))')
