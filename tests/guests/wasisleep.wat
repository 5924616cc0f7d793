;; Sleeps 60 s; then 200.
(import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $subscribe (param i64) (result i32)))
(import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
(func (export "handler") (param $request i32) (result i32)
  (call $block (call $subscribe (i64.const 60000000000)))
  (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))
