;; Takes 1 MiB at a time and writes to all of it, until no more is given.
(func (export "handler") (param $request i32) (result i32)
  (local $page i32)
  (loop $more
    (local.set $page (memory.grow (i32.const 16)))
    (if (i32.ne (local.get $page) (i32.const -1))
      (then
        (memory.fill (i32.shl (local.get $page) (i32.const 16)) (i32.const 1) (i32.const 1048576))
        (br $more))))
  unreachable)
