"""Files of a valid bundle around a guest, for `kernel.archive.pack`."""

import json
from collections.abc import Sequence
from typing import Any

# Every method that the guests tell apart, without and with a segment of the caller's choice.
ENDPOINTS = tuple(
    {"method": method, "path": path, "handler": "run"}
    for method in ("GET", "POST", "PUT", "DELETE")
    for path in ("/run", "/run/:id")
)
# What a guest must ask for to be granted more than the defaults.
CAPABILITIES = {
    "secrets": ("cap:secrets.get",),
    "schedule": ("cap:scheduler.manage", "cap:storage.kv"),
    "storage": ("cap:storage.kv",),
    "storage_twice": ("cap:storage.kv",),
}
INDEX = b"<!doctype html><title>loading</title><script type=module src=app.js></script><h1 id=status>loading</h1>\n"
SCRIPT = b"document.title = 'ready';\ndocument.getElementById('status').textContent = 'ready';\n"


def manifest(
    name: str,
    *,
    version: str = "1.0.0",
    endpoints: Sequence[dict[str, Any]] = ENDPOINTS,
    capabilities: Sequence[str] | None = None,
    ui: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """A manifest v2 of the publisher `example`. `name` is a guest's name or a full one; `more` adds or replaces top-level keys."""
    found: dict[str, Any] = {
        "name": name if "." in name else f"com.example.{name.replace('_', '-').replace('/', '-')}",
        "publisher": "example",
        "version": version,
        "runtime": "wasm-component@1",
        "capabilities": list(CAPABILITIES.get(name, ()) if capabilities is None else capabilities),
        "api": {"endpoints": list(endpoints)},
    }
    if ui:
        found["ui"] = {"type": "iframe", "entry": "ui/index.html", "hooks": {"appMenu": {"label": name}}}
    return found | more


def bundle_files(
    name: str,
    wasm: bytes,
    *,
    version: str = "1.0.0",
    endpoints: Sequence[dict[str, Any]] = ENDPOINTS,
    capabilities: Sequence[str] | None = None,
    ui: bool = True,
    **more: Any,
) -> dict[str, bytes]:
    """Path -> content: manifest.json, dist/main.wasm and, unless `ui` is false, a page with a script."""
    told = manifest(name, version=version, endpoints=endpoints, capabilities=capabilities, ui=ui, **more)
    pages = {"ui/index.html": INDEX, "ui/app.js": SCRIPT} if ui else {}
    return {"manifest.json": json.dumps(told, indent=2).encode(), "dist/main.wasm": wasm, **pages}
