"""A denial as a failure of the request."""

from collections.abc import Mapping
from typing import Any

from gateway.authorize.model import Denial
from gateway.identity.caller import Caller
from kernel.errors import Fault, Reason


class Denied(Fault):
    """PERMISSION_DENIED with its denial: always in the log, in the problem only if `shown`."""

    def __init__(self, denial: Denial, caller: Caller, *, shown: bool) -> None:
        ways = "; ".join(denial.allowed_by) or "nothing"
        super().__init__(
            Reason.PERMISSION_DENIED,
            log=f"rule {denial.rule} denied {caller.principal_id}: {denial.text} What would allow it: {ways}",
        )
        self.denial, self.shown = denial, shown

    @property
    def members(self) -> Mapping[str, Any]:
        """What it adds to the problem."""
        if not self.shown:
            return {}
        denial = self.denial
        return {"denial": {"rule": denial.rule, "text": denial.text, "allowed_by": list(denial.allowed_by)}}
