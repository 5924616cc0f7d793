"""`maintain collect|reattest`: what an operator does now and then."""

from typing import Annotated

import typer

from cli import options, output
from cli.exits import EPILOG
from cli.session import Session

app = typer.Typer(help="Look after the registry; `alga-ext doctor` says when.", epilog=EPILOG, no_args_is_help=True)


@app.command()
def collect(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Remove blobs that no version refers to and that are older than the grace time; the registry does so by itself, too."""
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    found = session.ask(lambda client: client.maintenance.collect(dry_run=dry_run))
    done = "would be removed" if dry_run else "removed"
    waiting = f"; {found['waiting']} wait for their grace time to end" if found["waiting"] else ""
    output.result({**found, "dry_run": dry_run}, lambda: f"{found['blobs']} blobs {done}, {found['bytes'] / 1e6:.1f} MB{waiting}")


@app.command()
def reattest(
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Sign attestations that an earlier key made again with today's. After that the earlier key can leave the trusted ones."""
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    found = session.ask(lambda client: client.maintenance.reattest())
    output.result(found, lambda: f"{found['reattested']} attestations signed again, {found['unchanged']} were today's already")
