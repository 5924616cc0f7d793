"""What the commands about installs share: how an install and its capabilities are named, and how an install is printed."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from cli import output
from cli.exits import ExitCode
from cli.problem import Problem

Install = Annotated[str, typer.Argument(help="The extension's name or id, or the install's id.")]
Grant = Annotated[
    list[str] | None,
    typer.Option("--grant", help="A capability to grant, e.g. cap:storage.kv; may be repeated.", show_default=False),
]
GrantAll = Annotated[bool, typer.Option("--grant-all", help="Grant everything that the manifest asks for.")]
_SHOWN: Final = ("id", "tenant_id", "extension_name", "version", "enabled", "granted_capabilities", "content_hash", "updated_at")


def named(grant: list[str] | None, grant_all: bool) -> list[str] | None:
    """The capabilities that the options name; None = all that the manifest asks for. Raises Problem."""
    if grant and grant_all:
        raise Problem("--grant and --grant-all exclude each other", "use one of them", ExitCode.USAGE)
    return None if grant_all else grant or []


def told(record: output.Record, done: str) -> None:
    """Print an install, what was done to it, and the update that waits for it."""
    output.result(record, lambda: "\n".join((done, output.fields(record, _SHOWN), *_waiting(record))))


def difference(record: output.Record) -> list[str]:
    """Lines that tell people how the update that waits differs from what is installed: what comes with `+`, what goes with `-`."""
    found = record["pending_update"]["difference"]
    lines = []
    for sign, which in (("+", "added"), ("-", "removed")):
        lines += [f"  {sign} capability  {name}" for name in found[f"{which}_capabilities"]]
        lines += [f"  {sign} egress      {target}" for target in found[f"{which}_egress"]]
        lines += [f"  {sign} endpoint    {one['method']} {one['path']}" for one in found[f"{which}_endpoints"]]
    return lines


def _waiting(record: output.Record) -> Iterator[str]:
    if not (pending := record["pending_update"]):
        return
    yield f"\nversion {pending['version']} asks for more than {record['version']} and waits for the tenant's consent:"
    yield from difference(record)
    which = f"{record['extension_name']} --tenant {record['tenant_id']}"
    yield f"next:  `alga-ext consent {which}` with an admin key of the tenant; new capabilities are denied but with --grant"
    yield "       or --grant-all. `alga-ext decline` with the same arguments forgets it."
