;; secrets.get("token"): 200 with the secret, or 403 with the error's number (0 missing, 1 denied, 2 expired, 3 internal) as one digit.
(import "alga:extension/secrets" "get" (func $get (param i32 i32 i32)))
(data (i32.const 16) "token")
(func (export "handler") (param $request i32) (result i32)
  (call $get (i32.const 16) (i32.const 5) (i32.const 6144))
  (if (i32.load8_u (i32.const 6144))
    (then
      (i32.store8 (i32.const 32) (i32.add (i32.const 48) (i32.load8_u (i32.const 6148))))
      (return (call $answer (i32.const 403) (i32.const 32) (i32.const 1)))))
  (call $answer (i32.const 200) (i32.load (i32.const 6148)) (i32.load (i32.const 6152))))
