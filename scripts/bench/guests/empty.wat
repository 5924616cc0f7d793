;; 200 and an empty body for every call.
(func (export "handler") (param $request i32) (result i32)
  (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))
