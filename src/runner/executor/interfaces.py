"""Which interface of the world a host call belongs to."""

from typing import Final

from gen.alga.runner.v1.executor_pb2 import HostCall
from kernel.capabilities import for_interface

_OF_FRAME: Final = {
    "storage_get": "storage",
    "storage_put": "storage",
    "storage_delete": "storage",
    "storage_list": "storage",
    "http_fetch": "http",
    "secret_get": "secrets",
    "secret_list": "secrets",
    "proxy_call": "ui-proxy",
}


def interface_of(call: HostCall) -> str:
    """E.g. `storage`; empty for a call of no interface that a capability opens."""
    frame = call.WhichOneof("function")
    if frame != "described":
        return _OF_FRAME.get(frame or "", "")
    try:
        for_interface(call.described.interface)
    except KeyError:
        return ""
    return call.described.interface
