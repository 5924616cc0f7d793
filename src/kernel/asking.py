"""Questions to another service over one stream: a call of its own costs twice of what a message of a stream does.

What is asked while a message goes out leaves together, and where few messages may be under way at once also what is asked until one
of them is answered: what the service does once for a message, a commit above all, is then done for many questions (group commit).
Where there is no stream (a service that starts, stops or does not know it) whoever asks does so in another way.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

import grpc
from grpc import aio

from kernel.errors import Fault, Reason

AGAIN_SECONDS: Final = 1.0  # after a stream ended
if TYPE_CHECKING:  # generic in the stubs alone
    _Stream: TypeAlias = aio.StreamStreamCall[Any, Any]
_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


class Broken(Exception):  # noqa: N818 - it is what happened
    """There is no stream, or it ended before the answer came: whether the question was heard is not known."""


@dataclass(frozen=True, slots=True)
class Form(Generic[_Question, _Answer]):
    """What goes over the stream: messages of at most `most` questions, and ones that have an answer for each, in order.

    At most `under_way` messages wait for their answers.
    """

    most: int
    under_way: int
    message: Callable[[Sequence[_Question]], Any]
    answers: Callable[[Any], Sequence[_Answer]]


class Asking(Generic[_Question, _Answer]):
    """The stream that `connect` begins, when first used. It belongs to one event loop."""

    def __init__(self, connect: "Callable[[], _Stream]", form: Form[_Question, _Answer]) -> None:
        self._connect, self._form = connect, form
        self._running: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._unsent: deque[tuple[_Question, asyncio.Future[_Answer]]] = deque()
        self._asked: deque[list[asyncio.Future[_Answer]]] = deque()  # by message: answers come in the order of the questions
        self._wake: asyncio.Future[None] | None = None  # the sender waits for work, or for its turn

    async def ask(self, question: _Question, seconds: float) -> _Answer:
        """The answer. Raises DEADLINE_EXCEEDED after so many seconds, and Broken."""
        loop = asyncio.get_running_loop()
        if self._running is None:
            if loop.time() < self._not_before:
                raise Broken
            self._running = asyncio.create_task(self._run())
        found: asyncio.Future[_Answer] = loop.create_future()
        self._unsent.append((question, found))
        self._go_on()
        late = loop.call_later(seconds, _over, found)
        try:
            return await found
        finally:
            late.cancel()

    async def close(self) -> None:
        """End the stream; legal more than once."""
        if (running := self._running) is not None:
            running.cancel()
            await asyncio.wait((running,))

    @property
    def _may_send(self) -> bool:
        return bool(self._unsent) and len(self._asked) < self._form.under_way

    def _go_on(self) -> None:
        if self._may_send and self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _run(self) -> None:
        """One stream, from its first question to its end."""
        stream = self._connect()
        sender = asyncio.create_task(self._send(stream))
        try:
            async for message in stream:
                answers = self._form.answers(message)
                if not self._asked or len(self._asked[0]) != len(answers):
                    break  # whose answer is whose is not known
                asked = self._asked.popleft()
                self._go_on()
                for found, answer in zip(asked, answers, strict=True):
                    if not found.done():  # its caller may have gone
                        found.set_result(answer)
        except (grpc.RpcError, asyncio.InvalidStateError):
            pass  # whoever waits asks in another way
        finally:
            self._running = None
            self._not_before = asyncio.get_running_loop().time() + AGAIN_SECONDS
            sender.cancel()
            stream.cancel()
            for found in (*chain(*self._asked), *(found for _, found in self._unsent)):
                if not found.done():
                    found.set_exception(Broken())
            self._asked.clear()
            self._unsent.clear()

    async def _send(self, stream: "_Stream") -> None:
        with contextlib.suppress(grpc.RpcError, asyncio.InvalidStateError):  # the reader sees the end as well
            while True:
                while not self._may_send:
                    self._wake = asyncio.get_running_loop().create_future()
                    await self._wake
                together: list[tuple[_Question, asyncio.Future[_Answer]]] = []
                while self._unsent and len(together) < self._form.most:
                    if not (one := self._unsent.popleft())[1].done():
                        together.append(one)
                if together:
                    self._asked.append([found for _, found in together])
                    await stream.write(self._form.message([question for question, _ in together]))


def _over(found: "asyncio.Future[Any]") -> None:
    if not found.done():
        found.set_exception(Fault(Reason.DEADLINE_EXCEEDED))
