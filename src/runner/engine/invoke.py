"""Run a handler once, in a fresh store and a fresh instance.

1. limits, deadline and our own WASI
2. instantiate, or take the instance that was made early
3. call by the byte lane, or with dynamic values where a component could not be wrapped; check the answer
4. close the store, whatever happened, or let the caller do so once it has told the answer; a failure is classified around that,
   because its evidence is in the memory map
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from wasmtime import Engine, WasmtimeError
from wasmtime.component import Component, Linker

from runner.engine import private
from runner.engine.call import Context, Limits, Request, Response
from runner.engine.config import new_engine
from runner.engine.early import MAX_SECONDS, Early, Handler
from runner.engine.exchange import through_lane, through_values
from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.lane.text import EXPORT
from runner.engine.memory import PoolMap
from runner.engine.output import Output
from runner.engine.response import check_response
from runner.engine.slots import Slots, store_limits
from runner.engine.ticker import Ticker, ticks_for
from runner.engine.traps import classify, may_be_memory, of_loading
from runner.engine.wasi import Running, define_wasi, running

Interfaces = dict[str, dict[str, private.HostCallback]]
"""Host functions by the full name of their interface, e.g. `alga:extension/storage`, and their own."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call; `print_line` takes ("stdout" or "stderr", a line) on the calling thread and must not raise."""

    context: Context
    request: Request
    limits: Limits
    print_line: Callable[[str, str], None]


class Runtime:
    """An engine with what calls share: pool, linker with WASI and the host functions, ticker. Make one per process.

    `slots.lanes` calls can run in it at once, and no more.
    """

    def __init__(self, interfaces: Interfaces, slots: Slots = Slots()) -> None:  # noqa: B008 - frozen
        self.engine: Engine = new_engine(slots)
        self._pool = PoolMap.of_new_pool(slots.address_bytes)
        self._pool.want_large_pages()
        self._linker = Linker(self.engine)
        define_wasi(self._linker)
        for name, functions in interfaces.items():
            private.define(self._linker, name, functions)
        self._ticker = Ticker(self.engine)
        self._closing = threading.Lock()  # what vanishes from the memory map while a failure is looked at was that call's

    def load(self, artifact: Path) -> Handler:
        """Load an artifact that this installation compiled and authenticated: it is machine code.

        Raises NOT_RUNNABLE, and MEMORY_EXCEEDED for a memory that begins larger than any call may have it here.
        """
        try:
            return self.handler(Component.deserialize_file(self.engine, str(artifact)))
        except WasmtimeError as error:
            raise of_loading(str(error)) from None

    def handler(self, component: Component) -> Handler:
        """A component of this runtime's engine. Raises NOT_RUNNABLE when it exports no handler."""
        if (lane := component.get_export_index(EXPORT)) is not None:
            return Handler(component, lane, wrapped=True)
        export = component.get_export_index("handler")
        if export is None:
            raise GuestFailed(GuestReason.NOT_RUNNABLE, "the component does not export `handler`")
        return Handler(component, export, wrapped=False)

    def invoke(self, handler: Handler, call: Call, early: Early | None = None, later: list[Early] | None = None) -> Response:
        """Run the handler. Blocks for at most the call's time. Raises GuestFailed, and PoolExhausted when there is no slot.

        `early` is used or dropped. With `later`, the instance that answered is put there for the caller to `drop` when the answer
        is on its way: that takes a tenth of a small call.
        """
        ends = time.monotonic() + call.limits.seconds
        stdout = Output(lambda line: call.print_line("stdout", line))
        stderr = Output(lambda line: call.print_line("stderr", line))
        # 1. limits, deadline and WASI
        run = Running(call.limits.seconds, stdout, stderr)
        memory, ticks = call.limits.memory_bytes, ticks_for(call.limits.seconds)
        if early is not None and not early.fits(handler, memory):
            self.drop(early)
            early = None
        with self._ticker:
            used = early or self._store(handler, memory, ticks)
            instance = used.instance
            token = running.set(run)
            try:
                # 2. instantiate, or take the instance that was made early
                if early is None:
                    instance.instantiate(self._linker, handler.component, handler.export)
                else:
                    instance.set_deadline(ticks)
                # 3. call by the byte lane, or with dynamic values where a component could not be wrapped; check the answer
                exchange = through_lane if handler.wrapped else through_values
                response = exchange(instance, call.context, call.request, call.limits)
                check_response(response.status, response.headers)
                if later is not None:
                    later.append(used)
            except LookupError as error:
                raise GuestFailed(GuestReason.NOT_RUNNABLE, str(error)) from None
            except WasmtimeError as error:
                self._fail(instance, error, run, call.limits)
            finally:
                # 4. close the store
                if not later:
                    self.drop(used)
                running.reset(token)
                stdout.finish()
                stderr.finish()
        if time.monotonic() > ends:
            raise GuestFailed(GuestReason.TIMED_OUT, "the answer came after the deadline")
        return response

    def prepare(self, handler: Handler, memory_bytes: int) -> Early | None:
        """An instance for a call that may come, or None where one cannot be made before its call."""
        if not handler.early:
            return None
        began = time.thread_time()  # of this thread alone: on a busy machine everything takes long
        early = self._store(handler, memory_bytes, ticks_for(MAX_SECONDS))
        token = private.refusing.set(True)
        try:
            with self._ticker:
                early.instance.instantiate(self._linker, handler.component, handler.export)
        except (LookupError, WasmtimeError):
            handler.early = False
            self.drop(early)
            return None
        finally:
            private.refusing.reset(token)
        handler.early = time.thread_time() - began < MAX_SECONDS
        return early

    def drop(self, early: Early) -> None:
        """Close the store of an instance; legal more than once."""
        with self._closing:
            early.instance.close()

    def _store(self, handler: Handler, memory_bytes: int, ticks: int) -> Early:
        limits = store_limits(memory_bytes, wrapped=handler.wrapped)
        return Early(handler, memory_bytes, private.Instance(self.engine, limits=limits, ticks=ticks))

    def _fail(self, instance: private.Instance, error: WasmtimeError, run: Running, limits: Limits) -> NoReturn:
        text = str(error)
        near = False
        if may_be_memory(text):
            with self._closing:
                before = self._pool.large(limits.memory_bytes)
                instance.close()
                near = bool(before - self._pool.large(limits.memory_bytes)) if before else False
        raise classify(text, told=run.failure, exit_code=run.exit_code, stderr=run.stderr.tail, memory_near_limit=near) from None
