;; Appended to every guest. Addresses: 0..4095 the guest's own data, 4096 the response (24 bytes), 4352.. its first headers,
;; 6144.. results of host functions, 8192.. the heap.
(memory (export "memory") 2)
(global $heap (mut i32) (i32.const 8192))

(func $alloc (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
  (local $at i32)
  (local $end i32)
  (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
  (local.set $end (i32.add (local.get $at) (local.get $size)))
  (global.set $heap (local.get $end))
  (if (i32.gt_u (local.get $end) (i32.shl (memory.size) (i32.const 16)))
    (then
      (if (i32.eq
            (memory.grow
              (i32.shr_u
                (i32.add (i32.sub (local.get $end) (i32.shl (memory.size) (i32.const 16))) (i32.const 65535))
                (i32.const 16)))
            (i32.const -1))
        (then unreachable))))
  (memory.copy (local.get $at) (local.get $old) (local.get $old_size))
  (local.get $at))

;; An execute-response with headers and a body.
(func $respond (param $status i32) (param $headers i32) (param $count i32) (param $body i32) (param $length i32) (result i32)
  (i32.store16 (i32.const 4096) (local.get $status))
  (i32.store (i32.const 4100) (local.get $headers))
  (i32.store (i32.const 4104) (local.get $count))
  (i32.store8 (i32.const 4108) (i32.const 1))
  (i32.store (i32.const 4112) (local.get $body))
  (i32.store (i32.const 4116) (local.get $length))
  (i32.const 4096))

;; A response without headers.
(func $answer (param $status i32) (param $body i32) (param $length i32) (result i32)
  (call $respond (local.get $status) (i32.const 0) (i32.const 0) (local.get $body) (local.get $length)))

;; Writes header number $index of the array at 4352.
(func $header (param $index i32) (param $name i32) (param $name_length i32) (param $value i32) (param $value_length i32)
  (local $at i32)
  (local.set $at (i32.add (i32.const 4352) (i32.shl (local.get $index) (i32.const 4))))
  (i32.store (local.get $at) (local.get $name))
  (i32.store offset=4 (local.get $at) (local.get $name_length))
  (i32.store offset=8 (local.get $at) (local.get $value))
  (i32.store offset=12 (local.get $at) (local.get $value_length)))
