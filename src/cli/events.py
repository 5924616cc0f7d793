"""Server-sent events of a gateway, with the standard library alone."""

import http.client
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cli.exits import ExitCode
from cli.problem import Problem

SILENCE_SECONDS: Final = 60.0  # a gateway says something more often than that
MAX_LINE: Final = 1 << 20
MAX_REFUSAL: Final = 64 << 10
RETRY_SECONDS: Final = 1.0
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its id, empty where events are missing, and its JSON."""

    id: str
    content: Mapping[str, Any]


def follow(base: str, path: str, query: Mapping[str, str], key: str) -> Iterator[Event]:
    """Events for ever, across connections that break: the next one goes on behind the last event. Raises Problem."""
    last = ""
    while True:
        try:
            for event in _once(base, f"{path}?{urlencode(query)}", key, last):
                last = event.id or last
                yield event
        except (OSError, http.client.HTTPException) as error:
            if not last:
                raise Problem(
                    f"{base} does not answer: {error}",
                    "check that the gateway runs (`alga-ext up` starts it) and its address",
                    ExitCode.UNREACHABLE,
                ) from error
        time.sleep(RETRY_SECONDS)


def _once(base: str, path: str, key: str, last: str) -> Iterator[Event]:
    connection = _connection(base)
    headers = {"x-api-key": key, "accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
    try:
        connection.request("GET", urlsplit(base).path.rstrip("/") + path, headers=headers)
        response = connection.getresponse()
        if response.status != _OK:
            raise _refused(response.status, response.read(MAX_REFUSAL))
        yield from read(iter(lambda: response.readline(MAX_LINE), b""))
    finally:
        connection.close()


def read(lines: Iterator[bytes]) -> Iterator[Event]:
    """The events of a stream's lines; what is no JSON object is passed over."""
    identity, data = "", ""
    for line in lines:
        name, _, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(":")
        match name:
            case "id":
                identity = value.strip()
            case "data":
                data = value
            case "":
                if not value and (content := _object(data)) is not None:  # the end of a block; a comment has a value
                    yield Event(identity, content)
                if not value:
                    identity, data = "", ""


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _connection(base: str) -> http.client.HTTPConnection:
    url = urlsplit(base)
    if url.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(url.hostname or "", url.port, timeout=SILENCE_SECONDS, context=context)
    return http.client.HTTPConnection(url.hostname or "", url.port, timeout=SILENCE_SECONDS)


def _refused(status: int, body: bytes) -> Problem:
    told = _object(body.decode("utf-8", "replace")) or {}
    code, detail = str(told.get("code", status)), str(told.get("detail", "the gateway refuses"))
    rules = "; ".join(f"{one.get('field')}: {one.get('rule')}" for one in told.get("violations", ()) if isinstance(one, dict))
    return Problem(
        f"{detail} {rules}".strip(),
        "show the key of an admin of the tenant: --api-key-file FILE, or ALGA_EXT_API_KEY; `alga-ext list` shows what is installed",
        reason=code,
    )
