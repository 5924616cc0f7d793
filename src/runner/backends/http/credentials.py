"""What the host adds to a request by itself: secrets of the install, for the one origin that each is for."""

from kernel import egress
from kernel.egress import Origin
from kernel.errors import Fault, Reason
from kernel.grants import Credential
from runner.backends.http.outgoing import header_value
from runner.caller import Caller
from runner.ports import SecretValues
from runner.values import Headers


class Credentials:
    """Reveals what the requests of a call need. Values go into the request, and nowhere else: no log, no error."""

    def __init__(self, secrets: SecretValues) -> None:
        self._secrets = secrets

    async def added(self, caller: Caller, origin: Origin) -> Headers:
        """The headers for an origin. Raises SECRET_MISSING, SECRET_EXPIRED, SECRET_UNREADABLE, UNAVAILABLE."""
        found: dict[str, str] = {}
        for credential in caller.grant.credentials:
            if _is_for(credential, origin):
                value = credential.prefix + await self._secrets.reveal(caller, credential.secret)
                if not header_value(value):
                    raise Fault(Reason.SECRET_UNREADABLE, log=f"{credential.secret} is not of what headers may have")
                found[credential.header.lower()] = value
        return tuple(found.items())


def _is_for(credential: Credential, origin: Origin) -> bool:
    try:
        return egress.parse_origin(credential.origin, "") == origin
    except Fault:  # of another version of the registry
        return False
