"""Where a redirect leads, and what of a request may go there."""

import re
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

from kernel.errors import Fault, Reason
from runner.backends.http.outgoing import Outgoing
from runner.backends.http.target import MAX_URL_BYTES, Target

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
# All that another origin is told: any other header may hold a credential, whatever its name.
_HARMLESS: Final = frozenset({"accept", "accept-encoding", "accept-language", "content-language", "content-type", "user-agent"})


def next_hop(sent: Outgoing, status: int, location: str | None) -> Outgoing | None:
    """The request that follows, with one redirect less to go; None for an answer that is the guest's to read.

    Those are also redirects when none is left to follow. Raises EGRESS_FAILED for a location that is no URL.
    """
    if status not in _REDIRECTS or location is None or not sent.follow:
        return None
    target = _target(sent.target, location)
    hop = replace(sent, target=target, follow=sent.follow - 1)
    if (status == 303 and sent.method != "HEAD") or (status in (301, 302) and sent.method == "POST"):
        hop = replace(hop, method="GET", body=b"", headers=_without_content(hop.headers))
    if target.origin != sent.target.origin:
        hop = replace(hop, headers=tuple(header for header in hop.headers if header[0] in _HARMLESS))
    return hop


def _target(base: Target, location: str) -> Target:
    if len(location) > MAX_URL_BYTES or not _PRINTABLE.fullmatch(location) or "\\" in location:
        raise Fault(Reason.EGRESS_FAILED, log="a redirect's location is no URL")
    try:
        return Target.parse(urljoin(base.url, location.partition("#")[0]))
    except (Fault, ValueError):
        raise Fault(Reason.EGRESS_FAILED, log="a redirect's location is no URL that requests may have") from None


def _without_content(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(header for header in headers if not header[0].startswith("content-"))
