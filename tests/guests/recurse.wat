;; Calls itself until the stack is used up.
(func $deeper (param $depth i32) (result i32)
  (i32.add (call $deeper (i32.add (local.get $depth) (i32.const 1))) (local.get $depth)))
(func (export "handler") (param $request i32) (result i32)
  (call $deeper (i32.const 0)))
