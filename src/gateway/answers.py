"""Which parts of a guest's answer reach the client.

Kept: `content-type`, `cache-control` as far as it is safe, `etag`, `location` inside the extension, `content-disposition`,
`vary`, `x-ext-*`. Never anything else: no cookies, nothing about the connection, nothing that speaks for the gateway's origin.
"""

import re
from collections.abc import Sequence
from typing import Final

from multidict import CIMultiDict

from gateway.headers import is_value
from gateway.location import inside
from gateway.model import Answer
from gateway.reply import Reply
from kernel.errors import Fault, Reason

_ONCE: Final = frozenset({"content-type", "etag", "location", "content-disposition"})
_LISTS: Final = frozenset({"cache-control", "vary"})
_OWN: Final = re.compile(r"x-ext-[!#$%&'*+.^_`|~0-9a-z-]{1,120}")
_NO_BODY: Final = frozenset({204, 205, 304})
# Shared caches know no tenants: by these fields at least they tell callers apart.
CREDENTIAL_FIELDS: Final = ("authorization", "x-api-key")


def to_reply(answer: Answer, method: str, guest_path: str, prefix: str) -> Reply:
    """What the client gets.

    `guest_path` is the path that the guest was asked for; `prefix` stands before it outside, e.g. `/api/ext/com.acme.a`. Raises
    GUEST_RESPONSE_INVALID for an impossible status, a body in a content coding, and a kept field that is not text or stands twice
    where it may once.
    """
    if not 200 <= answer.status <= 599:
        raise Fault(Reason.GUEST_RESPONSE_INVALID, log=f"status {answer.status}")
    kept: CIMultiDict[str] = CIMultiDict()
    lists: dict[str, list[str]] = {}
    for name, value in answer.headers:
        name = name.lower()
        if name in _ONCE or name in _LISTS or _OWN.fullmatch(name):
            if not is_value(value) or (name in _ONCE and name in kept):
                raise Fault(Reason.GUEST_RESPONSE_INVALID, log=f"field {name} is no text or stands twice")
            if name in _LISTS:
                lists.setdefault(name, []).append(value)
            else:
                kept.add(name, value)
        elif name == "content-encoding" and value.strip().lower() not in {"", "identity"}:
            # The field does not pass, and without it the body would be noise.
            raise Fault(Reason.GUEST_RESPONSE_INVALID, log="body in a content coding")
    if (location := kept.pop("location", None)) is not None and (safe := inside(location, guest_path, prefix)) is not None:
        kept["location"] = safe
    kept["cache-control"], public = cache_control(lists.get("cache-control", ()), method)
    if vary := [*lists.get("vary", ()), *(CREDENTIAL_FIELDS if public else ())]:
        kept["vary"] = ", ".join(vary)
    return Reply(answer.status, kept, None if answer.status in _NO_BODY else answer.body)


def cache_control(values: Sequence[str], method: str) -> tuple[str, bool]:
    """The safe form, and whether shared caches may keep the answer: only for a GET whose guest says `public` itself."""
    directives = [part for value in values for piece in value.split(",") if (part := piece.strip())]
    names = {_name(part) for part in directives}
    if not directives:
        return "no-store", False
    if method == "GET" and "public" in names and not names & {"private", "no-store"}:
        return ", ".join(directives), True
    kept = [part for part in directives if _name(part) not in {"public", "s-maxage"}]
    if not names & {"private", "no-store"}:
        kept.insert(0, "private")
    return ", ".join(kept), False


def _name(directive: str) -> str:
    return directive.partition("=")[0].strip().lower()
