"""One HTTP request, with the standard library alone: it is also what the supervisor checks its own platform with."""

import http.client
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from cli.exits import ExitCode
from cli.problem import Problem

MAX_ANSWER: Final = 64 << 20  # bytes; an answer of the gateway has at most 10 MiB
_URL_SAFE: Final = "/?&=%:@!$'()*+,;~-._"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    phrase: str
    headers: list[list[str]]
    body: bytes

    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")


def request(
    base: str, path: str, method: str, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None, timeout: float = 60
) -> Answer:
    """Send one request to the server at the URL `base` and read its whole answer. Raises Problem."""
    url = urlsplit(base)
    try:
        host, port = url.hostname or "", url.port
        if url.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=timeout, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=timeout)
        try:
            connection.request(method, url.path.rstrip("/") + quote(path, safe=_URL_SAFE), body, dict(headers))
            response = connection.getresponse()
            content = response.read(MAX_ANSWER)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise Problem(
            f"{base} does not answer: {error}",
            "check that the gateway runs (`alga-ext up` starts it) and its address",
            ExitCode.UNREACHABLE,
        ) from error
    except ValueError as error:
        raise Problem(f"the request is not valid: {error}", "check the URL, the method and the headers", ExitCode.USAGE) from error
    return Answer(response.status, response.reason, [[name.lower(), value] for name, value in response.getheaders()], content)
