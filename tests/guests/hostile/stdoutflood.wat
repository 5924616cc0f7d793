;; Prints 4,096 bytes without a line's end, again and again, while it starts.
(component
  (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $error))
  (import "wasi:io/streams@0.2.0"
    (instance $streams
      (alias outer 1 $error (type $outer))
      (export "error" (type $e (eq $outer)))
      (export "output-stream" (type $stream (sub resource)))
      (type $failed (own $e))
      (type $problem (variant (case "last-operation-failed" $failed) (case "closed")))
      (export "stream-error" (type $told (eq $problem)))
      (export "[method]output-stream.blocking-write-and-flush"
        (func (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $told)))))))
  (alias export $streams "output-stream" (type $stream))
  (import "wasi:cli/stdout@0.2.0"
    (instance $stdout
      (alias outer 1 $stream (type $outer))
      (export "output-stream" (type $s (eq $outer)))
      (export "get-stdout" (func (result (own $s))))))
  (core module $memory (memory (export "memory") 1))
  (core instance $mem (instantiate $memory))
  (core func $get (canon lower (func $stdout "get-stdout")))
  (core func $write
    (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory (core memory $mem "memory"))))
  (core module $m
    (import "h" "get" (func $get (result i32)))
    (import "h" "write" (func $write (param i32 i32 i32 i32)))
    (func $start (local $out i32)
      (local.set $out (call $get))
      (loop $forever (call $write (local.get $out) (i32.const 0) (i32.const 4096) (i32.const 8192)) (br $forever)))
    (start $start)
    (func (export "handler") (result i32) (i32.const 0)))
  (core instance $i
    (instantiate $m (with "h" (instance (export "get" (func $get)) (export "write" (func $write))))))
  (func (export "handler") (result u32) (canon lift (core func $i "handler"))))
