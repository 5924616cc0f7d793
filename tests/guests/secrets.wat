;; GET /run: the names of all secrets, one a line. GET /run/<name>: 200 with its value, or 403 with the error's number (0 missing,
;; 1 denied, 2 expired, 3 internal) as one digit.
(import "alga:extension/secrets" "get" (func $get (param i32 i32 i32)))
(import "alga:extension/secrets" "list-keys" (func $list_keys (param i32)))
(func $lines (result i32)
  (local $text i32)
  (local $length i32)
  (local $item i32)
  (local $end i32)
  (call $list_keys (i32.const 6144))
  (local.set $item (i32.load (i32.const 6144)))
  (local.set $end (i32.add (local.get $item) (i32.shl (i32.load (i32.const 6148)) (i32.const 3))))
  ;; 64 names of 64 characters fit.
  (local.set $text (call $alloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8192)))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $item) (local.get $end)))
      (memory.copy (i32.add (local.get $text) (local.get $length)) (i32.load (local.get $item)) (i32.load offset=4 (local.get $item)))
      (local.set $length (i32.add (local.get $length) (i32.load offset=4 (local.get $item))))
      (i32.store8 (i32.add (local.get $text) (local.get $length)) (i32.const 10))
      (local.set $length (i32.add (local.get $length) (i32.const 1)))
      (local.set $item (i32.add (local.get $item) (i32.const 8)))
      (br $next)))
  (call $answer (i32.const 200) (local.get $text) (local.get $length)))
(func (export "handler") (param $request i32) (result i32)
  (if (i32.le_u (i32.load offset=64 (local.get $request)) (i32.const 5)) (then (return (call $lines))))
  (call $get
    (i32.add (i32.load offset=60 (local.get $request)) (i32.const 5))
    (i32.sub (i32.load offset=64 (local.get $request)) (i32.const 5))
    (i32.const 6144))
  (if (i32.load8_u (i32.const 6144))
    (then
      (i32.store8 (i32.const 32) (i32.add (i32.const 48) (i32.load8_u (i32.const 6148))))
      (return (call $answer (i32.const 403) (i32.const 32) (i32.const 1)))))
  (call $answer (i32.const 200) (i32.load (i32.const 6148)) (i32.load (i32.const 6152))))
