"""Answers on their way to clients, each within a time; clients that do not read are cut off."""

import asyncio
import logging
from contextlib import aclosing
from typing import Final

from aiohttp import web

from gateway.reply import Reply
from gateway.waiting import Waiting
from kernel.errors import Fault

STREAM_BYTES: Final = 512 << 10  # what a stream holds of an answer: a part of it here, and one on its way from the runner
_log = logging.getLogger(__name__)


class Sender:
    """Sends answers."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    async def send(self, request: web.BaseRequest, reply: Reply, response: web.StreamResponse) -> bool:
        """Whether all of it went out; otherwise the connection is cut, so that nobody takes the part for the whole.

        Of a live stream each part has the whole time for itself.
        """
        try:
            if reply.live and reply.stream is not None:
                await self._send_live(request, reply, response)
            else:
                async with self._waiting.stay(STREAM_BYTES if reply.stream is not None else len(reply.body or b"")):
                    await response.prepare(request)
                    if reply.stream is not None:
                        async with aclosing(reply.stream.chunks()) as chunks:
                            async for chunk in chunks:
                                await response.write(chunk)
                    await response.write_eof()
        except ConnectionError:
            return False
        except (Fault, TimeoutError) as error:
            _log.warning("answer cut off", extra={"why": str(error) or "client reads too slowly"})
            if request.transport is not None:
                request.transport.abort()
            return False
        finally:
            if reply.stream is not None:
                reply.stream.close()
        return True

    async def _send_live(self, request: web.BaseRequest, reply: Reply, response: web.StreamResponse) -> None:
        assert reply.stream is not None
        seconds, clock = self._waiting.seconds, asyncio.get_running_loop().time
        async with asyncio.timeout(seconds) as limit:
            await response.prepare(request)
            async with aclosing(reply.stream.chunks()) as chunks:
                async for chunk in chunks:
                    limit.reschedule(clock() + seconds)
                    await response.write(chunk)
            await response.write_eof()
