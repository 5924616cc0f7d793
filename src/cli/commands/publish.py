"""`publish`, `visibility`, `deprecate`, `yank` and `revoke`: the life of an extension and its versions in the registry."""

from pathlib import Path
from typing import Annotated

import typer

from cli import options, output
from cli.commands.confirm import confirm
from cli.connected import connected
from cli.exits import ExitCode
from cli.problem import Problem
from cli.session import Session

Extension = Annotated[str, typer.Argument(help="The extension's name or id.")]
Version = Annotated[str, typer.Argument(help="The version, e.g. 1.2.0.")]
_EXTENSION = ("name", "publisher", "visibility", "allowed_tenants", "deprecation")
_SHOWN = ("name", "version", "content_hash", "size_bytes", "state", "capabilities", "ui_entry", "notes", "published_at")


@connected
def publish(
    session: Session,
    bundle: Annotated[
        Path, typer.Argument(help="The bundle, or the extension's folder (then its dist/bundle.tar.zst).", exists=True)
    ],
    envelope: Annotated[
        Path | None, typer.Option("--envelope", "-e", help="The signature; beside the bundle by default.", dir_okay=False)
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Every tenant may see it; counts for the first version only.")] = False,
) -> None:
    """Publish a signed bundle. The same bytes again change nothing; other bytes need a new version."""
    from cli.author import layout
    from cli.author.files import read_bounded
    from kernel.dsse import MAX_ENVELOPE_BYTES

    path = layout.bundle_path(bundle)
    data = layout.read_bundle(path)
    signed_at = envelope or layout.envelope_of(path)
    signed = read_bounded(signed_at, MAX_ENVELOPE_BYTES, "the envelope") if envelope or signed_at.exists() else b""
    with output.progress_bar(f"publishing {path.name}", len(data)) as sent:
        version, existed = session.ask(
            lambda client: client.extensions.publish(data, signed, "public" if public else "private", sent)
        )
    record = {"version": version, "existed": existed}
    said = "was published before" if existed else "published"
    output.result(record, lambda: f"{said}\n{output.fields(version, _SHOWN)}")
    if not public and not existed:
        output.note(f"a new extension is private: `alga-ext visibility {version['name']} --tenant TENANT` lets a tenant install it")


@connected
def visibility(
    session: Session,
    extension: Extension,
    public: Annotated[bool, typer.Option("--public", help="Every tenant may see and install it.")] = False,
    tenant: Annotated[
        list[str] | None,
        typer.Option("--tenant", "-t", help="Only these tenants may; may be repeated, replaces the list.", show_default=False),
    ] = None,
    nobody: Annotated[bool, typer.Option("--private", help="No tenant may; what is installed stays.")] = False,
) -> None:
    """Set who may see and install an extension: every tenant, some, or none."""
    if public + bool(tenant) + nobody != 1:
        raise Problem("it is not clear who shall see it", "name one of --public, --tenant TENANT and --private", ExitCode.USAGE)
    word = "public" if public else "private"
    record = session.ask(lambda client: client.extensions.set_visibility(extension, word, tenant or ()))
    output.result(record, lambda: output.fields(record, _EXTENSION))


@connected
def deprecate(
    session: Session,
    extension: Extension,
    message: Annotated[str, typer.Argument(help="Why, and what to use instead.")],
) -> None:
    """Mark an extension as no longer developed. Nothing stops working."""
    record = session.ask(lambda client: client.extensions.deprecate(extension, message))
    output.result(record, lambda: output.fields(record, _EXTENSION))


@connected
def yank(
    session: Session,
    extension: Extension,
    version: Version,
) -> None:
    """Withdraw a version from new installs and updates; where it is installed it goes on running."""
    record = session.ask(lambda client: client.extensions.yank(extension, version))
    output.result(record, lambda: output.fields(record, _SHOWN))


@connected
def revoke(
    session: Session,
    extension: Extension,
    version: Version,
    yes: options.Yes = False,
) -> None:
    """Stop a version everywhere, also where it is installed. There is no way back."""
    confirm(f"Stop {extension} {version} for every tenant, for good?", yes)
    record = session.ask(lambda client: client.extensions.revoke(extension, version))
    output.result(record, lambda: output.fields(record, _SHOWN))
