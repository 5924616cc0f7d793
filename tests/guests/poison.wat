;; 200 when global, first memory, last memory and memory size are as in a new instance, else 500. Leaves all of them changed.
(global $used (mut i32) (i32.const 0))
(func (export "handler") (param $request i32) (result i32)
  (local $dirty i32)
  (local.set $dirty
    (i32.or
      (i32.or (global.get $used) (i32.load (i32.const 16)))
      (i32.or (i32.load (i32.const 131064)) (i32.ne (memory.size) (i32.const 2)))))
  (global.set $used (i32.const 1))
  (i32.store (i32.const 16) (i32.const 1))
  (i32.store (i32.const 131064) (i32.const 1))
  (drop (memory.grow (i32.const 1)))
  (local.set $dirty (i32.or (local.get $dirty) (i32.load (i32.const 196600))))
  (i32.store (i32.const 196600) (i32.const 1))
  (call $answer (select (i32.const 500) (i32.const 200) (local.get $dirty)) (i32.const 0) (i32.const 0)))
