"""`wasi:filesystem`: there are no files. Nobody gets a descriptor, so its methods are there for linking only."""

from typing import Final

from runner.engine.wasi.base import Function, Interface, Resource, methods, refused

_DESCRIPTOR: Final = (
    *("read-via-stream", "write-via-stream", "append-via-stream", "advise", "sync-data", "get-flags", "get-type", "set-size"),
    *("set-times", "read", "write", "read-directory", "sync", "create-directory-at", "stat", "stat-at", "set-times-at"),
    *("link-at", "open-at", "readlink-at", "remove-directory-at", "rename-at", "symlink-at", "unlink-file-at"),
    *("is-same-object", "metadata-hash", "metadata-hash-at"),
)

INTERFACES: Final = (
    Interface(
        "wasi:filesystem/types",
        (
            *refused(*methods(Resource.DESCRIPTOR, _DESCRIPTOR)),
            *refused(*methods(Resource.DIRECTORY_ENTRY_STREAM, ["read-directory-entry"])),
            Function("filesystem-error-code", 1, lambda _call, _error: None),
        ),
        (Resource.DESCRIPTOR, Resource.DIRECTORY_ENTRY_STREAM),
    ),
    Interface("wasi:filesystem/preopens", (Function("get-directories", 0, lambda _call: []),)),
)
