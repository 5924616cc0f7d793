"""Components that try one thing of WASI each, run by a runtime's own linker and engine, without the guest contract around them."""

from collections.abc import Callable
from typing import Any

from wasmtime import Store
from wasmtime.component import Component, Linker

from runner.engine.config import new_engine
from runner.engine.failure import GuestFailed
from runner.engine.output import Output
from runner.engine.wasi import Running, define_wasi, running

# The types that streams need, and standard output and error. `%v` is the version of WASI.
STREAMS = """
(import "wasi:io/poll@%v" (instance $poll (export "pollable" (type (sub resource)))
  (export "[method]pollable.ready" (func (param "self" (borrow 0)) (result bool)))
  (export "[method]pollable.block" (func (param "self" (borrow 0))))
  (export "poll" (func (param "in" (list (borrow 0))) (result (list u32))))))
(alias export $poll "pollable" (type $pollable))
(import "wasi:io/error@%v" (instance $error (export "error" (type (sub resource)))))
(alias export $error "error" (type $err))
(import "wasi:io/streams@%v" (instance $streams
  (alias outer 1 $err (type $outer)) (export "error" (type $e (eq $outer)))
  (alias outer 1 $pollable (type $ready)) (export "pollable" (type $p (eq $ready)))
  (export "input-stream" (type $in (sub resource)))
  (export "output-stream" (type $out (sub resource)))
  (type $failed (own $e))
  (type $problem (variant (case "last-operation-failed" $failed) (case "closed")))
  (export "stream-error" (type $told (eq $problem)))
  (export "[method]input-stream.read"
    (func (param "self" (borrow $in)) (param "len" u64) (result (result (list u8) (error $told)))))
  (export "[method]output-stream.check-write" (func (param "self" (borrow $out)) (result (result u64 (error $told)))))
  (export "[method]output-stream.write"
    (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $told)))))
  (export "[method]output-stream.subscribe" (func (param "self" (borrow $out)) (result (own $p))))
  (export "[method]output-stream.splice"
    (func (param "self" (borrow $out)) (param "src" (borrow $in)) (param "len" u64) (result (result u64 (error $told)))))))
(alias export $streams "input-stream" (type $input))
(alias export $streams "output-stream" (type $output))
(import "wasi:cli/stdin@%v" (instance $stdin
  (alias outer 1 $input (type $s)) (export "input-stream" (type $in (eq $s))) (export "get-stdin" (func (result (own $in))))))
(import "wasi:cli/stdout@%v" (instance $stdout
  (alias outer 1 $output (type $s)) (export "output-stream" (type $out (eq $s))) (export "get-stdout" (func (result (own $out))))))
(import "wasi:cli/stderr@%v" (instance $stderr
  (alias outer 1 $output (type $s)) (export "output-stream" (type $out (eq $s))) (export "get-stderr" (func (result (own $out))))))
(import "wasi:clocks/monotonic-clock@%v" (instance $clock
  (alias outer 1 $pollable (type $q)) (export "pollable" (type $pp (eq $q)))
  (export "now" (func (result u64)))
  (export "subscribe-instant" (func (param "when" u64) (result (own $pp))))
  (export "subscribe-duration" (func (param "when" u64) (result (own $pp))))))
"""
MEMORY = """
(core module $memory (memory (export "memory") 16) (global $at (mut i32) (i32.const 65536))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $at (i32.add (global.get $at) (local.get 3))) (i32.sub (global.get $at) (local.get 3))))
(core instance $mem (instantiate $memory))
"""
_OPTIONS = '(memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))'


class Bench:
    """Runs what a component exports as `run`."""

    def __init__(self) -> None:
        self.engine = new_engine()
        self.linker = Linker(self.engine)
        define_wasi(self.linker)
        self.lines: list[tuple[str, str]] = []
        self.running = self._running(5.0)

    def component(self, text: str) -> Component:
        return Component(self.engine, f"(component {text})".encode())

    def run(self, component: Component | str, *arguments: Any, seconds: float = 5.0) -> Any:
        """Raises what the call is told to have failed of: GuestFailed, or WasmtimeError when no function of WASI did it."""
        if isinstance(component, str):
            component = self.component(component)
        self.running = self._running(seconds)
        token = running.set(self.running)
        store = Store(self.engine)
        store.set_epoch_deadline(1_000_000)
        try:
            function = self.linker.instantiate(store, component).get_func(store, "run")
            assert function is not None
            return function(store, *arguments)
        except Exception:
            if self.running.failure is not None:
                raise self.running.failure from None
            raise
        finally:
            store.close()
            running.reset(token)
            self.running.stdout.finish()
            self.running.stderr.finish()

    def failure(self, component: Component | str, *arguments: Any, seconds: float = 5.0) -> GuestFailed:
        """Why it failed."""
        try:
            got = self.run(component, *arguments, seconds=seconds)
        except GuestFailed as error:
            return error
        raise AssertionError(f"answered {got}")

    def _running(self, seconds: float) -> Running:
        return Running(seconds, Output(self._printer("stdout")), Output(self._printer("stderr")))

    def _printer(self, stream: str) -> Callable[[str], None]:
        return lambda line: self.lines.append((stream, line))


def imported(interface: str, functions: dict[str, str], types: str = "") -> str:
    """The import of an interface as the instance `$i`; `functions` are name -> its component type."""
    exports = "".join(f'(export "{name}" (func {kind}))' for name, kind in functions.items())
    return f'(import "{interface}" (instance $i {types} {exports}))'


def program(imports: str, functions: dict[str, tuple[str, str]], body: str, drops: dict[str, str] | None = None) -> str:
    """A component of a core program: `functions` are name -> (component function, core signature); `run` answers a u32."""
    lowered = "".join(
        f"(core func ${name} (canon lower (func {target}) {_OPTIONS}))" for name, (target, _) in functions.items()
    ) + "".join(f"(core func ${name} (canon resource.drop {kind}))" for name, kind in (drops or {}).items())
    signatures = {name: signature for name, (_, signature) in functions.items()} | dict.fromkeys(drops or {}, "(param i32)")
    taken = "".join(f'(import "h" "{name}" (func ${name} {signature}))' for name, signature in signatures.items())
    given = "".join(f'(export "{name}" (func ${name}))' for name in signatures)
    return f"""{imports} {MEMORY} {lowered}
        (core module $m (import "h" "memory" (memory 1)) {taken}
          (func (export "run") (result i32) (local $a i32) (local $b i32) {body}))
        (core instance $i (instantiate $m (with "h" (instance {given} (export "memory" (memory $mem "memory"))))))
        (func (export "run") (result u32) (canon lift (core func $i "run")))"""
