;; Storage by method, in the namespace "test", with the request's url less its slash as the key. GET reads; POST writes the body; PUT writes it only
;; over revision 1; DELETE deletes. Success: 200, the value, and the last digit of its revision in x-ext-revision.
;; An error: 404 missing, 409 conflict, 403 denied, 500 internal.
(import "alga:extension/storage" "get" (func $get (param i32 i32 i32 i32 i32)))
(import "alga:extension/storage" "put" (func $put (param i32 i32 i32 i32 i32 i32 i32 i64 i32)))
(import "alga:extension/storage" "delete" (func $delete (param i32 i32 i32 i32 i32)))
(data (i32.const 16) "test")
(data (i32.const 32) "x-ext-revision")
(data (i32.const 64) "\94\01\99\01\93\01\f4\01") ;; 404, 409, 403, 500 by the error's number

(func $failed (param $error i32) (result i32)
  (call $answer (i32.load16_u offset=64 (i32.shl (local.get $error) (i32.const 1))) (i32.const 0) (i32.const 0)))

;; Answers from a result<storage-entry, storage-error> at 6144.
(func $entry (result i32)
  (if (i32.load8_u (i32.const 6144))
    (then (return (call $failed (i32.load8_u (i32.const 6152))))))
  (i32.store8 (i32.const 48)
    (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (i64.load (i32.const 6184)) (i64.const 10)))))
  (call $header (i32.const 0) (i32.const 32) (i32.const 14) (i32.const 48) (i32.const 1))
  (call $respond (i32.const 200) (i32.const 4352) (i32.load8_u (i32.const 6176)) (i32.load (i32.const 6168)) (i32.load (i32.const 6172))))

(func (export "handler") (param $request i32) (result i32)
  (local $method i32)
  (local $second i32)
  (local $key i32)
  (local $key_length i32)
  (local.set $method (i32.load8_u (i32.load offset=52 (local.get $request))))
  (local.set $second (i32.load8_u offset=1 (i32.load offset=52 (local.get $request))))
  (local.set $key (i32.add (i32.load offset=60 (local.get $request)) (i32.const 1)))
  (local.set $key_length (i32.sub (i32.load offset=64 (local.get $request)) (i32.const 1)))
  (if (i32.eq (local.get $method) (i32.const 71)) ;; G
    (then
      (call $get (i32.const 16) (i32.const 4) (local.get $key) (local.get $key_length) (i32.const 6144))
      (return (call $entry))))
  (if (i32.eq (local.get $method) (i32.const 68)) ;; D
    (then
      (call $delete (i32.const 16) (i32.const 4) (local.get $key) (local.get $key_length) (i32.const 6144))
      (if (i32.load8_u (i32.const 6144))
        (then (return (call $failed (i32.load8_u (i32.const 6145))))))
      (return (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))))
  (call $put (i32.const 16) (i32.const 4) (local.get $key) (local.get $key_length)
    (i32.load offset=80 (local.get $request)) (i32.load offset=84 (local.get $request))
    (i32.eq (local.get $second) (i32.const 85)) ;; the U of PUT: with a revision
    (i64.const 1) (i32.const 6144))
  (call $entry))
