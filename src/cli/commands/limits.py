"""`limits show|set`: what one call of an install may spend."""

from dataclasses import fields
from typing import Annotated, Final

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG, ExitCode
from cli.problem import Problem
from cli.session import Session
from kernel.grants import Limits

_NAMES: Final = tuple(field.name for field in fields(Limits))

app = typer.Typer(
    help="Show and lower what one call of an install may spend. Of what version, tenant and runner say, the least holds.",
    epilog=EPILOG,
    no_args_is_help=True,
)


@app.command()
@connected
def show(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """Show what the installed version and the tenant say; a runner has defaults and maxima of its own."""
    _told(session.ask(lambda client: client.installs.get(tenant, install)))


@app.command("set")
@connected
def set_(
    session: Session,
    install: tenancy.Install,
    values: Annotated[
        list[str], typer.Argument(metavar="NAME=NUMBER...", help="What to set; 0 takes a limit away.", show_default=False)
    ],
    tenant: options.Tenant,
) -> None:
    """Set limits of one call, e.g. timeout_ms=2000; others stay. Calls that begin a second later are held to them."""
    change = dict(map(_pair, values))
    _told(session.ask(lambda client: client.installs.limit(tenant, install, change)))


def _pair(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if name not in _NAMES:
        raise Problem(f"{name!r} is not a limit", f"use one of: {', '.join(_NAMES)}", ExitCode.USAGE)
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Problem(f"{text!r} does not say how much", f"write {name}=NUMBER, 0 to take it away", ExitCode.USAGE)
    return name, int(number)


def _told(install: output.Record) -> None:
    version, tenant = install["limits"], install["tenant_limits"]
    record = {"install_id": install["id"], "revision": install["revision"], "limits": version, "tenant_limits": tenant}
    rows = [{"limit": name, "version": version[name] or None, "tenant": tenant[name] or None} for name in _NAMES]
    output.result(record, lambda: output.table(rows, ("limit", "version", "tenant"), ""))
