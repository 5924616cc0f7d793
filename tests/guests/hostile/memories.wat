;; A component of five memories.
(component
  (core module $m (memory 1))
  (core instance (instantiate $m))
  (core instance (instantiate $m))
  (core instance (instantiate $m))
  (core instance (instantiate $m))
  (core module $h (memory (export "memory") 1) (func (export "handler") (result i32) (i32.const 7)))
  (core instance $i (instantiate $h))
  (func (export "handler") (result u32) (canon lift (core func $i "handler"))))
