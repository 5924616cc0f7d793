"""The rules for the request that a guest is given; callers are gateways and operators, but not every caller is ours."""

import re
from typing import Final

from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from runner.values import Headers, HttpRequest

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
MAX_URL_BYTES: Final = 16 << 10
MAX_HEADERS: Final = 128  # header floods: each one is a value in the guest's memory
MAX_HEADER_BYTES: Final = 64 << 10  # of all names and values together
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
# Request splitting (CR, LF), and what parsers disagree about (NUL and other controls); tab is allowed.
_BAD_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_BAD_IN_URL: Final = re.compile(r"[\x00-\x20\x7f]")
# Set from the grant alone: guests take them as the platform's word.
TENANT_HEADER: Final = "x-alga-tenant"
EXTENSION_HEADER: Final = "x-alga-extension"


def check_request(http: HttpRequest, max_body: int) -> None:
    """Raises INVALID_ARGUMENT, HEADERS_TOO_LARGE, and PAYLOAD_TOO_LARGE for a body of more than `max_body` bytes."""
    if http.method not in METHODS:
        raise Fault.invalid("http.method", f"must be one of {', '.join(sorted(METHODS))}")
    if not http.url.startswith("/") or _BAD_IN_URL.search(http.url):
        raise Fault.invalid("http.url", "must begin with '/' and be free of white space and control characters")
    if len(http.url.encode()) > MAX_URL_BYTES:
        raise Fault.invalid("http.url", f"must be at most {MAX_URL_BYTES} bytes")
    _check_headers(http.headers)
    if http.body is not None and len(http.body) > max_body:
        raise Fault(Reason.PAYLOAD_TOO_LARGE, facts={"limit_bytes": max_body})


def _check_headers(headers: Headers) -> None:
    if len(headers) > MAX_HEADERS:
        raise Fault(Reason.HEADERS_TOO_LARGE, facts={"limit_headers": MAX_HEADERS})
    if sum(len(name.encode()) + len(value.encode()) for name, value in headers) > MAX_HEADER_BYTES:
        raise Fault(Reason.HEADERS_TOO_LARGE, facts={"limit_bytes": MAX_HEADER_BYTES})
    for index, (name, value) in enumerate(headers):
        if not _NAME.fullmatch(name):
            raise Fault.invalid(f"http.headers[{index}].name", "must be a header name in lower case")
        if _BAD_IN_VALUE.search(value):
            raise Fault.invalid(f"http.headers[{index}].value", "must not contain control characters")


def granted_headers(headers: Headers, grant: ExecutionGrant) -> Headers:
    """The headers that the guest sees: tenant and extension are the grant's, whatever the caller wrote."""
    own = ((TENANT_HEADER, grant.tenant_id), (EXTENSION_HEADER, grant.extension_id))
    return tuple(header for header in headers if header[0] not in (TENANT_HEADER, EXTENSION_HEADER)) + own
