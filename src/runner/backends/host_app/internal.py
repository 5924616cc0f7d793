"""The host application's endpoints for runners: `POST {base}/api/internal/{endpoint}/install/{installId}`, JSON both ways."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from kernel import strict_json
from kernel.errors import Reason
from runner.backends.host_app.connection import MAX_ANSWER_BYTES, Connection, Request
from runner.backends.host_app.headers import about
from runner.caller import Caller

MAX_DEPTH: Final = 8  # levels of an answer; records and lists of the world have four


@dataclass(frozen=True, slots=True)
class Internal:
    """The endpoints of one host application, which knows the runner by its token."""

    connection: Connection
    base: str
    token: str

    async def post(self, caller: Caller, endpoint: str, said: Mapping[str, Any], *, repeatable: bool) -> tuple[int, bytes]:
        """Status and body of the answer. Raises as `Connection.send`."""
        url = f"{self.base}/api/internal/{endpoint}/install/{quote(caller.grant.install_id, safe='')}"
        headers = {**about(caller), "content-type": "application/json", "accept": "application/json", "x-runner-auth": self.token}
        body = json.dumps(said).encode()
        reply = await self.connection.send(caller, Request("POST", url, headers, body, repeatable))
        return reply.status, reply.body


def answered(body: bytes) -> dict[str, Any]:
    """The JSON object of an answer. Raises HOST_FAILED."""
    return strict_json.read_object(body, name="answer", reason=Reason.HOST_FAILED, max_bytes=MAX_ANSWER_BYTES, max_depth=MAX_DEPTH)


def user(caller: Caller) -> dict[str, Any]:
    """The person behind the call as a member of what is said, for the host's own rights; nothing without one."""
    return {} if caller.user is None else {"user": {"userId": caller.user.user_id, "userType": caller.user.type}}
