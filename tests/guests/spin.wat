;; Never returns and never calls the host.
(func (export "handler") (param $request i32) (result i32)
  (loop $forever (br $forever))
  unreachable)
