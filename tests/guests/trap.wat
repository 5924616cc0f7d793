(func (export "handler") (param $request i32) (result i32) unreachable)
