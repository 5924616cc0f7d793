"""Which handler answers a path, and the header fields that all its answers carry."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.reply import Reply
from gateway.target import Target
from kernel.errors import Fault, Reason

API_PREFIX: Final = "/api/ext/"
UI_PREFIX: Final = "/ext-ui"
DEBUG_STREAM: Final = "/api/ext-debug/stream"
INSTALLS_PREFIX: Final = "/api/v1/installs/"
RECIPIENTS: Final = "/api/v1/secret-recipients"
_SETTINGS: Final = frozenset({"config", "egress", "credentials", "secrets"})

Handler = Callable[[web.BaseRequest, Target], Awaitable[Reply]]
SANDBOX: Final = "sandbox allow-scripts"
_COMMON: Final = (("server", "alga-gateway"), ("x-content-type-options", "nosniff"))
# Guests' answers are not to become pages with the gateway's origin.
API_FIELDS: Final = (*_COMMON, ("content-security-policy", "sandbox; default-src 'none'"))
# Frames are sandboxed, so their requests come from the origin `null`. A page that is opened on its own is sandboxed by its policy.
UI_FIELDS: Final = (
    *_COMMON,
    ("content-security-policy", SANDBOX),
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("referrer-policy", "no-referrer"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers. `fields` are set where the answer does not set them itself; `limited` ones count as requests at work."""

    name: str
    handler: Handler
    fields: tuple[tuple[str, str], ...] = API_FIELDS
    limited: bool = True


class Routes:
    """The paths of a gateway."""

    def __init__(
        self,
        *,
        execute: Handler,
        assets: Handler,
        installs: Handler,
        schedules: Handler,
        settings: Handler,
        debug: Handler,
        live: Handler,
        ready: Handler,
    ) -> None:
        self._execute = Route("execute", execute)
        self._assets = Route("assets", assets, UI_FIELDS)
        self._installs = Route("installs", installs)
        self._schedules = Route("schedules", schedules)
        self._settings = Route("settings", settings)
        self._exact = {
            RECIPIENTS: self._settings,
            DEBUG_STREAM: Route("debug", debug),
            "/livez": Route("livez", live, limited=False),
            "/readyz": Route("readyz", ready, limited=False),
        }
        self._missing = Route("missing", _missing, limited=False)
        self._missing_ui = Route("missing", _missing, UI_FIELDS, limited=False)

    def find(self, path: str) -> Route:
        """The route of a raw path, or of any text: every one has one."""
        if path.startswith(API_PREFIX):
            return self._execute
        if path.startswith(UI_PREFIX):
            return self._assets if path.startswith(f"{UI_PREFIX}/") else self._missing_ui
        if path.startswith(INSTALLS_PREFIX):
            below = path.removeprefix(INSTALLS_PREFIX).split("/", 2)[1:2]
            if below and below[0] in _SETTINGS:
                return self._settings
            return self._schedules if below == ["schedules"] else self._installs
        return self._exact.get(path, self._missing)


async def _missing(request: web.BaseRequest, target: Target) -> Reply:
    raise Fault(Reason.NOT_FOUND)
