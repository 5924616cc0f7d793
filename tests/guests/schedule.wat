;; A guest that schedules itself. PUT makes a schedule that posts {"beat":1} to it every five minutes: 200 and the schedule's id, or 400 and the
;; error. POST, which the schedule calls, writes its body to storage. GET reads that: 200, or 404 before. DELETE counts its schedules.
(import "alga:extension/scheduler" "create-schedule" (func $create
  (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(import "alga:extension/scheduler" "list-schedules" (func $list (param i32)))
(import "alga:extension/storage" "get" (func $get (param i32 i32 i32 i32 i32)))
(import "alga:extension/storage" "put" (func $put (param i32 i32 i32 i32 i32 i32 i32 i64 i32)))
(data (i32.const 16) "POST /run")
(data (i32.const 32) "*/5 * * * *")
(data (i32.const 48) "beat")
(data (i32.const 64) "{\"beat\":1}")

(func (export "handler") (param $request i32) (result i32)
  (local $method i32)
  (local $second i32)
  (local.set $method (i32.load8_u (i32.load offset=52 (local.get $request))))
  (local.set $second (i32.load8_u offset=1 (i32.load offset=52 (local.get $request))))
  (if (i32.eq (local.get $second) (i32.const 85)) ;; the U of PUT
    (then
      (call $create (i32.const 16) (i32.const 9) (i32.const 32) (i32.const 11)
        (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0)
        (i32.const 1) (i32.const 48) (i32.const 4)
        (i32.const 1) (i32.const 64) (i32.const 10)
        (i32.const 6144))
      (if (i32.load8_u (i32.const 6144))
        (then (return (call $answer (i32.const 200) (i32.load (i32.const 6152)) (i32.load (i32.const 6156))))))
      (return (call $answer (i32.const 400) (i32.load (i32.const 6164)) (i32.load (i32.const 6168))))))
  (if (i32.eq (local.get $method) (i32.const 68)) ;; D
    (then
      (call $list (i32.const 6144))
      (i32.store8 (i32.const 96) (i32.add (i32.const 48) (i32.load (i32.const 6152))))
      (return (call $answer (i32.add (i32.const 200) (i32.load8_u (i32.const 6144))) (i32.const 96) (i32.const 1)))))
  (if (i32.eq (local.get $method) (i32.const 80)) ;; P
    (then
      (call $put (i32.const 48) (i32.const 4) (i32.const 48) (i32.const 4)
        (i32.load offset=80 (local.get $request)) (i32.load offset=84 (local.get $request))
        (i32.const 0) (i64.const 0) (i32.const 6144))
      (return (call $answer (i32.add (i32.const 200) (i32.load8_u (i32.const 6144))) (i32.const 0) (i32.const 0)))))
  (call $get (i32.const 48) (i32.const 4) (i32.const 48) (i32.const 4) (i32.const 6144))
  (if (i32.load8_u (i32.const 6144))
    (then (return (call $answer (i32.const 404) (i32.const 0) (i32.const 0)))))
  (call $answer (i32.const 200) (i32.load (i32.const 6168)) (i32.load (i32.const 6172))))
