"""`executions list|show` and `usage`: what an install did, and what its calls used."""

from typing import Annotated

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG
from cli.session import Session

app = typer.Typer(
    help="Show the latest calls of an install. Neither headers nor bodies are kept.", epilog=EPILOG, no_args_is_help=True
)
_DAYS = ("day", "executions", "failures", "host_calls", "egress_bytes", "storage_bytes", "host_wait_ms", "handler_ms", "log_bytes")
_CALLS = ("started_at", "method", "path", "outcome", "blame", "ms", "trigger", "request_id")
_CALL = ("id", "request_id", "started_at", "trigger", "method", "path", "outcome", "blame", "ms", "version_id", "content_hash")
_USED = ("handler_us", "queued_us", "host_wait_us", "egress_bytes", "storage_bytes", "log_lines", "log_bytes")


@app.command("list")
@connected
def list_(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    most: Annotated[int, typer.Option("--most", "-n", help="How many at most.", min=1, max=10_000)] = 50,
) -> None:
    """List the latest calls of an install, newest first."""
    found = session.ask(lambda client: client.executions.latest(tenant, install, most))
    output.result({"executions": found}, lambda: output.table([_shown(one) for one in found], _CALLS, "there are no calls"))


@app.command()
@connected
def show(
    session: Session,
    install: tenancy.Install,
    execution: Annotated[str, typer.Argument(help="The execution's id or its request id.")],
    tenant: options.Tenant,
) -> None:
    """Show one call with what it used, logged and printed."""
    found = session.ask(lambda client: client.executions.get(tenant, install, execution))
    output.result(found, lambda: "\n".join((output.fields(_shown(found), _CALL), *_details(found))))


@connected
def usage(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    days: Annotated[int, typer.Option("--days", help="How many days back, today included.", min=1, max=400)] = 30,
) -> None:
    """Show what the calls of an install used, day by day in UTC."""
    found = session.ask(lambda client: client.executions.usage(tenant, install, days))
    output.result({"days": found}, lambda: output.table([_day(one) for one in found], _DAYS, "there were no calls"))


def _shown(one: output.Record) -> output.Record:
    failed = one["reason"] != "unspecified"
    return one | {
        "outcome": one["reason"] if failed else one["status"],
        "blame": one["blame"] if failed else "",
        "trigger": "" if one["trigger"] == "unspecified" else one["trigger"],
        "ms": round(one["duration_us"] / 1000, 1),
    }


def _details(found: output.Record) -> list[str]:
    used = found["usage"]
    lines = [output.fields(used | {"host_calls": _counts(used["host_calls"])}, ("host_calls", *_USED))]
    lines += [
        f"failed host calls: {one['count']} of {one['interface']}: {one['reason']} ({one['blame']})"
        for one in used["host_failures"]
    ]
    for line in found["lines"]:
        cut = " [truncated]" if line["truncated"] else ""
        lines.append(f"{line['at']}  {line['level']:<5}  {line['stream']:<6}  {output.printable(line['message'])}{cut}")
    if found["lines_truncated"]:
        lines.append("more was logged than is kept with a call")
    return [line for line in lines if line]


def _day(one: output.Record) -> output.Record:
    return one | {
        "host_calls": _counts(one["host_calls"]),
        "host_wait_ms": round(one["host_wait_us"] / 1000),
        "handler_ms": round(one["handler_us"] / 1000),
    }


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
