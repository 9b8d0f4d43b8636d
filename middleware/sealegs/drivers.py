"""The two drivers, sync and async: the only code that performs effects."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import msgspec

from sealegs.exchange import Attempt
from sealegs.flow import Call, Close, Effect, Load, Reply, Save, Send
from sealegs.records import Found, Store

__all__ = ["AsyncPerformer", "AsyncPort", "Performer", "Port", "arun", "run", "sleep"]

E = TypeVar("E")
R = TypeVar("R")


class Port(Protocol):
    """How a tap reaches the model, for sync clients."""

    def send(self, call: Call) -> Reply:
        """Send the call; a whole body is read and decompressed, a stream is left unread."""
        ...

    def close(self, reply: Reply) -> None:
        """Give the reply's connection back."""
        ...


class AsyncPort(Protocol):
    """How a tap reaches the model, for async clients."""

    async def send(self, call: Call) -> Reply:
        """Send the call."""
        ...

    async def close(self, reply: Reply) -> None:
        """Give the reply's connection back."""
        ...


class Performer(msgspec.Struct, frozen=True):
    """Performs effects where blocking is allowed."""

    port: Port
    store: Store

    def __call__(self, effect: Effect) -> Any:
        """Perform one effect and give its answer."""
        match effect:
            case Send(call):
                started, status = time.time_ns(), 0
                try:
                    reply = self.port.send(call)
                    status = reply.status
                finally:
                    call.ledger.attempts.append(Attempt(started, time.time_ns(), status))
                return reply
            case Load(keys):
                return self.store.load(keys)
            case Save(record, keys):
                self.store.save(record, keys)
            case Close(reply):
                with suppress(Exception):  # nobody reads it any more
                    self.port.close(reply)
            case _:
                time.sleep(effect.seconds)
        return None


class AsyncPerformer(msgspec.Struct, frozen=True):
    """Performs effects on an event loop; a store that blocks is asked in a thread, for a time."""

    port: AsyncPort
    store: Store
    timeout: float

    async def __call__(self, effect: Effect) -> Any:
        """Perform one effect and give its answer."""
        match effect:
            case Send(call):
                started, status = time.time_ns(), 0
                try:
                    reply = await self.port.send(call)
                    status = reply.status
                finally:
                    call.ledger.attempts.append(Attempt(started, time.time_ns(), status))
                return reply
            case Load(keys):
                return await self._load(keys)
            case Save(record, keys):
                if self.store.blocks and _on_asyncio():
                    saving = asyncio.to_thread(self.store.save, record, keys)
                    await asyncio.wait_for(saving, self.timeout)
                else:
                    self.store.save(record, keys)
            case Close(reply):
                with suppress(Exception):  # nobody reads it any more
                    await self.port.close(reply)
            case _:
                await sleep(effect.seconds)
        return None

    async def _load(self, keys: Any) -> Mapping[bytes, Found]:
        if not self.store.blocks or not _on_asyncio():
            return self.store.load(keys)
        return await asyncio.wait_for(asyncio.to_thread(self.store.load, keys), self.timeout)


def _on_asyncio() -> bool:
    """Whether this runs on asyncio. On another loop a store is asked in place."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def sleep(seconds: float) -> None:
    """Wait on whatever event loop this is."""
    if _on_asyncio():
        await asyncio.sleep(seconds)
    else:
        import anyio  # another loop is there only through it

        await anyio.sleep(seconds)


def run(flow: Generator[E, Any, R], perform: Callable[[E], Any]) -> R:
    """Drive a flow to its end, performing what it yields."""
    try:
        effect = next(flow)
        while True:
            try:
                answer = perform(effect)
            except BaseException as error:
                effect = flow.throw(error)
            else:
                effect = flow.send(answer)
    except StopIteration as done:
        result: R = done.value
        return result
    finally:
        flow.close()


async def arun(flow: Generator[E, Any, R], perform: Callable[[E], Awaitable[Any]]) -> R:
    """Drive a flow to its end on an event loop."""
    try:
        effect = next(flow)
        while True:
            try:
                answer = await perform(effect)
            except BaseException as error:
                effect = flow.throw(error)
            else:
                effect = flow.send(answer)
    except StopIteration as done:
        result: R = done.value
        return result
    finally:
        flow.close()
