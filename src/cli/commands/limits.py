"""`limits show|set`: what one call of an install may spend, and what its callers may ask together."""

from dataclasses import fields
from typing import Annotated, Final

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG, ExitCode
from cli.problem import Problem
from cli.session import Session
from kernel.caller_limits import CallerLimits
from kernel.grants import Limits

_OF_CALLS: Final = tuple(field.name for field in fields(Limits))
_OF_CALLERS: Final = tuple(field.name for field in fields(CallerLimits))
# What their fields hold; how much is allowed is the registry's to say.
_MOST: Final = {**dict.fromkeys(_OF_CALLS, (1 << 32) - 1), **dict.fromkeys(_OF_CALLERS, (1 << 63) - 1)}
_DIGITS: Final = 19

app = typer.Typer(
    help="Show and lower what one call of an install may spend, and what its callers may ask together. Of what version, tenant, "
    "runner and gateway say, the least holds.",
    epilog=EPILOG,
    no_args_is_help=True,
)


@app.command()
@connected
def show(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """Show what the installed version and the tenant say; a runner has defaults and maxima of its own, and a gateway limits."""
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
    """Set limits, of one call (timeout_ms=2000) or of callers (calls_per_day=500); others stay. They hold a second later."""
    change = dict(map(_pair, values))
    _told(session.ask(lambda client: client.installs.limit(tenant, install, change)))


def _pair(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if name not in _MOST:
        raise Problem(f"{name!r} is not a limit", f"use one of: {', '.join(_MOST)}", ExitCode.USAGE)
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS and int(number) <= _MOST[name]):
        raise Problem(f"{text!r} does not say how much", f"write {name}=NUMBER, 0 to take it away", ExitCode.USAGE)
    return name, int(number)


def _told(install: output.Record) -> None:
    version, tenant, callers = install["limits"], install["tenant_limits"], install["caller_limits"]
    record = {"install_id": install["id"], "revision": install["revision"], "limits": version, "tenant_limits": tenant}
    record["caller_limits"] = callers
    rows = [{"limit": name, "version": version[name] or None, "tenant": tenant[name] or None} for name in _OF_CALLS]
    rows += [{"limit": name, "version": None, "tenant": callers[name] or None} for name in _OF_CALLERS]
    output.result(record, lambda: output.table(rows, ("limit", "version", "tenant"), ""))
