;; One host call by path: /get storage.get of what /put stored, /put storage.put of the body, /fetch http.fetch of the URL in the body, else none.
;; 200 and an empty body when it succeeds, else 500.
(import "alga:extension/storage" "get" (func $get (param i32 i32 i32 i32 i32)))
(import "alga:extension/storage" "put" (func $put (param i32 i32 i32 i32 i32 i32 i32 i64 i32)))
(import "alga:extension/http" "fetch" (func $fetch (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 16) "bench")
(data (i32.const 32) "GET")

(func $told (result i32)
  (call $answer
    (select (i32.const 500) (i32.const 200) (i32.load8_u (i32.const 6144)))
    (i32.const 0) (i32.const 0)))

(func (export "handler") (param $request i32) (result i32)
  (local $path i32)
  (local $body i32)
  (local $length i32)
  (local.set $path (i32.load8_u offset=1 (i32.load offset=60 (local.get $request))))
  (local.set $body (i32.load offset=80 (local.get $request)))
  (local.set $length (i32.load offset=84 (local.get $request)))
  (if (i32.eq (local.get $path) (i32.const 103)) ;; g
    (then
      (call $get (i32.const 16) (i32.const 5) (i32.const 16) (i32.const 5) (i32.const 6144))
      (return (call $told))))
  (if (i32.eq (local.get $path) (i32.const 112)) ;; p
    (then
      (call $put (i32.const 16) (i32.const 5) (i32.const 16) (i32.const 5) (local.get $body) (local.get $length)
        (i32.const 0) (i64.const 0) (i32.const 6144))
      (return (call $told))))
  (if (i32.ne (local.get $path) (i32.const 102)) ;; f
    (then (return (call $told))))
  (call $fetch
    (i32.const 32) (i32.const 3) (local.get $body) (local.get $length) (i32.const 0) (i32.const 0)
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 6144))
  (call $told))
