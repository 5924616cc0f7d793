"""`egress set|show|clear`: where an install may send requests."""

from typing import Annotated

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG
from cli.session import Session

app = typer.Typer(
    help="Show and narrow where an install may send requests: what its manifest names, and of that what the tenant names.",
    epilog=EPILOG,
    no_args_is_help=True,
)


@app.command()
@connected
def show(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """Show what the tenant says."""
    _told(session.ask(lambda client: client.installs.get(tenant, install)))


@app.command("set")
@connected
def set_(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    destinations: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DESTINATION]...",
            help="E.g. api.example.com or https://*.example.com/v2/; none lets nothing out.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Set the whole list. What is not on it is denied within a second, also to calls that are running."""
    _told(session.ask(lambda client: client.installs.reach(tenant, install, destinations or ())))


@app.command()
@connected
def clear(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """Say nothing: what the manifest names holds."""
    _told(session.ask(lambda client: client.installs.reach(tenant, install, None)))


def _told(install: output.Record) -> None:
    said = None if install["tenant_egress"] is None else install["tenant_egress"]["destinations"]
    record = {"install_id": install["id"], "revision": install["revision"], "destinations": said}
    rows = [{"destination": one} for one in said or ()]
    empty = "the tenant says nothing: what the manifest names holds" if said is None else "nothing is let out"
    output.result(record, lambda: output.table(rows, ("destination",), empty))
