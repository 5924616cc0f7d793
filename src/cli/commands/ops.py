"""`ops status|versions|drain|resume`: one runner, for its operators."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from cli import options, output
from cli.exits import EPILOG, ExitCode
from cli.session import Session, answered

if TYPE_CHECKING:
    from cli.client.ops import Ops

app = typer.Typer(
    help="Look at a runner, and take it out of service. Needs an operator's key.", epilog=EPILOG, no_args_is_help=True
)
_Runner = Annotated[
    str | None,
    typer.Option("--runner", envvar="ALGA_EXT_RUNNER", help="Address of the runner: host:port or unix:/path.", show_default=False),
]
_T = TypeVar("_T")
_EXECUTOR: Final = ("index", "pid", "alone", "lanes", "calls", "running", "recycled", "started_at")
_VERSION: Final = (
    *("extension", "version", "verified", "bundle_bytes", "artifact_bytes", "users", "loaded_in", "isolated_ms", "revoked"),
    "content_hash",
)


@app.command()
def status(
    runner: _Runner = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Show executors, queue and cache, and whether it drains."""
    found = _ask(Session(data_dir, api_key_file=api_key_file, tls_ca=tls_ca), runner, lambda ops: ops.status())
    output.result(found, lambda: _status(found))


@app.command()
def versions(
    runner: _Runner = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Show the versions on its disk: verified, compiled, loaded by which executors, isolated, revoked."""
    found = _ask(Session(data_dir, api_key_file=api_key_file, tls_ca=tls_ca), runner, lambda ops: ops.versions())
    output.result({"versions": found}, lambda: output.table(found, _VERSION, "nothing is on its disk"))


@app.command()
def drain(
    runner: _Runner = None,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for what runs.", min=0, max=60)] = 30,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Take no new calls and wait for those that run; exits 1 when some still do. Lasts until `ops resume` or its end."""
    found = _ask(Session(data_dir, api_key_file=api_key_file, tls_ca=tls_ca), runner, lambda ops: ops.drain(wait))
    left = found["requests"]
    told = f"{left} requests are still in work; `alga-ext ops drain` waits again" if left else "nothing runs; it can be stopped"
    output.result(found, lambda: f"the runner takes no new calls; {told}")
    if left:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def resume(
    runner: _Runner = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Take calls again after `ops drain`."""
    _ask(Session(data_dir, api_key_file=api_key_file, tls_ca=tls_ca), runner, lambda ops: ops.resume())
    output.result({"draining": False}, lambda: "the runner takes calls")


def _ask(session: Session, runner: str | None, question: "Callable[[Ops], Awaitable[_T]]") -> _T:
    from cli.client.ops import Ops

    address = runner or session.running("runner", "--runner HOST:PORT")
    key = session.api_key()
    return answered(
        lambda: Ops.connect(address, key, session.tls_ca),
        question,
        f"the runner at {address} does not answer, or does not reach the registry to check the key",
        "check that it runs and that --runner names it",
    )


def _status(found: output.Record) -> str:
    queue, cache = found["queue"], found["cache"]
    state = "draining: it takes no new calls" if found["draining"] else "takes calls"
    heard = "is heard" if found["registry_heard"] else "IS NOT HEARD: nothing runs until it is"
    return "\n".join(
        (
            f"{state}; {found['requests']} requests in work; the registry {heard}; serves since {found['started_at']}",
            f"queue: {queue['waiting']} of {queue['limit']} calls wait, of {queue['tenants']} tenants; "
            f"{queue['waiting_alone']} for versions that run alone",
            f"bundles: {cache['bundles']}, {cache['verified']} verified, {cache['bundle_bytes'] / 1e6:.1f} of at most "
            f"{cache['bundle_limit_bytes'] / 1e6:.0f} MB",
            f"compiled components: {cache['artifacts']}, {cache['artifact_bytes'] / 1e6:.1f} of at most "
            f"{cache['artifact_limit_bytes'] / 1e6:.0f} MB",
            "",
            output.table(found["executors"], _EXECUTOR, "no executors"),
        )
    )
