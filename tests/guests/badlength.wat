;; 200 with a body of 2 GiB, of which it has nothing.
(func (export "handler") (param $request i32) (result i32)
  (call $answer (i32.const 200) (i32.const 16) (i32.const 0x7fffffff)))
