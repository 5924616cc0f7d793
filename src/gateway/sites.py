"""Host names of UIs, `<install id>.<root>`: an origin for each install, at which nothing else is served."""

import re
from typing import Final

from aiohttp import web

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PORT: Final = re.compile(r":[0-9]{1,5}\Z")


class Sites:
    """The host names below one root; an empty root has none."""

    def __init__(self, root: str) -> None:
        self._root = root.lower()

    def install(self, request: web.BaseRequest) -> str:
        """The id of the install whose origin was asked, whether or not there is such a one; empty for any other host name."""
        if not self._root:
            return ""
        hosts = request.headers.getall("host", ())
        return self.named(hosts[0]) if len(hosts) == 1 else ""

    def named(self, host: str) -> str:
        """The same for a host name, with or without a port."""
        label, _, root = _PORT.sub("", host.lower()).partition(".")
        return label if self._root and root == self._root and _ID.fullmatch(label) else ""
