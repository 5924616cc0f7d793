"""Rules for the plain fields of requests, and page tokens; each raises INVALID_ARGUMENT that names the field and the limit."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Final

from kernel.errors import Fault

MAX_PAGE: Final = 200
DEFAULT_PAGE: Final = 50
MAX_TOKEN: Final = 1024
_TENANT: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HOOK: Final = re.compile(r"[a-z][A-Za-z0-9]{0,63}")
_PUBLISHER: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")


def tenant_id(text: str, field: str = "tenant_id") -> str:
    """A tenant's id: 1 to 64 characters of `[A-Za-z0-9._-]`."""
    if not _TENANT.fullmatch(text):
        raise Fault.invalid(field, "must be 1 to 64 characters of [A-Za-z0-9._-]")
    return text


def publisher_name(text: str, field: str = "publisher") -> str:
    """A publisher's name: 1 to 64 lower-case letters, digits, `.` and `-`, beginning and ending with a letter or digit."""
    if not _PUBLISHER.fullmatch(text):
        raise Fault.invalid(field, "must be 1 to 64 lower-case letters, digits, '.' or '-', with a letter or digit at both ends")
    return text


def hook_name(text: str, field: str = "hook") -> str:
    """A place in the host application's pages, as manifests name it: 1 to 64 letters and digits, the first one lower-case."""
    if not _HOOK.fullmatch(text):
        raise Fault.invalid(field, "must be a hook's name: 1 to 64 letters and digits, the first lower-case, as in appMenu")
    return text


def text(value: str, field: str, *, least: int = 0, most: int) -> str:
    """Text of a bounded number of characters, none of them a control character."""
    if not least <= len(value) <= most:
        raise Fault.invalid(field, f"must have {least} to {most} characters")
    if _CONTROL.search(value):
        raise Fault.invalid(field, "must not contain control characters")
    return value


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: at most `size` items after the key `after` (empty = from the start)."""

    size: int
    after: tuple[str, ...] = ()


def page(size: int, token: str, keys: int, *, most: int = MAX_PAGE) -> Page:
    """A page of a list whose order has `keys` key parts. Raises for a size beyond `most` and for a foreign token."""
    if size > most:
        raise Fault.invalid("page_size", f"must be at most {most}")
    if not token:
        return Page(size or DEFAULT_PAGE)
    try:
        after = json.loads(base64.urlsafe_b64decode(token)) if len(token) <= MAX_TOKEN else None
    except (binascii.Error, ValueError, RecursionError):
        after = None
    if not (isinstance(after, list) and len(after) == keys and all(isinstance(part, str) for part in after)):
        raise Fault.invalid("page_token", "must be the next_page_token of the page before")
    return Page(size or DEFAULT_PAGE, tuple(after))


def next_token(*last: str) -> str:
    """The token of the page that begins after an item with these key parts."""
    return base64.urlsafe_b64encode(json.dumps(last, separators=(",", ":")).encode()).decode()
