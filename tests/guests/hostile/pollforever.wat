;; Waits for a millisecond, again and again.
(import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $subscribe (param i64) (result i32)))
(import "wasi:io/poll@0.2.0" "poll" (func $poll (param i32 i32 i32)))
(func (export "handler") (param $request i32) (result i32)
  (i32.store (i32.const 16) (call $subscribe (i64.const 1000000)))
  (loop $forever
    (global.set $heap (i32.const 8192))
    (call $poll (i32.const 16) (i32.const 1) (i32.const 6144))
    (br $forever))
  unreachable)
