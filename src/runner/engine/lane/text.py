"""The wrapper's own parts as WAT: memories with a bump allocator, the call, and the host functions that carry images.

The wrapper is one component around the guest's. Outside it exports `EXPORT`, a function from string to string; towards the guest it
is the caller of `handler` and the host of the functions in `world.LANES`. Strings are the one dynamic value that the engine moves
in bulk. They carry images of values as they lie in memory (`runner.engine.image`), in hexadecimal: whatever is in a body, ASCII is
copied and checked at the memory's speed, and both ends convert 8 bytes in some ten instructions. (As latin1 with its bytes as they
are, an image of random bytes took three times as long as one of ASCII: the engine converts character by character.)

The functions for the guest live in a component of their own with a memory of its own: an instance that is being called cannot be
called again from within.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from runner.engine.types import Named, named, reference
from runner.engine.world import EXECUTE_RESPONSE, LANES, Function

EXPORT: Final = "alga-lane"
HOST: Final = "alga:lane/host"
HEAP: Final = 256  # where the first allocation lies; below it are the places for results
SLOT: Final = 8  # bytes of a parameter in an image
HEADER: Final = 8  # bytes of an image for the call: how many bytes its answer may take (u32)
CEILING: Final = 40 << 20  # bytes of a memory of the wrapper: a request of 10 MiB, and such an answer in hexadecimal
ARGUMENTS: Final = 9 << 20  # where those of a host function must end; the rest of its memory is for hexadecimal and the answer
TAIL: Final = 8 + EXECUTE_RESPONSE.size  # at the end of an answer: its record, and the address of its first byte
UNIT: Final = 8  # bytes; every image has a multiple of them
PAGES: Final = CEILING >> 16
FULL: Final = "full"  # what traps when an image is too large, as it is named in backtraces
REFUSED: Final = "refused"  # and when a memory may not grow
CALL_MODULE: Final = "alga-lane-call"
HOST_MODULE: Final = "alga-lane-host"
_AT: Final = 8  # where (address, size) of a string is told
_RECORD: Final = 32  # where the handler's answer is written
_OWN: Final = '(memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))'


def lane_name(interface: str, function: Function) -> str:
    """What a host function is called in `HOST`."""
    return f"{interface.rpartition('/')[2]}-{function.name}"


def _memory(module: str, ceiling: int) -> str:
    """A memory and the bump allocator that owns it: what was allocated last may grow and shrink in its place."""
    return f"""
  (core module ${module}
    (memory (export "memory") 1 {PAGES})
    (global $bump (export "bump") (mut i32) (i32.const {HEAP}))
    (global $ceiling (export "ceiling") (mut i32) (i32.const {ceiling}))
    (func ${FULL} unreachable)
    (func ${REFUSED} unreachable)
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32) (local $end i32) (local $missing i32)
      (if (i32.and (i32.ne (local.get $had) (i32.const 0))
                   (i32.eq (i32.add (local.get $old) (local.get $had)) (global.get $bump)))
        (then (local.set $at (local.get $old)))
        (else (local.set $at (i32.and (i32.add (global.get $bump) (i32.const 7)) (i32.const -8)))))
      (if (i32.gt_u (local.get $size) (i32.sub (global.get $ceiling) (local.get $at))) (then (call ${FULL})))
      (local.set $end (i32.add (local.get $at) (local.get $size)))
      (local.set $missing (i32.sub (local.get $end) (i32.shl (memory.size) (i32.const 16))))
      (if (i32.gt_s (local.get $missing) (i32.const 0))
        (then (if (i32.eq (memory.grow (i32.shr_u (i32.add (local.get $missing) (i32.const 65535)) (i32.const 16))) (i32.const -1))
          (then (call ${REFUSED})))))
      (if (i32.ne (local.get $at) (local.get $old))
        (then (memory.copy (local.get $at) (local.get $old)
          (select (local.get $had) (local.get $size) (i32.lt_u (local.get $had) (local.get $size))))))
      (global.set $bump (local.get $end))
      (local.get $at))
    (func (export "decode") (param $at i32) (param $end i32) (result i32) (local $to i32) (local $v v128) (local $letter v128)
      (local.set $to (local.get $at))
      (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $v (v128.load (local.get $at)))
        (local.set $letter (i8x16.shr_u (local.get $v) (i32.const 6)))
        (local.set $v (i8x16.add (v128.and (local.get $v) (i8x16.splat (i32.const 15)))
          (i8x16.add (local.get $letter) (i8x16.shl (local.get $letter) (i32.const 3)))))
        (local.set $v (v128.and (i16x8.splat (i32.const 255))
          (v128.or (i16x8.shl (local.get $v) (i32.const 4)) (i16x8.shr_u (local.get $v) (i32.const 8)))))
        (v128.store64_lane 0 (local.get $to) (i8x16.narrow_i16x8_u (local.get $v) (local.get $v)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $to (i32.add (local.get $to) (i32.const 8)))
        (br $next)))
      (local.get $to))
    (func (export "encode") (param $first i32) (param $end i32) (local $v v128) (local $size i32)
      (local.set $size (i32.sub (local.get $end) (local.get $first)))
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $size)))
        (local.set $size (i32.sub (local.get $size) (i32.const 8)))
        (local.set $v (v128.load8x8_u (i32.add (local.get $first) (local.get $size))))
        (local.set $v (v128.or (i16x8.shr_u (local.get $v) (i32.const 4))
          (i16x8.shl (v128.and (local.get $v) (i16x8.splat (i32.const 15))) (i32.const 8))))
        (v128.store (i32.add (local.get $first) (i32.shl (local.get $size) (i32.const 1)))
          (i8x16.add (i8x16.add (local.get $v) (i8x16.splat (i32.const 48)))
            (v128.and (i8x16.gt_u (local.get $v) (i8x16.splat (i32.const 9))) (i8x16.splat (i32.const 39)))))
        (br $next)))))"""


_IMPORTED: Final = """
    (import "memory" "memory" (memory 1))
    (import "memory" "bump" (global $bump (mut i32)))
    (import "memory" "ceiling" (global $ceiling (mut i32)))
    (import "memory" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
    (import "memory" "decode" (func $decode (param i32 i32) (result i32)))
    (import "memory" "encode" (func $encode (param i32 i32)))"""

_CALL: Final = f"""
  (core module $alga-lane{_IMPORTED}
    (import "guest" "handler" (func $handler (param i32 i32)))
    (func (export "call") (param $image i32) (param $size i32) (result i32)
      (local $first i32) (local $tail i32) (local $end i32)
      (local.set $first (call $decode (local.get $image) (i32.add (local.get $image) (local.get $size))))
      (global.set $bump (local.get $first))
      (if (i32.lt_u (i32.add (local.get $first) (i32.load (local.get $image))) (global.get $ceiling))
        (then (global.set $ceiling
          (i32.and (i32.add (i32.add (local.get $first) (i32.load (local.get $image))) (i32.const 7)) (i32.const -8)))))
      (call $handler (i32.add (local.get $image) (i32.const {HEADER})) (i32.const {_RECORD}))
      (local.set $tail (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const {TAIL})))
      (memory.copy (local.get $tail) (i32.const {_RECORD}) (i32.const {EXECUTE_RESPONSE.size}))
      (i64.store offset={EXECUTE_RESPONSE.size} (local.get $tail) (i64.extend_i32_u (local.get $first)))
      (local.set $end (global.get $bump))
      (global.set $ceiling (i32.const {CEILING}))
      (local.set $size (i32.sub (local.get $end) (local.get $first)))
      (drop (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (local.get $size)))
      (call $encode (local.get $first) (local.get $end))
      (i32.store (i32.const {_AT}) (local.get $first))
      (i32.store offset=4 (i32.const {_AT}) (i32.shl (local.get $size) (i32.const 1)))
      (i32.const {_AT})))"""


def wrapper(counts: Mapping[str, int], imports: Sequence[tuple[str, str, int]]) -> str:
    """The wrapper of a component whose beginning defines so many of each sort, with an empty component in the guest's place.

    The text begins with as many empty definitions, for their numbers; they end at the first core module.
    """
    lanes = {interface: LANES[interface] for interface, _, _ in imports if interface in LANES}
    given = [f'(with "{name}" ({sort} {"$" + _plain(name) if name in lanes else index}))' for name, sort, index in imports]
    return f"""(component
{_nothing(counts)}{_memory(CALL_MODULE, CEILING)}{_CALL}
  (component $inner)
{_hosted(lanes)}
  (instance $guest (instantiate $inner {" ".join(given)}))
  (core instance $memory (instantiate ${CALL_MODULE}))
  (core func $handler (canon lower (func $guest "handler") {_OWN}))
  (core instance $lane (instantiate $alga-lane
    (with "memory" (instance $memory)) (with "guest" (instance (export "handler" (func $handler))))))
  (func $call (param "image" string) (result string) (canon lift (core func $lane "call")
    {_OWN}))
  (export "{EXPORT}" (func $call)))"""


def _nothing(counts: Mapping[str, int]) -> str:
    made = ["(type u8)"] * counts.get("type", 0) + ["(core type (func))"] * counts.get("core type", 0)
    for sort in ("func", "instance", "component"):
        made += [f'(import "{sort}{number}" ({sort} (type 0)))' for number in range(counts.get(sort, 0))]
    return "\n".join(made)


def _plain(interface: str) -> str:
    return interface.rpartition("/")[2]


def _types(functions: Sequence[Function]) -> list[Named]:
    kinds = [kind for one in functions for kind in (*(kind for _, kind in one.parameters), one.answer)]
    return list(dict.fromkeys(one for kind in kinds for one in named(kind)))


def _hosted(lanes: dict[str, tuple[Function, ...]]) -> str:
    if not lanes:
        return ""
    functions = [(lane_name(interface, one), one) for interface, group in lanes.items() for one in group]
    imported = "\n".join(
        f'      (export "{name}" (func (param "image" string) (param "base" u32) (result string)))' for name, _ in functions
    )
    instances = "".join(_instance(interface, group) for interface, group in lanes.items())
    return f"""
  (component $functions
    (import "host" (instance $host
{imported}))
{_memory(HOST_MODULE, ARGUMENTS)}
    (core instance $memory (instantiate ${HOST_MODULE}))
{"".join(_asked(name) for name, _ in functions)}
    (core module $alga-lane{_IMPORTED}
{"".join(f'      (import "host" "{name}" (func ${name} (param i32 i32 i32 i32)))' for name, _ in functions)}
      (func (export "done") (param i32)
        (global.set $bump (i32.const {HEAP}))
        (global.set $ceiling (i32.const {ARGUMENTS})))
{"".join(_spilled(name, one) for name, one in functions)})
    (core instance $lane (instantiate $alga-lane (with "memory" (instance $memory))
      (with "host" (instance {" ".join(f'(export "{name}" (func $ask-{name}))' for name, _ in functions)}))))
{"".join(_type(kind) for kind in _types([one for _, one in functions]))}
{"".join(_lifted(name, one) for name, one in functions)})
  (import "{HOST}" (instance $host
{imported}))
  (instance $functions (instantiate $functions (with "host" (instance $host))))
{instances}"""


def _type(kind: Named) -> str:
    return f'\n    (type ${kind.name}-made {kind.wat})\n    (export ${kind.name} "{kind.name}" (type ${kind.name}-made))'


def _asked(name: str) -> str:
    return f"""
    (core func $ask-{name} (canon lower (func $host "{name}") {_OWN}))"""


def _spilled(name: str, function: Function) -> str:
    """A core function: what its parameters point to lies in the memory already; the parameters themselves follow it."""
    flat = function.flat
    parameters = " ".join(flat)
    stores = "\n".join(
        f"        (i64.store offset={SLOT * index} (local.get $at) "
        + (f"(local.get {index}))" if core == "i64" else f"(i64.extend_i32_u (local.get {index})))")
        for index, core in enumerate(flat)
    )
    return f"""
      (func (export "{name}") (param {parameters}) (result i32) (local $at i32) (local $end i32)
        (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const {SLOT * len(flat)})))
{stores}
        (local.set $end (global.get $bump))
        (global.set $ceiling (i32.const {CEILING}))
        (drop (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.sub (local.get $end) (i32.const {HEAP}))))
        (call $encode (i32.const {HEAP}) (local.get $end))
        (call ${name} (i32.const {HEAP}) (i32.shl (i32.sub (local.get $end) (i32.const {HEAP})) (i32.const 1))
          (global.get $bump) (i32.const {_AT}))
        (local.set $at (i32.load (i32.const {_AT})))
        (drop (call $decode (local.get $at) (i32.add (local.get $at) (i32.load offset=4 (i32.const {_AT})))))
        (local.get $at))"""


def _lifted(name: str, function: Function) -> str:
    parameters = " ".join(f'(param "{label}" {reference(kind)})' for label, kind in function.parameters)
    return f"""
    (func ${name} {parameters} (result {reference(function.answer)}) (canon lift (core func $lane "{name}")
      {_OWN} (post-return (core func $lane "done"))))
    (export "{name}" (func ${name}))"""


def _instance(interface: str, functions: Sequence[Function]) -> str:
    exports = [f'(export "{kind.name}" (type $functions "{kind.name}"))' for kind in _types(functions)]
    exports += [f'(export "{one.name}" (func $functions "{lane_name(interface, one)}"))' for one in functions]
    return f"  (instance ${_plain(interface)} {' '.join(exports)})\n"
