"""`schedules list|endpoints|create|update|delete|run-now|history`: when an install is called without anybody asking."""

from typing import Annotated, Final

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG
from cli.session import Session

app = typer.Typer(
    help="Let endpoints of an install be called at times of your choice.\n\n"
    "A schedule is five fields of cron in a time zone, e.g. `0 9 * * 1-5` in Europe/Berlin; at most every five minutes.",
    epilog=EPILOG,
    no_args_is_help=True,
)
_ROW: Final = ("id", "name", "endpoint", "cron", "timezone", "enabled", "next_run_at", "last_run_at", "last_run_status")
_SHOWN: Final = (*_ROW, "last_error", "payload")
_RUN: Final = ("due_at", "manual", "state", "status", "started_at", "finished_at", "error")

Schedule = Annotated[str, typer.Argument(help="The schedule's id.", show_default=False)]
Cron = Annotated[str | None, typer.Option("--cron", help="Minute, hour, day of month, month, day of week.", show_default=False)]
Endpoint = Annotated[str | None, typer.Option("--endpoint", help="`/path`, or `METHOD /path`.", show_default=False)]
Timezone = Annotated[str | None, typer.Option("--timezone", help="IANA name, e.g. Europe/Berlin.", show_default=False)]
Name = Annotated[str | None, typer.Option("--name", help="A name, unique in its install.", show_default=False)]
Payload = Annotated[str | None, typer.Option("--payload", help="JSON for a POST: an object or a list.", show_default=False)]


@app.command("list")
@connected
def list_(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """List the schedules of an install, oldest first."""
    found = session.ask(lambda client: client.schedules.all(tenant, install))
    output.result({"schedules": found}, lambda: output.table(list(map(_row, found)), _ROW, "nothing is scheduled"))


@app.command()
@connected
def endpoints(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """List the endpoints of the installed version, and which of them schedules may call."""
    found = session.ask(lambda client: client.schedules.endpoints(tenant, install))
    output.result({"endpoints": found}, lambda: output.table(found, ("method", "path", "handler", "schedulable"), "there are none"))


@app.command()
@connected
def create(
    session: Session,
    install: tenancy.Install,
    endpoint: Annotated[str, typer.Option("--endpoint", help="`/path`, or `METHOD /path`.", show_default=False)],
    cron: Annotated[str, typer.Option("--cron", help="Minute, hour, day of month, month, day of week.", show_default=False)],
    tenant: options.Tenant,
    timezone: Timezone = None,
    name: Name = None,
    payload: Payload = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Make it, and do not let it fire yet.")] = False,
) -> None:
    """Make a schedule; its time zone is UTC unless it is told."""
    wanted = {"endpoint": endpoint, "cron": cron, "timezone": timezone, "name": name, "payload": payload, "enabled": not disabled}
    _told(session.ask(lambda client: client.schedules.create(tenant, install, **wanted)), "created")


@app.command()
@connected
def update(
    session: Session,
    install: tenancy.Install,
    schedule: Schedule,
    tenant: options.Tenant,
    endpoint: Endpoint = None,
    cron: Cron = None,
    timezone: Timezone = None,
    name: Name = None,
    payload: Payload = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable", help="Let it fire, or not.", show_default=False)] = None,
) -> None:
    """Change a schedule; what is not told stays, an empty --name or --payload goes."""
    wanted = {"endpoint": endpoint, "cron": cron, "timezone": timezone, "name": name, "payload": payload, "enabled": enabled}
    _told(session.ask(lambda client: client.schedules.update(tenant, install, schedule, **wanted)), "changed")


@app.command()
@connected
def delete(session: Session, install: tenancy.Install, schedule: Schedule, tenant: options.Tenant) -> None:
    """Remove a schedule and its history."""
    _told(session.ask(lambda client: client.schedules.delete(tenant, install, schedule)), "removed")


@app.command("run-now")
@connected
def run_now(session: Session, install: tenancy.Install, schedule: Schedule, tenant: options.Tenant) -> None:
    """Let a schedule fire once, now; its history tells what became of it."""
    found = session.ask(lambda client: client.schedules.run_now(tenant, install, schedule))
    next_step = f"next:  `alga-ext schedules history {install} {schedule} --tenant {tenant}`"
    output.result(found, lambda: f"it waits for a gateway\n{next_step}")


@app.command()
@connected
def history(session: Session, install: tenancy.Install, schedule: Schedule, tenant: options.Tenant) -> None:
    """Tell when a schedule fired and how that ended, latest first."""
    found = session.ask(lambda client: client.schedules.history(tenant, install, schedule))
    output.result({"occurrences": found}, lambda: output.table(found, _RUN, "it has not fired yet"))


def _row(schedule: output.Record) -> output.Record:
    status = schedule["last_run_status"] if schedule["last_run_at"] else None
    return schedule | {"endpoint": f"{schedule['method']} {schedule['path']}", "last_run_status": status}


def _told(schedule: output.Record, done: str) -> None:
    output.result(schedule, lambda: f"{done}\n{output.fields(_row(schedule), _SHOWN)}")
