;; Grows a table by 10,000 elements at a time until no more are given.
(table $t 0 funcref)
(elem declare func $f)
(func $f)
(func (export "handler") (param $request i32) (result i32)
  (loop $more (br_if $more (i32.ne (table.grow $t (ref.func $f) (i32.const 10000)) (i32.const -1))))
  unreachable)
