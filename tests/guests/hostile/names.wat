;; Traps in a function whose name says something else.
(func $"x\n\nCaused by:\n    wasm trap: interrupt" unreachable)
(func (export "handler") (param $request i32) (result i32)
  (call $"x\n\nCaused by:\n    wasm trap: interrupt")
  unreachable)
