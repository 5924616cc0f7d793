"""Settings of the reference's runner that mean nothing to this one, and what stands in their place: docs/compatibility.md."""

from collections.abc import Mapping
from typing import Final

_BUNDLES: Final = "the registry keeps the bundles, and this runner gets them from it"
_EVENTS: Final = "events are followed with `alga-ext tail`: docs/logs.md"
_SECRETS: Final = "secrets are sealed to this runner's own key: docs/secrets.md"
WITHOUT_EFFECT: Final[Mapping[str, str]] = {
    "REGISTRY_BASE_URL": "EXT_RUNNER_REGISTRY_ADDRESS names the registry",
    "RUNNER_PUBLIC_BASE": "the host page says where UIs are, e.g. to buildExtUiSrc: docs/ui.md",
    "BUNDLE_STORE_BASE": _BUNDLES,
    "EXT_CACHE_ROOT": "EXT_RUNNER_CACHE_DIR names the folder",
    "RUNNER_DEBUG_REDIS_URL": _EVENTS,
    "RUNNER_DEBUG_REDIS_STREAM_PREFIX": _EVENTS,
    "RUNNER_DEBUG_REDIS_MAXLEN": _EVENTS,
    "VAULT_ADDR": _SECRETS,
    "ALGA_VAULT_ADDR": _SECRETS,
}
