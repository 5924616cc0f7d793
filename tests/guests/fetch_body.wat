;; Gets the url that is its request's body, and answers what it got; an error is 500 plus its number.
(import "alga:extension/http" "fetch" (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 16) "GET")

(func (export "handler") (param $request i32) (result i32)
  (call $fetch
    (i32.const 16) (i32.const 3)
    (i32.load offset=80 (local.get $request)) (i32.load offset=84 (local.get $request))
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 6144))
  (if (i32.load8_u (i32.const 6144))
    (then (return (call $answer (i32.add (i32.const 500) (i32.load8_u (i32.const 6148))) (i32.const 0) (i32.const 0)))))
  (i32.const 6148))
