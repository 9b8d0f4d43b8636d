"""Faults as a client of httpx or httpx2 meets them: its own exceptions, after its own time."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import Any

from sealegs.drivers import AsyncPerformer, Performer, arun, run
from sealegs.flow import Reply, wait
from sealegs.perturbation.edits import RaisedKind
from sealegs.perturbation.faults import TransportFault
from sealegs.streams import Stream

__all__ = ["amet", "apaced", "is_disturbed", "met", "paced"]

# What httpx raises, and the words that it has for it (httpcore passes on those of the system).
_ERRORS: dict[RaisedKind, tuple[str, str]] = {
    "connect": ("ConnectError", "[Errno 111] Connection refused"),
    "dns": ("ConnectError", "[Errno -2] Name or service not known"),
    "tls": ("ConnectError", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    "reset": ("ReadError", "[Errno 104] Connection reset by peer"),
    "protocol": ("RemoteProtocolError", "Server disconnected without sending a response."),
    "connect_timeout": ("ConnectTimeout", "timed out"),
    "read_timeout": ("ReadTimeout", "The read operation timed out"),
    "pool_timeout": ("PoolTimeout", ""),
}
_CUT = "peer closed connection without sending complete message body (incomplete chunked read)"
# Which of the client's time limits runs while a thing happens, and what it raises.
_LIMITS: dict[RaisedKind, tuple[str, RaisedKind]] = {
    "connect": ("connect", "connect_timeout"),
    "dns": ("connect", "connect_timeout"),
    "tls": ("connect", "connect_timeout"),
    "connect_timeout": ("connect", "connect_timeout"),
    "pool_timeout": ("pool", "pool_timeout"),
}
_READING: tuple[str, RaisedKind] = ("read", "read_timeout")


def met(
    library: Any, fault: TransportFault, request: Any, perform: Performer, *, midway: bool = False
) -> Exception:
    """Wait as long as a fault takes, and give the exception with which the client meets it.

    Args:
        library: the package, httpx or httpx2.
        fault: what happens.
        request: whose time limits hold.
        perform: waits.
        midway: whether the reply's body had begun.
    """
    seconds, error = _error(library, fault, request, midway)
    if seconds > 0:
        run(wait(seconds), perform)
    return error


async def amet(
    library: Any,
    fault: TransportFault,
    request: Any,
    perform: AsyncPerformer,
    *,
    midway: bool = False,
) -> Exception:
    """As `met`, on an event loop."""
    seconds, error = _error(library, fault, request, midway)
    if seconds > 0:
        await arun(wait(seconds), perform)
    return error


def _error(
    library: Any, fault: TransportFault, request: Any, midway: bool
) -> tuple[float, Exception]:
    """Say how long it takes, and what is raised: where the client's own limit comes first, that."""
    if fault.told is not None:
        fault.told()
    kind, seconds = fault.kind, fault.seconds
    name, timeout = _LIMITS.get(kind, _READING)
    limit = _limits(request).get(name)
    if limit is not None and seconds > limit:
        kind, seconds = timeout, limit
    error, text = _ERRORS[kind]
    if midway and kind == "protocol":
        text = _CUT
    return seconds, getattr(library, error)(text, request=request)


def _limits(request: Any) -> dict[str, float | None]:
    found: dict[str, float | None] = request.extensions.get("timeout") or {}
    return found


def is_disturbed(reply: Reply) -> bool:
    """Say whether a streamed reply comes slowly or otherwise than the provider sends it."""
    return reply.pace is not None or bool(reply.disturbances)


def paced(
    pieces: Iterator[bytes], reply: Reply, stream: Stream, perform: Performer
) -> Iterator[bytes]:
    """Give a body's pieces at the reply's pace, up to where a disturbance ends it.

    Raises:
        TransportFault: the disturbance says so, or a piece takes longer than the client waits.
    """
    slow = _slow(reply)
    for number in itertools.count():
        piece = next(pieces, None)
        if piece is None:
            break
        if seconds := slow(number):
            run(wait(seconds), perform)
        yield piece
        if stream.over:
            break
    stream.meet()


async def apaced(
    pieces: AsyncGenerator[bytes, None], reply: Reply, stream: Stream, perform: AsyncPerformer
) -> AsyncGenerator[bytes, None]:
    """As `paced`, on an event loop."""
    slow, number = _slow(reply), 0
    async with aclosing(pieces):
        async for piece in pieces:
            if seconds := slow(number):
                await arun(wait(seconds), perform)
            yield piece
            if stream.over:
                break
            number += 1
    stream.meet()


def _slow(reply: Reply) -> Callable[[int], float]:
    """Give the pace, bounded by what the client waits for the next bytes."""
    pace = reply.pace
    limit = _limits(reply.native.request).get("read")

    def slow(number: int) -> float:
        seconds = pace(number) if pace is not None else 0.0
        if limit is not None and seconds > limit:
            raise TransportFault("read_timeout", seconds)
        return seconds

    return slow
