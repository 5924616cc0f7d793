;; Logs 60,000 bytes, again and again.
(import "alga:extension/logging" "log-info" (func $info (param i32 i32)))
(func (export "handler") (param $request i32) (result i32)
  (memory.fill (i32.const 65536) (i32.const 65) (i32.const 60000))
  (loop $forever
    (call $info (i32.const 65536) (i32.const 60000))
    (br $forever))
  unreachable)
