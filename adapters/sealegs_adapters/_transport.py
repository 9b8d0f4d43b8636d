"""The transports themselves: one implementation, made for each HTTP package at its first use."""

from __future__ import annotations

import logging
import sys
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from sealegs.drivers import AsyncPerformer, Performer, arun, run
from sealegs.flow import Call, Ending, Reply
from sealegs.pipeline import Pipeline, Run
from sealegs.streams import Stream
from sealegs.wire import RequestHead

__all__ = ["AsyncTap", "Tap", "Tapping", "Taps", "library_of", "taps"]

_STREAMS = ("text/event-stream", "application/x-ndjson", "application/vnd.amazon.eventstream")
_OURS, _OURS_RAW = "x-sealegs-", b"x-sealegs-"
_log = logging.getLogger("sealegs")
# These speak of bytes on the wire, which a body that was decompressed or edited is not any more.
_LENGTHS = (b"content-length", b"content-encoding")


def library_of(thing: Any) -> ModuleType:
    """Find the package, httpx or httpx2, that a client or transport belongs to.

    Raises:
        TypeError: it belongs to neither.
    """
    for name in ("httpx2", "httpx"):
        library = sys.modules.get(name)
        if library is None:
            continue
        kinds = ("Client", "AsyncClient", "BaseTransport", "AsyncBaseTransport")
        if isinstance(thing, tuple(getattr(library, kind) for kind in kinds)):
            return library
    raise TypeError(
        f"expected a client or transport of httpx or httpx2, got {type(thing).__module__}."
        f"{type(thing).__qualname__}"
    )


class Tap:
    """Marks a sync transport of ours."""

    inner: Any


class AsyncTap:
    """Marks an async transport of ours."""

    inner: Any


@dataclass(frozen=True, slots=True)
class Taps:
    """The two transport classes for one package."""

    synchronous: Any
    asynchronous: Any


def _head(request: Any) -> RequestHead:
    url = request.url
    host = url.host.lower() + (f":{url.port}" if url.port else "")
    query = url.query.decode("latin-1")
    return RequestHead(
        request.method.upper(), str(url), host, url.path, query, _named(request.headers)
    )


def _named(headers: Any) -> Mapping[str, str]:
    """Give headers by their names in lower case; the package's own mapping is far slower to ask."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers.raw
    }


@dataclass(frozen=True, slots=True)
class Tapping:
    """What a tap works with.

    Attributes:
        pipeline: where calls go.
        adapter: the tap's name in records.
        session: names the conversation where the framework knows it; an empty string: it does not.
    """

    pipeline: Pipeline
    adapter: str = "http"
    session: Callable[[], str] | None = None

    def head(self, request: Any) -> RequestHead | None:
        """Read the head of a request that may be one to a model.

        Of any other, an upload for instance, the body must stay unread.
        """
        try:
            head = _head(request)
            if head.headers.get("authorization", "").startswith("AWS4-"):
                return None  # signed over its body: an edit would make the signature false
            return head if self.pipeline.claims(head) else None
        except Exception as error:
            _untouched(error)
            return None

    def begin(self, head: RequestHead, body: bytes) -> Run | None:
        """Begin a run; a fault of our own must not cost the caller the call."""
        try:
            known = self.session() if self.session else ""
            return self.pipeline.begin(head, body, adapter=self.adapter, session=known or None)
        except Exception as error:
            _untouched(error)
            return None


def _untouched(error: Exception) -> None:
    _log.warning("a request passed untouched: %s", type(error).__name__)
    _log.debug("a request passed untouched: %s", error)  # may quote what was said


def _without_ours(library: Any, request: Any) -> Any:
    """Take our own headers off a request that is none of ours otherwise."""
    if not any(name.startswith(_OURS) for name in request.headers):
        return request
    return _rebuilt(library, request, request.headers, request.stream)


def _rebuilt(library: Any, request: Any, headers: Any, stream: Any) -> Any:
    kept = [
        (name, value)
        for name, value in headers.raw
        if not name.lower().startswith(_OURS_RAW)
    ]
    return library.Request(
        request.method, request.url, headers=kept, stream=stream, extensions=request.extensions
    )


def _outgoing(library: Any, request: Any, call: Call, sent: bytes) -> Any:
    """Make the request that goes out; one without an edit is the very request that came."""
    body = call.document.encode()
    ours = any(name.startswith(_OURS) for name in call.head.headers)
    if body is sent and not call.headers and not ours:
        return request
    replaced = {b"content-length", b"transfer-encoding"}
    replaced.update(name.lower().encode() for name in call.headers)
    headers = [
        (name, value)
        for name, value in request.headers.raw
        if (low := name.lower()) not in replaced and not low.startswith(_OURS_RAW)
    ]
    headers += [(name.encode(), value.encode()) for name, value in call.headers.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    stream = library.ByteStream(body)
    outgoing = library.Request(
        request.method, request.url, headers=headers, stream=stream, extensions=request.extensions
    )
    outgoing.read()  # so that whoever looks at the request finds its content
    return outgoing


def _streams(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").lower().startswith(_STREAMS)


def _as_sent(response: Any) -> bool:
    """Whether a body's bytes are what they say, so that reading them takes no decoder."""
    return not response.is_stream_consumed and "content-encoding" not in response.headers


def _answer(library: Any, reply: Reply, stream: Any) -> Any:
    """Make the client's response: status and headers as they came, the body as it leaves now.

    The body is decompressed already, so headers that speak of its bytes on the wire are gone.
    """
    native = reply.native
    if native is None:  # a layer answered in the model's place
        return library.Response(reply.status, headers=dict(reply.headers), stream=stream)
    headers = [(name, value) for name, value in native.headers.raw if name.lower() not in _LENGTHS]
    if reply.body is not None:
        headers = [pair for pair in headers if pair[0].lower() != b"transfer-encoding"]
        headers.append((b"content-length", str(len(reply.body)).encode()))
    return library.Response(
        reply.status, headers=headers, stream=stream, extensions=native.extensions
    )


@cache
def taps(library: Any) -> Taps:
    """Make the transport classes for a package. They subclass its own, so its clients take them."""

    class Port:
        def __init__(self, inner: Any, request: Any, sent: bytes) -> None:
            self.inner, self.request, self.sent = inner, request, sent

        def send(self, call: Call) -> Reply:
            request = _outgoing(library, self.request, call, self.sent)
            response = self.inner.handle_request(request)
            response.request = request
            headers = _named(response.headers)
            body = None if _streams(headers) else response.read()
            return Reply(response.status_code, headers, body, response)

        def close(self, reply: Reply) -> None:
            if reply.native is not None:
                reply.native.close()

    class AsyncPort:
        def __init__(self, inner: Any, request: Any, sent: bytes) -> None:
            self.inner, self.request, self.sent = inner, request, sent

        async def send(self, call: Call) -> Reply:
            request = _outgoing(library, self.request, call, self.sent)
            response = await self.inner.handle_async_request(request)
            response.request = request
            headers = _named(response.headers)
            body = None if _streams(headers) else await response.aread()
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
                for data in native.iter_raw() if _as_sent(native) else native.iter_bytes():
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
                sent = native.aiter_raw() if _as_sent(native) else native.aiter_bytes()
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
                return self.inner.handle_request(_without_ours(library, request))
            perform = Performer(Port(self.inner, request, body), self._tapping.pipeline.store)
            reply = run(begun.exchange(), perform)
            if reply.streams:
                return _answer(library, reply, Body(reply, begun, perform))
            return _answer(library, reply, library.ByteStream(reply.body))

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
                return await self.inner.handle_async_request(_without_ours(library, request))
            port = AsyncPort(self.inner, request, body)
            timeout = self._tapping.pipeline.settings.store_timeout_seconds
            perform = AsyncPerformer(port, self._tapping.pipeline.store, timeout)
            reply = await arun(begun.exchange(), perform)
            if reply.streams:
                return _answer(library, reply, AsyncBody(reply, begun, perform))
            return _answer(library, reply, library.ByteStream(reply.body))

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
