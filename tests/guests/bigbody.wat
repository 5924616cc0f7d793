;; 200 with a body of 3 MiB of the letter x.
(func (export "handler") (param $request i32) (result i32)
  (local $body i32)
  (local.set $body (call $alloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 3145728)))
  (memory.fill (local.get $body) (i32.const 120) (i32.const 3145728))
  (call $answer (i32.const 200) (local.get $body) (i32.const 3145728)))
