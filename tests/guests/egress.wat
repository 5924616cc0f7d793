;; Fetches the url behind the first slash of its own, with its method, body and headers but the host's two; answers what it got.
;; An error is 500 plus its number.
(import "alga:extension/http" "fetch" (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))

(func (export "handler") (param $request i32) (result i32)
  (call $fetch
    (i32.load offset=52 (local.get $request)) (i32.load offset=56 (local.get $request))
    (i32.add (i32.load offset=60 (local.get $request)) (i32.const 1))
    (i32.sub (i32.load offset=64 (local.get $request)) (i32.const 1))
    (i32.load offset=68 (local.get $request)) (i32.sub (i32.load offset=72 (local.get $request)) (i32.const 2))
    (i32.load8_u offset=76 (local.get $request))
    (i32.load offset=80 (local.get $request)) (i32.load offset=84 (local.get $request))
    (i32.const 6144))
  (if (i32.load8_u (i32.const 6144))
    (then (return (call $answer (i32.add (i32.const 500) (i32.load8_u (i32.const 6148))) (i32.const 0) (i32.const 0)))))
  (i32.const 6148))
