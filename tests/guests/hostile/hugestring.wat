;; Gives the host a string of 15 MiB.
(import "alga:extension/logging" "log-info" (func $info (param i32 i32)))
(func (export "handler") (param $request i32) (result i32)
  (drop (memory.grow (i32.const 250)))
  (call $info (i32.const 65536) (i32.const 15728640))
  (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))
