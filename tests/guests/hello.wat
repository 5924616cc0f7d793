;; 200, one header, a fixed body.
(data (i32.const 16) "content-type")
(data (i32.const 32) "text/plain")
(data (i32.const 48) "hello")
(func (export "handler") (param $request i32) (result i32)
  (call $header (i32.const 0) (i32.const 16) (i32.const 12) (i32.const 32) (i32.const 10))
  (call $respond (i32.const 200) (i32.const 4352) (i32.const 1) (i32.const 48) (i32.const 5)))
