"""`__method` of the host page's bridge: a POST below `/api/ext-proxy/` that stands for another method.

It is said in the query, or else as a member of a body that is a JSON object, and taken out of where it was said; the rest of both
reaches the guest to the byte. The caller is known before anything here is read.
"""

import json
import re
from typing import Any, Final

from gateway.target import decode
from kernel.errors import Fault, Reason

NAME: Final = "__method"
METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
MAX_BODY: Final = 1 << 20  # to parse more would keep other requests waiting
_JSON: Final = re.compile(r"\s*application/(?:[\w.-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_DECODER: Final = json.JSONDecoder()


def of_query(query: str | None) -> tuple[str | None, str | None]:
    """The method that a query says, or None, and the query without it.

    Raises INVALID_ARGUMENT for another method than the five, and for two of them.
    """
    if query is None or NAME not in query:
        return None, query
    parts = query.split("&")
    said = [part for part in parts if part.partition("=")[0] == NAME]
    if not said:
        return None, query
    if len(said) > 1:
        raise Fault.invalid(NAME, "must be given once")
    left = [part for part in parts if part is not said[0]]
    return _method(decode(said[0].partition("=")[2], NAME)), "&".join(left) if left else None


def of_body(body: bytes | None, media_type: str) -> tuple[str | None, bytes | None]:
    """The method that a body says, or None, and the body without it; an object that has nothing else is no body.

    Raises INVALID_ARGUMENT as `of_query` does, PAYLOAD_TOO_LARGE for more than 1 MiB that may say one.
    """
    if body is None or f'"{NAME}"'.encode() not in body or not _JSON.fullmatch(media_type):
        return None, body
    if len(body) > MAX_BODY:
        rule = f"must be at most {MAX_BODY} bytes with {NAME} in it; put it into the query"
        raise Fault.invalid("body", rule, Reason.PAYLOAD_TOO_LARGE)
    try:
        members = _members(text := body.decode())
    except (ValueError, RecursionError, IndexError):
        return None, body  # no JSON object: the guest's to judge
    said = [place for place, member in enumerate(members) if member[0] == NAME]
    if not said:
        return None, body
    if len(said) > 1:
        raise Fault.invalid(NAME, "must be given once")
    place = said[0]
    method = _method(members[place][1])
    if len(members) == 1:
        return method, None
    # With the comma before it, or, of the first one, with the one behind it.
    starts, ends = (members[place - 1][3], members[place][3]) if place else (members[0][2], members[1][2])
    return method, (text[:starts] + text[ends:]).encode()


def _members(text: str) -> list[tuple[str, Any, int, int]]:
    """Name, value, begin and end of each member of an object that is all. Raises ValueError, RecursionError, IndexError."""
    members: list[tuple[str, Any, int, int]] = []
    at = _skip(text, 0)
    _expect(text[at] == "{")
    at = _skip(text, at + 1)
    while text[at] != "}":
        begin = at
        _expect(text[at] == '"')
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        _expect(text[at] == ":")
        value, at = _DECODER.raw_decode(text, _skip(text, at + 1))
        members.append((name, value, begin, at))
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
            _expect(text[at] == '"')
        else:
            _expect(text[at] == "}")
    _expect(_skip(text, at + 1) == len(text))
    return members


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found is not None else at


def _expect(holds: bool) -> None:
    if not holds:
        raise ValueError("not a JSON object")


def _method(said: Any) -> str:
    method = said.upper() if isinstance(said, str) else ""
    if method not in METHODS:
        raise Fault.invalid(NAME, f"must be one of {', '.join(sorted(METHODS))}")
    return method
