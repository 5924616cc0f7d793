;; Reads one key of the storage, again and again, whatever it is told.
(import "alga:extension/storage" "get" (func $get (param i32 i32 i32 i32 i32)))
(data (i32.const 16) "k")
(func (export "handler") (param $request i32) (result i32)
  (loop $forever
    (global.set $heap (i32.const 8192))
    (call $get (i32.const 16) (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 6144))
    (br $forever))
  unreachable)
