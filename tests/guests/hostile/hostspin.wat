;; Spins for a million turns, calls the host, and so on for ever.
(import "alga:extension/context" "get-context" (func $context (param i32)))
(func (export "handler") (param $request i32) (result i32)
  (local $left i32)
  (loop $forever
    (local.set $left (i32.const 1000000))
    (loop $turn (br_if $turn (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (global.set $heap (i32.const 8192))
    (call $context (i32.const 6144))
    (br $forever))
  unreachable)
