"""`config get|set|unset`: what a tenant sets for an install, and its guest reads."""

from typing import Annotated

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG, ExitCode
from cli.problem import Problem
from cli.session import Session

app = typer.Typer(
    help="Read and set the configuration of an install. No place for secrets: the guest and all admins of the tenant read it.",
    epilog=EPILOG,
    no_args_is_help=True,
)


@app.command()
@connected
def get(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    key: Annotated[str | None, typer.Argument(help="Print the value of this key alone.", show_default=False)] = None,
) -> None:
    """Print the configuration of an install, or one value of it."""
    found = session.ask(lambda client: client.installs.get(tenant, install))
    if key is None:
        _told(found)
        return
    if key not in found["configuration"]:
        raise Problem(f"{key} is not set", "`alga-ext config get` without a key shows what is", reason="not_found")
    value = found["configuration"][key]
    output.result({"key": key, "value": value}, lambda: str(value))


@app.command("set")
@connected
def set_(
    session: Session,
    install: tenancy.Install,
    values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="What to set; other keys stay.", show_default=False)],
    tenant: options.Tenant,
) -> None:
    """Set keys of an install's configuration. Calls that begin a second later see them."""
    pairs = dict(map(_pair, values))
    _told(session.ask(lambda client: client.installs.configure(tenant, install, lambda before: before | pairs)))


@app.command()
@connected
def unset(
    session: Session,
    install: tenancy.Install,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="What to remove.", show_default=False)],
    tenant: options.Tenant,
) -> None:
    """Remove keys from an install's configuration; those that are not set are no failure."""

    def without(before: dict[str, str]) -> dict[str, str]:
        return {key: value for key, value in before.items() if key not in keys}

    _told(session.ask(lambda client: client.installs.configure(tenant, install, without)))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise Problem(f"{text!r} does not say what to set", "write KEY=VALUE", ExitCode.USAGE)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Problem(f"{text!r} is not UTF-8", "write bytes as base64 or the like", ExitCode.USAGE) from error
    return key, value


def _told(install: output.Record) -> None:
    record = {"install_id": install["id"], "revision": install["revision"], "configuration": install["configuration"]}
    rows = [{"key": key, "value": value} for key, value in install["configuration"].items()]
    output.result(record, lambda: output.table(rows, ("key", "value"), "nothing is set"))
