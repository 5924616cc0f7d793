;; Ends itself with an error while it starts.
(component
  (import "wasi:cli/exit@0.2.0" (instance $exit (export "exit" (func (param "status" (result))))))
  (core func $lowered (canon lower (func $exit "exit")))
  (core module $m
    (import "h" "exit" (func $exit (param i32)))
    (func $start (call $exit (i32.const 1)))
    (start $start)
    (func (export "handler") (result i32) (i32.const 0)))
  (core instance $i (instantiate $m (with "h" (instance (export "exit" (func $lowered))))))
  (func (export "handler") (result u32) (canon lift (core func $i "handler"))))
