"""`maintain collect|reattest`: what an operator does now and then."""

from typing import Annotated

import typer

from cli import output
from cli.connected import connected
from cli.exits import EPILOG
from cli.session import Session

app = typer.Typer(help="Look after the registry; `alga-ext doctor` says when.", epilog=EPILOG, no_args_is_help=True)


@app.command()
@connected
def collect(
    session: Session,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
) -> None:
    """Remove blobs that no version refers to and that are older than the grace time; the registry does so by itself, too."""
    found = session.ask(lambda client: client.maintenance.collect(dry_run=dry_run))
    done = "would be removed" if dry_run else "removed"
    waiting = f"; {found['waiting']} wait for their grace time to end" if found["waiting"] else ""
    output.result({**found, "dry_run": dry_run}, lambda: f"{found['blobs']} blobs {done}, {found['bytes'] / 1e6:.1f} MB{waiting}")


@app.command()
@connected
def reattest(
    session: Session,
) -> None:
    """Sign attestations that an earlier key made again with today's. After that the earlier key can leave the trusted ones."""
    found = session.ask(lambda client: client.maintenance.reattest())
    output.result(found, lambda: f"{found['reattested']} attestations signed again, {found['unchanged']} were today's already")
