"""Which header fields of a request reach the guest."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.model import Headers
from kernel.errors import Fault, Reason

MAX_FIELDS: Final = 128  # the runner's limits, and what parsing and copying a stranger's fields may cost
MAX_BYTES: Final = 64 << 10
MAX_IDEMPOTENCY_KEY: Final = 255
IDEMPOTENCY: Final = "x-idempotency-key"
# Either names a client's key; the guest gets the first. The other is the one of draft-ietf-httpapi-idempotency-key-header.
KEY_FIELDS: Final = (IDEMPOTENCY, "idempotency-key")
# Everything else stays here: credentials and cookies above all.
_FORWARDED: Final = frozenset({"accept", "content-type", "accept-encoding", "user-agent", *KEY_FIELDS})
_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]*")
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{MAX_IDEMPOTENCY_KEY}}}")


@dataclass(frozen=True, slots=True)
class Origin:
    """What the gateway itself says about a call."""

    request_id: str
    tenant_id: str
    extension_id: str


def is_value(text: str) -> bool:
    """Whether a text can be a field's value: no control characters, no lone surrogates (bytes that are no UTF-8)."""
    return _VALUE.fullmatch(text) is not None


def check_size(fields: Iterable[tuple[str, str]]) -> None:
    """Raises HEADERS_TOO_LARGE for more than 128 fields or 64 KiB of names and values."""
    count = size = 0
    for name, value in fields:
        count += 1
        size += len(name) + len(value)
    if count > MAX_FIELDS or size > MAX_BYTES:
        raise Fault.invalid("headers", f"must be at most {MAX_FIELDS}, of {MAX_BYTES} bytes together", Reason.HEADERS_TOO_LARGE)


@dataclass(frozen=True, slots=True)
class ForGuest:
    """The fields that the guest gets, names in lower case, repeated ones kept; and the idempotency key, if it is the client's."""

    fields: Headers
    client_key: str | None


def for_guest(fields: Iterable[tuple[str, str]], origin: Origin, *, label: bool) -> ForGuest:
    """Choose the fields for the guest. With `label`, a call without an idempotency key gets a made-up one.

    Raises INVALID_ARGUMENT for a forwarded field whose value
    is no text, a bad or second idempotency key, and a body in a content coding: guests are not told of one.
    """
    kept = [("x-request-id", origin.request_id), ("x-alga-tenant", origin.tenant_id), ("x-alga-extension", origin.extension_id)]
    client_key = None
    for name, value in fields:
        name = name.lower()
        if name in _FORWARDED:
            if not is_value(value):
                raise Fault.invalid(name, "must be UTF-8 text without control characters")
            if name in KEY_FIELDS:
                if client_key is not None or not _KEY.fullmatch(value):
                    raise Fault.invalid(name, f"must be one key of 1 to {MAX_IDEMPOTENCY_KEY} visible ASCII characters")
                name, client_key = IDEMPOTENCY, value
            kept.append((name, value))
        elif name == "content-encoding" and value.strip().lower() != "identity":
            raise Fault.invalid(name, "must be absent: bodies are not decoded here")
    if label and client_key is None:
        kept.append((IDEMPOTENCY, uuid.uuid4().hex))
    return ForGuest(tuple(kept), client_key)
