"""`/ext-sdk/{file}`: the scripts that pages of host applications and of extensions load, as they come with this package.

1 find the file, 2 choose its coding, 3 answer.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, negotiation
from gateway.reply import Reply
from gateway.target import Target
from kernel.codings import CODINGS, compress
from kernel.errors import Fault, Reason

SCRIPT: Final = "text/javascript; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Form:
    """One coding of a file, or the file itself."""

    coding: str
    body: bytes
    etag: str


class Sdk:
    """The handler."""

    def __init__(self) -> None:
        self._scripts: Mapping[str, Mapping[str, _Form]] = {}

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """A script, which the next version of this package may change: asked for again each time."""
        headers.check_size(request.headers.items())
        # 1 find the file
        if not self._scripts:
            self._scripts = await asyncio.to_thread(_scripts)
        forms = self._scripts.get(at.values[0])
        if forms is None:
            raise Fault(Reason.NOT_FOUND, log="no such script")
        # 2 choose its coding
        terms = negotiation.terms(request, text=True)
        form = next((forms[name] for name in terms.codings if name in forms), forms[""])
        # 3 answer
        fields = CIMultiDict({"etag": form.etag, "cache-control": "no-cache", "vary": "accept-encoding"})
        if negotiation.has(terms.etags, form.etag):
            return Reply(304, fields)
        fields["content-type"] = SCRIPT
        if form.coding:
            fields["content-encoding"] = form.coding
        return Reply(200, fields, form.body)


def _scripts() -> Mapping[str, Mapping[str, _Form]]:
    """All of them, by name and coding: they are few and small, and compressing them takes a tenth of a second."""
    found = (file for file in files("gateway.browser").iterdir() if file.name.endswith(".js"))
    return {file.name: _forms(file.read_bytes()) for file in found}


def _forms(body: bytes) -> Mapping[str, _Form]:
    made = {"": body} | {coding: compress(body, coding) for coding in CODINGS}
    return {
        coding: _Form(coding, data, f'"sha256-{hashlib.sha256(data).hexdigest()}"')
        for coding, data in made.items()
        if not coding or len(data) < len(body)
    }
