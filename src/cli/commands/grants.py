"""`grants show|set`: what an install may use."""

from typing import Annotated

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG, ExitCode
from cli.problem import Problem
from cli.session import Session

app = typer.Typer(help="Show and set what an install may use.", epilog=EPILOG, no_args_is_help=True)


@app.command()
@connected
def show(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
) -> None:
    """Show which of the capabilities that the installed version asks for are granted; the default ones always are."""
    found = session.ask(lambda client: client.installs.get(tenant, install))
    version = session.ask(lambda client: client.extensions.version(found["extension_id"], found["version"]))
    granted = found["granted_capabilities"]
    denied = [name for name in version["capabilities"] if name not in granted]
    rows = [{"capability": name, "granted": name in granted} for name in sorted([*granted, *denied])]
    record = {"install_id": found["id"], "granted": granted, "denied": denied}
    output.result(record, lambda: output.table(rows, ("capability", "granted"), "nothing is granted"))


@app.command("set")
@connected
def set_(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    grant: tenancy.Grant = None,
    grant_all: tenancy.GrantAll = False,
    none: Annotated[bool, typer.Option("--none", help="Grant nothing but the default capabilities.")] = False,
) -> None:
    """Set what an install may use, in place of what was granted before. What is taken away is denied within a second."""
    if sum((bool(grant), grant_all, none)) != 1:
        raise Problem("it is not said what to grant", "use one of --grant, --grant-all and --none", ExitCode.USAGE)
    granted = tenancy.named(grant, grant_all)
    tenancy.told(session.ask(lambda client: client.installs.set_grants(tenant, install, granted)), "granted")
