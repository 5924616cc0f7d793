;; Answers what the request's body says: two bytes of status, two of the number of headers, one of the length of their name, the
;; name, and the rest is their value.
(func (export "handler") (param $request i32) (result i32)
  (local $body i32)
  (local $name_length i32)
  (local $count i32)
  (local $headers i32)
  (local $at i32)
  (local.set $body (i32.load offset=80 (local.get $request)))
  (local.set $count (i32.load16_u offset=2 (local.get $body)))
  (local.set $name_length (i32.load8_u offset=4 (local.get $body)))
  (local.set $headers (call $alloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.shl (local.get $count) (i32.const 4))))
  (local.set $at (local.get $headers))
  (block $done
    (loop $next
      (br_if $done
        (i32.eq (local.get $at) (i32.add (local.get $headers) (i32.shl (local.get $count) (i32.const 4)))))
      (i32.store (local.get $at) (i32.add (local.get $body) (i32.const 5)))
      (i32.store offset=4 (local.get $at) (local.get $name_length))
      (i32.store offset=8 (local.get $at)
        (i32.add (i32.add (local.get $body) (i32.const 5)) (local.get $name_length)))
      (i32.store offset=12 (local.get $at)
        (i32.sub (i32.load offset=84 (local.get $request)) (i32.add (local.get $name_length) (i32.const 5))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))
  (call $respond (i32.load16_u (local.get $body)) (local.get $headers) (local.get $count) (i32.const 0) (i32.const 0)))
