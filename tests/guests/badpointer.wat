;; Answers with an address beyond its memory.
(func (export "handler") (param $request i32) (result i32)
  (i32.const 0x7ffffff0))
