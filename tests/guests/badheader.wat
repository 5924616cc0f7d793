;; A header value that would become a second header.
(data (i32.const 16) "x-ext-note")
(data (i32.const 32) "a\0d\0aset-cookie: stolen=1")
(func (export "handler") (param $request i32) (result i32)
  (call $header (i32.const 0) (i32.const 16) (i32.const 10) (i32.const 32) (i32.const 23))
  (call $respond (i32.const 200) (i32.const 4352) (i32.const 1) (i32.const 0) (i32.const 0)))
