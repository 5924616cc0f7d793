"""`consent`, `decline`: what becomes of an update that asks for more than the installed version."""

from cli import options, output
from cli.commands import tenancy
from cli.commands.confirm import confirm
from cli.connected import connected
from cli.problem import Problem
from cli.session import ADMIN_KEY, OPERATOR_KEY, Session


@connected
def consent(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    grant: tenancy.Grant = None,
    grant_all: tenancy.GrantAll = False,
    yes: options.Yes = False,
) -> None:
    """Make the update that waits for a tenant: show what it asks for, ask, then consent to exactly that bundle.

    It needs a key of an admin of the tenant; without one that of the local platform's tenant `demo`. Without --grant or
    --grant-all the install keeps what it may use now and gets nothing new.
    """
    from cli.up.layout import TENANT
    from kernel.errors import Fault, Reason

    granted = tenancy.named(grant, grant_all)
    keep, local = not grant_all and grant is None, ADMIN_KEY if tenant == TENANT else OPERATOR_KEY
    found = session.ask(lambda client: client.installs.get(tenant, install), local)
    if not (pending := found["pending_update"]):
        raise Problem(
            f"no update of {found['extension_name']} waits for tenant {tenant}",
            f"ask for one: `alga-ext update {found['extension_name']} --tenant {tenant}`",
            reason="update_not_pending",
        )
    versions = f"{found['extension_name']} from {found['version']} to {pending['version']}"
    if not output.wants_json():
        output.note("\n".join((f"{versions}, {pending['content_hash']}:", *tenancy.difference(found))))
    confirm(f"Update {versions} for tenant {tenant}?", yes, "consent needs somebody who gives it")
    try:
        record = session.ask(
            lambda client: client.installs.consent(tenant, found["id"], pending["content_hash"], granted, keep=keep), local
        )
    except Fault as fault:
        if fault.reason is not Reason.PERMISSION_DENIED:
            raise
        raise Problem(
            f"this key cannot consent for tenant {tenant}: nobody but the tenant's own admins can, operators neither",
            f"show a key of an admin with --api-key-file FILE. A new one:\n"
            f"       `alga-ext api-key create --role tenant-admin --tenant {tenant} -o admin.key`",
            reason=fault.code,
        ) from fault
    tenancy.told(record, "updated")


@connected
def decline(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
) -> None:
    """Forget the update that waits; the install stays as it is."""
    tenancy.told(session.ask(lambda client: client.installs.decline(tenant, install)), "no update waits")
