;; Reads the key "k" of the namespace "test" twice and answers from the second time: 200, or 404 missing, 409 conflict, 403 denied, 500 internal.
(import "alga:extension/storage" "get" (func $get (param i32 i32 i32 i32 i32)))
(data (i32.const 16) "test")
(data (i32.const 32) "k")
(data (i32.const 64) "\94\01\99\01\93\01\f4\01") ;; 404, 409, 403, 500 by the error's number

(func (export "handler") (param $request i32) (result i32)
  (call $get (i32.const 16) (i32.const 4) (i32.const 32) (i32.const 1) (i32.const 6144))
  (call $get (i32.const 16) (i32.const 4) (i32.const 32) (i32.const 1) (i32.const 6144))
  (if (i32.load8_u (i32.const 6144))
    (then
      (return
        (call $answer
          (i32.load16_u offset=64 (i32.shl (i32.load8_u (i32.const 6152)) (i32.const 1))) (i32.const 0) (i32.const 0)))))
  (call $answer (i32.const 200) (i32.const 0) (i32.const 0)))
