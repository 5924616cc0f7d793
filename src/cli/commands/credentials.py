"""`credentials set|list|remove`: secrets that the host adds to an install's requests."""

from typing import Annotated

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG, ExitCode
from cli.output import Record
from cli.problem import Problem
from cli.session import Session

app = typer.Typer(
    help="Have the host add secrets to an install's requests to one origin; the extension does not see them.",
    epilog=EPILOG,
    no_args_is_help=True,
)
_COLUMNS = ("origin", "header", "prefix", "secret")
_Origin = Annotated[
    str, typer.Argument(help="E.g. https://api.example.com; the manifest's egress must admit it.", show_default=False)
]


@app.command("list")
@connected
def list_(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """List what is added where."""
    _told(session.ask(lambda client: client.installs.get(tenant, install)))


@app.command("set")
@connected
def set_(
    session: Session,
    install: tenancy.Install,
    origin: _Origin,
    secret: Annotated[str, typer.Argument(help="The name of the secret, see `alga-ext secrets set`.", show_default=False)],
    tenant: options.Tenant,
    header: Annotated[str, typer.Option("--header", help="The header.")] = "authorization",
    prefix: Annotated[str, typer.Option("--prefix", help="What is written before the value.", show_default=False)] = "",
    bearer: Annotated[bool, typer.Option("--bearer", help="Short for --prefix 'Bearer '.")] = False,
) -> None:
    """Add a secret to requests to an origin, in the place of what that origin and header had. Effective within a second."""
    if bearer and prefix:
        raise Problem("--bearer and --prefix are both given", "name one of them", ExitCode.USAGE)
    new = {"origin": origin, "header": header.lower(), "prefix": "Bearer " if bearer else prefix, "secret": secret}

    def with_new(before: list[Record]) -> list[Record]:
        return [one for one in before if not _same(one, origin, header)] + [new]

    _told(session.ask(lambda client: client.installs.credentials(tenant, install, with_new)))


@app.command()
@connected
def remove(
    session: Session,
    install: tenancy.Install,
    origin: _Origin,
    tenant: options.Tenant,
    header: Annotated[str | None, typer.Option("--header", help="Only what is added as this header.", show_default=False)] = None,
) -> None:
    """Add nothing to requests to an origin any more; the secret itself stays."""

    def without(before: list[Record]) -> list[Record]:
        return [one for one in before if not _same(one, origin, header)]

    _told(session.ask(lambda client: client.installs.credentials(tenant, install, without)))


def _same(credential: Record, origin: str, header: str | None) -> bool:
    from kernel import egress

    at = str(egress.parse_origin(origin, "origin"))
    return bool(credential["origin"] == at) and (header is None or header.lower() == credential["header"])


def _told(install: Record) -> None:
    record = {"install_id": install["id"], "revision": install["revision"], "credentials": install["credentials"]}
    output.result(record, lambda: output.table(install["credentials"], _COLUMNS, "nothing is added"))
