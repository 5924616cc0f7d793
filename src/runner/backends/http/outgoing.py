"""What a guest wants to send, checked: method, URL, headers, body. A guest says nothing that speaks for the host or frames HTTP."""

import re
from dataclasses import dataclass
from typing import Final

from gen.alga.runner.v1.execute_service_pb2 import HttpRequest
from kernel.errors import Fault, Reason
from kernel.header_names import is_name, is_reserved
from runner.backends.http.target import Target
from runner.request import MAX_HEADER_BYTES, MAX_HEADERS
from runner.values import Headers

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BODILESS: Final = frozenset({"GET", "HEAD"})
FOLLOW: Final = "x-alga-follow-redirects"
MAX_REDIRECTS: Final = 5
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request of one hop. Names of headers are in lower case; `body` empty = none; `follow`: redirects that may be followed."""

    method: str
    target: Target
    headers: Headers
    body: bytes
    follow: int = 0


def outgoing(asked: HttpRequest, max_body: int) -> Outgoing:
    """The request of a guest. Raises EGRESS_INVALID, and PAYLOAD_TOO_LARGE for a body of more than `max_body` bytes."""
    method = asked.method.upper()
    if method not in METHODS:
        raise _invalid("method", f"must be one of {', '.join(sorted(METHODS))}")
    headers = _headers([(header.name.lower(), header.value.strip(" \t")) for header in asked.headers])
    if len(asked.body) > max_body:
        raise Fault(Reason.PAYLOAD_TOO_LARGE, facts={"limit_bytes": max_body})
    if asked.body and method in BODILESS:
        raise _invalid("body", f"must be absent for {method}")
    follow = [value for name, value in headers if name == FOLLOW]
    kept = tuple(header for header in headers if header[0] != FOLLOW)
    return Outgoing(method, Target.parse(asked.url), kept, asked.body, _follow(follow))


def header_value(text: str) -> bool:
    """Whether text can be the value of a header."""
    return _VALUE.fullmatch(text) is not None


def _headers(headers: list[tuple[str, str]]) -> Headers:
    if len(headers) > MAX_HEADERS:
        raise _invalid("headers", f"must be at most {MAX_HEADERS}")
    if sum(len(name.encode()) + len(value.encode()) for name, value in headers) > MAX_HEADER_BYTES:
        raise _invalid("headers", f"must have at most {MAX_HEADER_BYTES} bytes together")
    for index, (name, value) in enumerate(headers):
        if not is_name(name):
            raise _invalid(f"headers[{index}].name", "must be the name of a header")
        if is_reserved(name) and name != FOLLOW:
            raise _invalid(f"headers[{index}].name", "is set by the host alone")
        if not header_value(value):
            raise _invalid(f"headers[{index}].value", "must be printable ASCII")
    return tuple(headers)


def _follow(values: list[str]) -> int:
    if not values:
        return 0
    if len(values) > 1 or values[0] not in {str(number) for number in range(MAX_REDIRECTS + 1)}:
        raise _invalid(FOLLOW, f"must be one number from 0 to {MAX_REDIRECTS}")
    return int(values[0])


def _invalid(field: str, rule: str) -> Fault:
    return Fault.invalid(field, rule, Reason.EGRESS_INVALID)
