"""`install`, `update`, `enable`, `disable`, `uninstall`: what a tenant runs."""

from typing import Annotated

import typer

from cli import options
from cli.commands import tenancy
from cli.commands.confirm import confirm
from cli.connected import connected
from cli.session import Session

Extension = Annotated[str, typer.Argument(help="The extension's name or id.")]
Version = Annotated[
    str, typer.Option("--version", help="The version; the newest that is no pre-release by default.", show_default=False)
]


@connected
def install(
    session: Session,
    extension: Extension,
    tenant: options.Tenant,
    version: Version = "",
    grant: tenancy.Grant = None,
    grant_all: tenancy.GrantAll = False,
) -> None:
    """Install an extension for a tenant. Without --grant or --grant-all it may use the default capabilities only."""
    granted = tenancy.named(grant, grant_all)
    tenancy.told(session.ask(lambda client: client.installs.install(tenant, extension, version, granted)), "installed")


@connected
def update(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    version: Version = "",
    grant: tenancy.Grant = None,
    grant_all: tenancy.GrantAll = False,
) -> None:
    """Move an install to another version; it keeps its storage, its configuration and, unless told otherwise, its capabilities.

    A version that asks for more than the installed one waits for the tenant: see `alga-ext consent`.
    """
    granted = tenancy.named(grant, grant_all)
    keep = not grant_all and grant is None
    record = session.ask(lambda client: client.installs.update(tenant, install, version, granted, keep=keep))
    tenancy.told(record, "nothing changed yet" if record["pending_update"] else "updated")


@connected
def enable(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
) -> None:
    """Let an install answer again."""
    tenancy.told(session.ask(lambda client: client.installs.enable(tenant, install)), "enabled")


@connected
def disable(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
) -> None:
    """Stop an install from answering; it keeps its storage."""
    tenancy.told(session.ask(lambda client: client.installs.disable(tenant, install)), "disabled")


@connected
def uninstall(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    yes: options.Yes = False,
) -> None:
    """Remove an install and everything that it stored."""
    confirm(f"Remove {install} of tenant {tenant} with everything that it stored?", yes)
    tenancy.told(session.ask(lambda client: client.installs.uninstall(tenant, install)), "uninstalled")
