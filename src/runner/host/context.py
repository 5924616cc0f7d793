"""`context`: whose call this is."""

from typing import Any

from runner.engine.values import Some
from runner.host.base import HostFunction, Interface
from runner.host.current import CurrentCall


def _get_context(call: CurrentCall) -> dict[str, Any]:
    context = call.context
    return {
        "request-id": _option(context.request_id),
        "tenant-id": context.tenant_id,
        "extension-id": context.extension_id,
        "install-id": _option(context.install_id),
        "version-id": _option(context.version_id),
    }


def _option(text: str | None) -> Some | None:
    return None if text is None else Some(text)


# Every install has this capability, and the function has no way to say no: without it the guest learns nothing.
_NOTHING = {"request-id": None, "tenant-id": "", "extension-id": "", "install-id": None, "version-id": None}

INTERFACE = Interface("context", "cap:context.read", (HostFunction("get-context", 0, _get_context, _NOTHING),))
