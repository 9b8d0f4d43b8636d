"""Requests and responses of httpx and httpx2, on their way through a tap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from sealegs.flow import Call, Reply

__all__ = ["answer", "as_sent", "awhole", "named", "outgoing", "streams", "whole", "without_ours"]

_STREAMS = ("text/event-stream", "application/x-ndjson", "application/vnd.amazon.eventstream")
_OURS_RAW = b"x-sealegs-"
_is_ours = re.compile(_OURS_RAW.decode()).match
# These speak of bytes on the wire, which a body that was decompressed or edited is not any more.
_LENGTHS = (b"content-length", b"content-encoding")


def named(headers: Any) -> Mapping[str, str]:
    """Give headers by their names in lower case; the package's own mapping is far slower to ask."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers.raw}


def without_ours(library: Any, request: Any) -> Any:
    """Take our own headers off a request that is none of ours otherwise."""
    if not any(map(_is_ours, request.headers)):
        return request
    return _rebuilt(library, request, request.headers, request.stream)


def _rebuilt(library: Any, request: Any, headers: Any, stream: Any) -> Any:
    kept = [(name, value) for name, value in headers.raw if not name.lower().startswith(_OURS_RAW)]
    return library.Request(
        request.method, request.url, headers=kept, stream=stream, extensions=request.extensions
    )


def outgoing(library: Any, request: Any, call: Call, sent: bytes) -> Any:
    """Make the request that goes out; one without an edit is the very request that came."""
    body = call.document.encode()
    ours = any(map(_is_ours, call.head.headers))
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
    made = library.Request(
        request.method, request.url, headers=headers, stream=stream, extensions=request.extensions
    )
    made.read()  # so that whoever looks at the request finds its content
    return made


def streams(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").lower().startswith(_STREAMS)


def as_sent(response: Any, headers: Mapping[str, str]) -> bool:
    """Whether a body's bytes are what they say, so that reading them takes no decoder."""
    return not response.is_stream_consumed and "content-encoding" not in headers


def whole(response: Any, headers: Mapping[str, str]) -> bytes:
    """Read a whole body."""
    if not as_sent(response, headers):
        return bytes(response.read())
    return b"".join(response.iter_raw())


async def awhole(response: Any, headers: Mapping[str, str]) -> bytes:
    """As `whole`, on an event loop."""
    if not as_sent(response, headers):
        return bytes(await response.aread())
    async with aclosing(response.aiter_raw()) as pieces:
        return b"".join([piece async for piece in pieces])


def answer(library: Any, reply: Reply, stream: Any) -> Any:
    """Make the client's response: status and headers as they came, the body as it leaves now.

    The body is decompressed already, so headers that speak of its bytes on the wire are gone.
    """
    native = reply.native
    if native is None:  # a layer answered in the model's place
        return library.Response(reply.status, headers=dict(reply.headers), stream=stream)
    gone = _LENGTHS if reply.body is None else (*_LENGTHS, b"transfer-encoding")
    headers = [(name, value) for name, value in native.headers.raw if name.lower() not in gone]
    if reply.body is not None:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    return library.Response(
        reply.status, headers=headers, stream=stream, extensions=native.extensions
    )
