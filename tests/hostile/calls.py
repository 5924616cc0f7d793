"""Requests to a whole platform, byte for byte as written, and extensions that were made for one test."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests import guests
from tests.gateway.http import Got, ask, connect, read_answer
from tests.guests.bundles import bundle_files
from tests.platform import Platform

PREFIX = "/api/ext/"


@dataclass
class Gate:
    """The gateway of a platform."""

    platform: Platform
    _deployed: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.platform.gateway.removeprefix("http://")

    def deploy(self, name: str, guest: str, tenant: str = "demo", **options: Any) -> str:
        """Publish a guest under a name of its own, once, and install it; answers the extension's name."""
        full = f"com.example.{name}"
        if full not in self._deployed:
            self._deployed[full] = self.platform.publish(bundle_files(full, guests.component(guest), **options))
        self.platform.install(self._deployed[full], tenant)
        return full

    def ask(self, method: str, target: str, *fields: tuple[str, str], body: bytes | None = None, key: str | None = None) -> Got:
        """One request on a connection of its own. `key` is a secret; None = none is shown."""
        shown = (("x-api-key", key),) if key else ()
        return asyncio.run(ask(self.address, method, target, *shown, *fields, body=body))

    def demo(self, method: str, target: str, *fields: tuple[str, str], body: bytes | None = None) -> Got:
        """As the caller of tenant `demo`."""
        return self.ask(method, target, *fields, body=body, key=self.platform.key("demo-caller.key"))

    def at_once(self, targets: Sequence[str]) -> list[Got]:
        """GET all of them at the same time, as the caller of tenant `demo`."""
        shown = ("x-api-key", self.platform.key("demo-caller.key"))

        async def all_of_them() -> list[Got]:
            return await asyncio.gather(*(ask(self.address, "GET", target, shown) for target in targets))

        return asyncio.run(all_of_them())

    def eventually(self, holds: Callable[[], bool]) -> None:
        """A change arrives over a stream within a second; ten are given to a busy machine."""
        ends = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < ends
            time.sleep(0.02)

    def send(self, data: bytes) -> Got:
        """Bytes that need not be a whole request, and the answer to them."""

        async def talk() -> Got:
            reader, writer = await connect(self.address)
            try:
                writer.write(data)
                return await read_answer(reader)
            finally:
                writer.close()

        return asyncio.run(talk())

    def flood(self, data: bytes) -> Got | None:
        """The same; None when the connection was cut: who still sends when the answer is out may lose it."""
        try:
            return self.send(data)
        except (ConnectionError, asyncio.IncompleteReadError):
            return None


def seen(got: Got) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """All that tells two answers apart, in its order, but for the date."""
    return got.status, tuple(pair for pair in got.fields if pair[0] != "date"), got.body
