"""The parts list of the command line: which verbs there are, in the order of an author's work."""

import typer

from cli.commands import (
    access,
    api_key,
    call,
    config,
    consent,
    credentials,
    doctor,
    egress,
    executions,
    grants,
    inspect,
    installs,
    keygen,
    limits,
    maintain,
    make,
    ops,
    publish,
    publisher,
    schedules,
    secrets,
    serve,
    signing,
    storage,
    tail,
    up,
)
from cli.exits import EPILOG

_AUTHOR, _REGISTRY, _TENANT, _PLATFORM = "Make an extension", "Publish it", "Install and call it", "Run the platform"

app = typer.Typer(
    name="alga-ext",
    help="Build, sign, publish, install and call extensions, and run the platform that runs them.\n\n"
    "On one machine: `alga-ext up` starts everything; all other commands then find it by its data directory.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)

for panel, commands in (
    (_PLATFORM, (up.up, doctor.doctor)),
    (_AUTHOR, (keygen.keygen, make.build, make.pack, signing.sign, signing.verify)),
    (_REGISTRY, (publish.publish, publish.visibility, publish.deprecate, publish.yank, publish.revoke)),
    (
        _TENANT,
        (
            *(installs.install, installs.update, consent.consent, consent.decline, installs.enable, installs.disable),
            *(installs.uninstall, inspect.list_, call.call, tail.tail, executions.usage),
        ),
    ),
):
    for command in commands:
        app.command(command.__name__.rstrip("_"), rich_help_panel=panel)(command)

app.add_typer(publisher.app, name="publisher", rich_help_panel=_REGISTRY)
app.add_typer(grants.app, name="grants", rich_help_panel=_TENANT)
app.add_typer(config.app, name="config", rich_help_panel=_TENANT)
app.add_typer(limits.app, name="limits", rich_help_panel=_TENANT)
app.add_typer(schedules.app, name="schedules", rich_help_panel=_TENANT)
app.add_typer(secrets.app, name="secrets", rich_help_panel=_TENANT)
app.add_typer(access.app, name="access", rich_help_panel=_TENANT)
app.add_typer(egress.app, name="egress", rich_help_panel=_TENANT)
app.add_typer(credentials.app, name="credentials", rich_help_panel=_TENANT)
app.add_typer(storage.app, name="storage", rich_help_panel=_TENANT)
app.add_typer(executions.app, name="executions", rich_help_panel=_TENANT)
app.add_typer(api_key.app, name="api-key", rich_help_panel=_TENANT)
app.add_typer(ops.app, name="ops", rich_help_panel=_PLATFORM)
app.add_typer(maintain.app, name="maintain", rich_help_panel=_PLATFORM)
for name in serve.PROCESSES:
    app.add_typer(serve.group(name), name=name, rich_help_panel=_PLATFORM)
