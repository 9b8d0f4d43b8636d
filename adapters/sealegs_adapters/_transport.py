"""The transports themselves: one implementation, made for each HTTP package at its first use."""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from sealegs.drivers import AsyncPerformer, Performer, arun, run
from sealegs.flow import Call, Ending, Reply
from sealegs.perturbation.faults import TransportFault
from sealegs.pipeline import Run
from sealegs.streams import Stream
from sealegs_adapters._faults import amet, apaced, is_disturbed, met, paced
from sealegs_adapters._requests import (
    answer,
    as_sent,
    awhole,
    named,
    outgoing,
    streams,
    whole,
    without_ours,
)
from sealegs_adapters._tapping import AsyncTap, Tap, Tapping

__all__ = ["Taps", "taps"]


@dataclass(frozen=True, slots=True)
class Taps:
    """The two transport classes for one package."""

    synchronous: Any
    asynchronous: Any


@cache
def taps(library: Any) -> Taps:
    """Make the transport classes for a package. They subclass its own, so its clients take them."""

    class Port:
        def __init__(self, inner: Any, request: Any, sent: bytes) -> None:
            self.inner, self.request, self.sent = inner, request, sent

        def send(self, call: Call) -> Reply:
            request = outgoing(library, self.request, call, self.sent)
            response = self.inner.handle_request(request)
            response.request = request
            headers = named(response.headers)
            body = None if streams(headers) else whole(response, headers)
            return Reply(response.status_code, headers, body, response)

        def close(self, reply: Reply) -> None:
            if reply.native is not None:
                reply.native.close()

    class AsyncPort:
        def __init__(self, inner: Any, request: Any, sent: bytes) -> None:
            self.inner, self.request, self.sent = inner, request, sent

        async def send(self, call: Call) -> Reply:
            request = outgoing(library, self.request, call, self.sent)
            response = await self.inner.handle_async_request(request)
            response.request = request
            headers = named(response.headers)
            body = None if streams(headers) else await awhole(response, headers)
            return Reply(response.status_code, headers, body, response)

        async def close(self, reply: Reply) -> None:
            if reply.native is not None:
                await reply.native.aclose()

    class Body(library.SyncByteStream):  # type: ignore[misc]
        """A streamed body on its way through. Ends its run however it ends itself."""

        def __init__(self, reply: Reply, run_: Run, perform: Performer) -> None:
            self._reply, self._perform = reply, perform
            self._stream = run_.stream(reply)
            _end_when_dropped(self, self._stream)

        def __iter__(self) -> Iterator[bytes]:
            ending = Ending.CLOSED
            try:
                push, native = self._stream.push, self._reply.native
                pieces = (
                    native.iter_raw()
                    if as_sent(native, named(native.headers))
                    else native.iter_bytes()
                )
                if is_disturbed(self._reply):
                    pieces = paced(pieces, self._reply, self._stream, self._perform)
                for data in pieces:
                    out = push(data)
                    if out is None:
                        out = run(self._stream.settle(), self._perform)
                    if out:
                        yield out
                tail = run(self._stream.close(), self._perform)
                if tail:
                    yield tail
            except GeneratorExit:
                raise
            except TransportFault as fault:
                ending = Ending.FAILED
                request = self._reply.native.request
                raise met(library, fault, request, self._perform, midway=True) from None
            except BaseException:
                ending = Ending.FAILED
                raise
            finally:
                run(self._stream.abandon(ending), self._perform)

        def close(self) -> None:
            self._reply.native.close()
            run(self._stream.abandon(Ending.CLOSED), self._perform)

    class AsyncBody(library.AsyncByteStream):  # type: ignore[misc]
        """As `Body`, on an event loop."""

        def __init__(self, reply: Reply, run_: Run, perform: AsyncPerformer) -> None:
            self._reply, self._perform = reply, perform
            self._stream = run_.stream(reply)
            _end_when_dropped(self, self._stream)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            ending = Ending.CLOSED
            try:
                push, native = self._stream.push, self._reply.native
                sent = (
                    native.aiter_raw()
                    if as_sent(native, named(native.headers))
                    else native.aiter_bytes()
                )
                if is_disturbed(self._reply):
                    sent = apaced(sent, self._reply, self._stream, self._perform)
                async with aclosing(sent) as pieces:
                    async for data in pieces:
                        out = push(data)
                        if out is None:
                            out = await arun(self._stream.settle(), self._perform)
                        if out:
                            yield out
                tail = await arun(self._stream.close(), self._perform)
                if tail:
                    yield tail
            except GeneratorExit:
                raise
            except TransportFault as fault:
                ending = Ending.FAILED
                request = self._reply.native.request
                raise await amet(library, fault, request, self._perform, midway=True) from None
            except BaseException:
                ending = Ending.FAILED
                raise
            finally:
                await arun(self._stream.abandon(ending), self._perform)

        async def aclose(self) -> None:
            await self._reply.native.aclose()
            await arun(self._stream.abandon(Ending.CLOSED), self._perform)

    class Synchronous(Tap, library.BaseTransport):  # type: ignore[misc]
        def __init__(self, inner: Any, tapping: Tapping) -> None:
            self.inner, self._tapping = inner, tapping

        def handle_request(self, request: Any) -> Any:
            head = self._tapping.head(request)
            body = b"" if head is None else request.read()
            begun = None if head is None else self._tapping.begin(head, body)
            if begun is None:
                return self.inner.handle_request(without_ours(library, request))
            perform = Performer(Port(self.inner, request, body), self._tapping.pipeline.store)
            try:
                reply = run(begun.exchange(), perform)
            except TransportFault as fault:
                raise met(library, fault, request, perform) from None
            if reply.streams:
                return answer(library, reply, Body(reply, begun, perform))
            return answer(library, reply, library.ByteStream(reply.body))

        def __enter__(self) -> Any:
            self.inner.__enter__()
            return self

        def __exit__(self, *how: Any) -> None:
            self.inner.__exit__(*how)

        def close(self) -> None:
            self.inner.close()

    class Asynchronous(AsyncTap, library.AsyncBaseTransport):  # type: ignore[misc]
        def __init__(self, inner: Any, tapping: Tapping) -> None:
            self.inner, self._tapping = inner, tapping

        async def handle_async_request(self, request: Any) -> Any:
            head = self._tapping.head(request)
            body = b"" if head is None else await request.aread()
            begun = None if head is None else self._tapping.begin(head, body)
            if begun is None:
                return await self.inner.handle_async_request(without_ours(library, request))
            port = AsyncPort(self.inner, request, body)
            timeout = self._tapping.pipeline.settings.store_timeout_seconds
            perform = AsyncPerformer(port, self._tapping.pipeline.store, timeout)
            try:
                reply = await arun(begun.exchange(), perform)
            except TransportFault as fault:
                raise await amet(library, fault, request, perform) from None
            if reply.streams:
                return answer(library, reply, AsyncBody(reply, begun, perform))
            return answer(library, reply, library.ByteStream(reply.body))

        async def __aenter__(self) -> Any:
            await self.inner.__aenter__()
            return self

        async def __aexit__(self, *how: Any) -> None:
            await self.inner.__aexit__(*how)

        async def aclose(self) -> None:
            await self.inner.aclose()

    return Taps(Synchronous, Asynchronous)


class _Nobody:
    """Performs nothing. A dropped body may end anywhere, even inside the store's own lock."""

    def __call__(self, effect: object) -> Any:
        raise OSError("the stream was dropped without being closed")


def _end_when_dropped(body: Any, stream: Stream) -> None:
    """See to it that a body which nobody closes still ends its run."""
    weakref.finalize(body, _drop, stream).atexit = False


def _drop(stream: Stream) -> None:
    with suppress(Exception):
        run(stream.abandon(Ending.CLOSED), _Nobody())
