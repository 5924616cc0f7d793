"""What the host application is told of a call, beside what the guest says."""

from runner.caller import Caller


def about(caller: Caller) -> dict[str, str]:
    """Whose call it is: all of it from the verified grant, but the request id."""
    grant = caller.grant
    return {
        "x-request-id": caller.request_id,
        "x-alga-tenant": grant.tenant_id,
        "x-alga-extension": grant.extension_id,
        "x-ext-install-id": grant.install_id,
        "x-ext-version-id": grant.version_id,
    }


def about_user(caller: Caller) -> dict[str, str]:
    """The person behind the call, as far as there is one."""
    if caller.user is None:
        return {}
    told = {"x-user-id": caller.user.user_id, "x-user-email": caller.user.email}
    return {name: value for name, value in told.items() if value}
