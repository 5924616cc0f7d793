"""`storage`: the tenant's key-value store, answered by the runner's backend."""

from typing import Any, Final

from gen.alga.common.v1.errors_pb2 import ErrorReason
from gen.alga.runner.v1 import executor_pb2 as pb
from runner.engine.values import U64, Enum, Err, Ok, Some
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall

_DENIED: Final = Err(Enum("denied"))
# What a guest is told. What it asked and may not have is a denial; everything else is the host's own trouble.
_ERRORS: Final = {
    ErrorReason.ERROR_REASON_STORAGE_KEY_MISSING: "missing",
    ErrorReason.ERROR_REASON_STORAGE_CONFLICT: "conflict",
    ErrorReason.ERROR_REASON_CAPABILITY_DENIED: "denied",
    ErrorReason.ERROR_REASON_PERMISSION_DENIED: "denied",
    ErrorReason.ERROR_REASON_UNAUTHENTICATED: "denied",
    ErrorReason.ERROR_REASON_GRANT_INVALID: "denied",
    ErrorReason.ERROR_REASON_GRANT_EXPIRED: "denied",
    ErrorReason.ERROR_REASON_GRANT_STALE: "denied",
    ErrorReason.ERROR_REASON_EXTENSION_DISABLED: "denied",
    ErrorReason.ERROR_REASON_EXTENSION_NOT_AVAILABLE: "denied",
    ErrorReason.ERROR_REASON_EXTENSION_REVOKED: "denied",
    ErrorReason.ERROR_REASON_VERSION_REVOKED: "denied",
    ErrorReason.ERROR_REASON_INVALID_ARGUMENT: "denied",
    ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE: "denied",
    ErrorReason.ERROR_REASON_QUOTA_EXCEEDED: "denied",
}


def _get(call: CurrentCall, namespace: str, key: str) -> Ok | Err:
    return _entry_or_error(call.ask(pb.HostCall(storage_get=pb.StorageGet(namespace=namespace, key=key))))


def _put(call: CurrentCall, entry: dict[str, Any]) -> Ok | Err:
    written = pb.StorageEntry(namespace=entry["namespace"], key=entry["key"], value=entry["value"], revision=entry["revision"])
    return _entry_or_error(call.ask(pb.HostCall(storage_put=pb.StoragePut(entry=written))))


def _delete(call: CurrentCall, namespace: str, key: str) -> Ok | Err:
    result = call.ask(pb.HostCall(storage_delete=pb.StorageDelete(namespace=namespace, key=key)))
    return Ok() if result.HasField("done") else _error(result)


def _list_entries(call: CurrentCall, namespace: str, cursor: str | None) -> Ok | Err:
    result = call.ask(pb.HostCall(storage_list=pb.StorageList(namespace=namespace, cursor=cursor)))
    if not result.HasField("storage_entries"):
        return _error(result)
    return Ok([_record(entry) for entry in result.storage_entries.entries])


def _entry_or_error(result: pb.HostResult) -> Ok | Err:
    return Ok(_record(result.storage_entry)) if result.HasField("storage_entry") else _error(result)


def _record(entry: pb.StorageEntry) -> dict[str, Any]:
    revision = Some(U64(entry.revision)) if entry.HasField("revision") else None
    return {"namespace": entry.namespace, "key": entry.key, "value": entry.value, "revision": revision}


def _error(result: pb.HostResult) -> Err:
    return Err(Enum(_ERRORS.get(result.error, "internal")))


INTERFACE = Interface(
    "storage",
    "cap:storage.kv",
    (
        HostFunction("get", 2, _get, _DENIED),
        HostFunction("put", 1, _put, _DENIED),
        HostFunction("delete", 2, _delete, _DENIED),
        HostFunction("list-entries", 2, _list_entries, _DENIED),
    ),
)
