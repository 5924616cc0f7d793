"""What the handlers for admins of a tenant share: who asks about which install, JSON that is sent and JSON that is answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.authorize.gate import Gate
from gateway.reply import Reply
from gateway.target import Target
from kernel import strict_json
from kernel.errors import Reason

NO_STORE: Final = "no-store"


@dataclass(frozen=True, slots=True)
class Asked:
    """An admin's tenant, the install that the path names (empty = none) and what else it names."""

    tenant_id: str
    install: str = ""
    others: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What finds the install."""
        return self.tenant_id, self.install


async def asked(gate: Gate, request: web.BaseRequest, at: Target, *, own_key: bool = False) -> Asked:
    """Who asks about what: `{install}` is the first name of the pattern; `own_key` as for `Gate.admin`.

    Raises what the gate does, HEADERS_TOO_LARGE, and NOT_FOUND for what cannot be a name.
    """
    headers.check_size(request.headers.items())
    caller = await gate.admin(request, own_key=own_key)
    return Asked(caller.tenant_id, *_named(at.values))


def _named(values: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    names = tuple(target.reference(value, Reason.NOT_FOUND) for value in values)
    return (names[0], names[1:]) if names else ("", ())


def answered(status: int, found: Mapping[str, Any] | None, of: Asked) -> Reply:
    """An answer of JSON; without a body for None."""
    notes = {"tenant": of.tenant_id, "install": of.install}
    fields = CIMultiDict({"cache-control": NO_STORE})
    if found is None:
        return Reply(status, fields, notes=notes)
    fields["content-type"] = "application/json"
    return Reply(status, fields, json.dumps(found).encode(), notes=notes)


def told(body: bytes | None, max_bytes: int, max_depth: int) -> dict[str, Any]:
    """The JSON object of a body. Raises INVALID_ARGUMENT that says what is wrong with it."""
    return strict_json.read_object(
        body or b"", name="body", reason=Reason.INVALID_ARGUMENT, max_bytes=max_bytes, max_depth=max_depth
    )
