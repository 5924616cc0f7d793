"""All routes of a gateway: one row for each operation. `openapi/` describes every one of them."""

from dataclasses import dataclass
from typing import Final

from gateway.handlers import assets, execute
from gateway.handlers.compat import refusals
from gateway.handlers.compat.bundles import Bundles
from gateway.handlers.compat.execute import CompatExecute
from gateway.handlers.compat.extensions import Extensions
from gateway.handlers.compat.lookups import Lookups
from gateway.handlers.compat.process import Process
from gateway.handlers.compat.refusals import shaped
from gateway.handlers.debug import Debug
from gateway.handlers.document import document
from gateway.handlers.health import Health
from gateway.handlers.install_settings import Settings
from gateway.handlers.installs import Installs
from gateway.handlers.schedules import Schedules
from gateway.handlers.sdk import Sdk
from gateway.routes import UI_FIELDS, Handler, Route

READ: Final = ("GET", "HEAD")
_INSTALL: Final = "/api/v1/installs/{install}"
_SCHEDULE: Final = f"{_INSTALL}/schedules/{{schedule}}"


@dataclass(frozen=True, slots=True)
class Compat:
    """Who answers what the reference system's own tools and processes ask."""

    execute: CompatExecute
    bundles: Bundles
    extensions: Extensions
    lookups: Lookups
    process: Process


@dataclass(frozen=True, slots=True)
class Handlers:
    """Who answers."""

    execute: Handler
    proxy: Handler
    assets: Handler
    menu: Handler
    installs: Installs
    schedules: Schedules
    settings: Settings
    debug: Debug
    health: Health
    compat: Compat


def table(to: Handlers) -> tuple[Route, ...]:
    """The rows; what is called most stands first."""
    return (
        Route("execute", execute.METHODS, "/api/ext/{extension}/{path*}", to.execute),
        Route("proxy", execute.METHODS, "/api/ext-proxy/{extension}/{path*}", to.proxy),
        Route("assets", assets.METHODS, "/ext-ui/{extension}/{content_hash}/{path*}", to.assets, UI_FIELDS),
        Route("menu", READ, "/api/v1/menu", to.menu),
        Route("executions.list", READ, f"{_INSTALL}/executions", to.installs.executions),
        Route("executions.get", READ, f"{_INSTALL}/executions/{{execution}}", to.installs.execution),
        Route("usage.get", READ, f"{_INSTALL}/usage", to.installs.usage),
        Route("schedules.list", READ, f"{_INSTALL}/schedules", to.schedules.every),
        Route("schedules.create", ("POST",), f"{_INSTALL}/schedules", to.schedules.create),
        Route("schedules.get", READ, _SCHEDULE, to.schedules.one),
        Route("schedules.change", ("PATCH",), _SCHEDULE, to.schedules.change),
        Route("schedules.remove", ("DELETE",), _SCHEDULE, to.schedules.remove),
        Route("schedules.run", ("POST",), f"{_SCHEDULE}/run", to.schedules.run),
        Route("schedules.history", READ, f"{_SCHEDULE}/history", to.schedules.history),
        Route("config.get", READ, f"{_INSTALL}/config", to.settings.get),
        Route("config.set", ("PUT",), f"{_INSTALL}/config", to.settings.set),
        Route("access.get", READ, f"{_INSTALL}/access", to.settings.get),
        Route("access.set", ("PUT",), f"{_INSTALL}/access", to.settings.set),
        Route("egress.get", READ, f"{_INSTALL}/egress", to.settings.get),
        Route("egress.set", ("PUT",), f"{_INSTALL}/egress", to.settings.set),
        Route("credentials.get", READ, f"{_INSTALL}/credentials", to.settings.get),
        Route("credentials.set", ("PUT",), f"{_INSTALL}/credentials", to.settings.set),
        Route("secrets.list", READ, f"{_INSTALL}/secrets", to.settings.get),
        Route("secrets.put", ("PUT",), f"{_INSTALL}/secrets/{{secret}}", to.settings.put_secret),
        Route("secrets.remove", ("DELETE",), f"{_INSTALL}/secrets/{{secret}}", to.settings.remove_secret),
        Route("recipients.list", READ, "/api/v1/secret-recipients", to.settings.recipients),
        Route("debug.stream", ("GET",), "/api/ext-debug/stream", to.debug),
        Route("sdk", READ, "/ext-sdk/{file}", Sdk(), UI_FIELDS),
        Route("openapi", READ, "/openapi.json", document, limited=False),
        Route("livez", READ, "/livez", to.health.live, limited=False),
        Route("readyz", READ, "/readyz", to.health.ready, limited=False),
        *compat(to.compat),
    )


def compat(to: Compat) -> tuple[Route, ...]:
    """The routes of the reference system."""
    bundles, extensions = refusals.bundles, refusals.extensions
    return (
        Route("compat.execute", ("POST",), "/v1/execute", to.execute),
        Route("compat.upload", ("POST",), "/api/ext-bundles/upload-proxy", shaped(to.bundles.upload, bundles)),
        Route("compat.finalize", ("POST",), "/api/ext-bundles/finalize", shaped(to.bundles.finalize, bundles)),
        Route("compat.abort", ("POST",), "/api/ext-bundles/abort", shaped(to.bundles.abort, bundles)),
        Route("compat.install", ("POST",), "/api/v1/extensions/install", shaped(to.extensions.install, extensions)),
        Route("compat.uninstall", ("POST",), "/api/v1/extensions/uninstall", shaped(to.extensions.uninstall, extensions)),
        Route("compat.validate", READ, "/api/installs/validate", to.lookups.validate),
        Route("compat.lookup", READ, "/api/installs/lookup-by-host", to.lookups.by_host),
        Route("compat.root", READ, "/", to.lookups.root, UI_FIELDS),
        Route("compat.healthz", READ, "/healthz", to.process.healthz, limited=False),
        Route("compat.warmup", ("POST",), "/warmup", to.process.warmup),
    )
