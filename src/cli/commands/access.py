"""`access set|show|clear`: who may call an install."""

from typing import Annotated, Final

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG, ExitCode
from cli.problem import Problem
from cli.session import Session
from kernel.permissions import Permission, is_role

_GIVEN: Final = {
    "none": (),
    "read": (Permission.READ,),
    "write": (Permission.WRITE,),
    "read+write": (Permission.READ, Permission.WRITE),
}

app = typer.Typer(
    help="Show and set who may call an install, by role: read is GET and HEAD, write the other methods.",
    epilog=EPILOG,
    no_args_is_help=True,
)


@app.command()
@connected
def show(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """Show what the tenant says; of other roles the gateway's setting EXT_GATEWAY_ROLE_PERMISSIONS holds."""
    _told(session.ask(lambda client: client.installs.get(tenant, install)))


@app.command("set")
@connected
def set_(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    rules: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ROLE=PERMISSIONS]...", help="E.g. tenant_caller=read, clerk=read+write, guest=none.", show_default=False
        ),
    ] = None,
    only: Annotated[bool, typer.Option("--only", help="No other role may call the install.")] = False,
) -> None:
    """Set all rules. Calls that begin a second later are held to them."""
    told = {"roles": list(map(_rule, rules or ())), "only_listed": only}
    _told(session.ask(lambda client: client.installs.permit(tenant, install, told)))


@app.command()
@connected
def clear(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """Say nothing: what the gateway's setting says of roles holds."""
    _told(session.ask(lambda client: client.installs.permit(tenant, install, None)))


def _rule(text: str) -> dict[str, str | bool]:
    role, _, given = text.rpartition("=")
    if not is_role(role):
        raise Problem(f"{text!r} names no role", "write ROLE=PERMISSIONS, e.g. tenant_caller=read", ExitCode.USAGE)
    if given not in _GIVEN:
        raise Problem(f"{given!r} are no permissions", f"use one of: {', '.join(_GIVEN)}", ExitCode.USAGE)
    return {"role": role, "read": Permission.READ in _GIVEN[given], "write": Permission.WRITE in _GIVEN[given]}


def _told(install: output.Record) -> None:
    said = install["access"]
    record = {"install_id": install["id"], "revision": install["revision"], "access": said}
    rows = [{"role": one["role"], "read": one["read"], "write": one["write"]} for one in (said or {}).get("roles", ())]
    if said is not None and said["only_listed"]:
        rows.append({"role": "(all others)", "read": False, "write": False})
    empty = "the tenant says nothing: what the gateway says of roles holds"
    output.result(record, lambda: output.table(rows, ("role", "read", "write"), empty))
