"""Bytes in, whole events out: server-sent events, lines of JSON, AWS event streams.

A framer never changes a byte: joined, the events' raw bytes are the bytes that came in. Any way of
cutting the stream into chunks gives the same events.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import TYPE_CHECKING, Protocol

from sealegs.flow import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sealegs.wire import Framing

__all__ = ["Framer", "framer", "sse_event"]

_LIMIT = 64 * 1024 * 1024


class Framer(Protocol):
    """Cuts a stream of bytes into events."""

    def feed(self, data: bytes, /) -> list[Event]:
        """Take bytes, and give the events that they complete.

        Raises:
            ValueError: they are not framed so; `close` then gives all that no event has given.
        """
        ...

    def close(self) -> list[Event]:
        """Give what is left when the stream has ended: an event that lacks its last blank line."""
        ...

    def write(self, event: Event, data: bytes, /) -> bytes:
        """Frame new data as the event was framed, under the event's name."""
        ...


class _Sse:
    """Server-sent events (WHATWG HTML, section 9.2), lines ended by LF, CRLF or CR.

    One stream is taken to keep to one of the three; an LF followed by a lone CR is no blank line.
    """

    __slots__ = ("_rest", "_scanned")

    def __init__(self) -> None:
        self._rest, self._scanned = b"", 0

    def feed(self, data: bytes, /) -> list[Event]:
        if not self._rest and _is_simple(data):  # most servers send an event at a time
            return [Event(data, "", data[6:-2])]
        text = self._rest + data if self._rest else data
        events: list[Event] = []
        position, scan = 0, self._scanned
        while (end := _blank_line(text, scan)) >= 0:
            events.append(sse_event(text[position:end]))
            position = scan = end
        self._rest = text
        _check(len(text) - position)
        self._rest = text[position:] if position else text
        # a blank line's end may be cut: look at the last three bytes once more
        self._scanned = max(0, len(self._rest) - 3)
        return events

    def close(self) -> list[Event]:
        rest, self._rest, self._scanned = self._rest, b"", 0
        return [sse_event(rest)] if rest else []

    def write(self, event: Event, data: bytes, /) -> bytes:
        head = b"event: " + event.name.encode() + b"\n" if event.name else b""
        return head + b"data: " + data + b"\n\n"


def _blank_line(text: bytes, start: int) -> int:
    """Find the end of the first blank line at or after a place, or -1."""
    found = text.find(b"\n\n", start)
    best = found + 2 if found >= 0 else -1
    if text.find(b"\r", start, best if best > 0 else len(text)) < 0:
        return best
    for mark in (b"\r\n\r\n", b"\n\r\n", b"\r\r"):
        found = text.find(mark, start)
        if found >= 0 and (best < 0 or found + len(mark) < best):
            best = found + len(mark)
    return best


def _is_simple(raw: bytes) -> bool:
    """Whether this is one event, whole, of nothing but one line of data."""
    return (
        raw.startswith(b"data: ")
        and raw.endswith(b"\n\n")
        and raw.count(b"\n") == 2
        and b"\r" not in raw
    )


def sse_event(raw: bytes) -> Event:
    r"""Read one server-sent event.

    >>> event = sse_event(b"event: ping\ndata: {}\n\n")
    >>> event.name, event.text
    ('ping', b'{}')
    """
    if _is_simple(raw):
        return Event(raw, "", raw[6:-2])
    name, data = "", list[bytes]()
    for line in raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        key, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if key == b"data":
            data.append(value)
        elif key == b"event":
            name = value.decode("utf-8", "replace")
    return Event(raw, name, b"\n".join(data))


class _Ndjson:
    """One JSON value a line."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes, /) -> list[Event]:
        self._rest += data
        lines = self._rest.split(b"\n")
        _check(len(lines[-1]))
        self._rest = lines.pop()
        return [Event(line + b"\n", "", line.strip()) for line in lines]

    def close(self) -> list[Event]:
        rest, self._rest = self._rest, b""
        return [Event(rest, "", rest.strip())] if rest else []

    def write(self, event: Event, data: bytes, /) -> bytes:
        return data + b"\n"


class _AwsEventStream:
    """AWS's binary framing: lengths and CRC, headers, payload, CRC (big-endian).

    The prelude and its checksum are checked, so that a torn stream is not read as data.
    """

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes, /) -> list[Event]:
        self._rest = text = self._rest + data if self._rest else data
        events: list[Event] = []
        position = 0
        while len(text) - position >= 16:
            total, headers_length, checksum = struct.unpack_from(">III", text, position)
            prelude = text[position : position + 8]
            if _crc(prelude) != checksum or total < 16 + headers_length or total > _LIMIT:
                raise ValueError("an AWS event stream has a damaged prelude")
            if len(text) - position < total:
                break
            events.append(_aws_event(text[position : position + total], headers_length))
            position += total
        self._rest = text[position:]
        return events

    def close(self) -> list[Event]:
        rest, self._rest = self._rest, b""
        return [Event(rest, "", b"")] if rest else []

    def write(self, event: Event, data: bytes, /) -> bytes:
        headers_length = struct.unpack_from(">I", event.raw, 4)[0]
        headers = _named(event.raw[12 : 12 + headers_length], event.name)
        if event.raw[12 + headers_length :].startswith(_WRAP):
            data = _WRAP + b'"' + base64.b64encode(data) + b'"}'
        prelude = struct.pack(">II", 16 + len(headers) + len(data), len(headers))
        frame = prelude + struct.pack(">I", _crc(prelude)) + headers + data
        return frame + struct.pack(">I", _crc(frame))


def _aws_event(frame: bytes, headers_length: int) -> Event:
    headers = _aws_headers(frame[12 : 12 + headers_length])
    name = headers.get(":exception-type") or headers.get(":event-type") or ""
    return Event(frame, name, _unwrapped(frame[12 + headers_length : -4]))


_TYPE = b"\x0b:event-type\x07"


def _named(headers: bytes, name: str) -> bytes:
    """Give an event's headers with its type set to a name."""
    start = headers.find(_TYPE) + len(_TYPE)
    if start < len(_TYPE):
        return headers
    end = start + 2 + struct.unpack_from(">H", headers, start)[0]
    text = name.encode()
    return headers[:start] + struct.pack(">H", len(text)) + text + headers[end:]


def _crc(data: bytes) -> int:
    return zlib.crc32(data)


_WRAP = b'{"bytes":'


def _unwrapped(payload: bytes) -> bytes:
    """InvokeModelWithResponseStream wraps its events in base64: ``{"bytes": "…"}``."""
    if not payload.startswith(_WRAP):
        return payload
    try:
        return base64.b64decode(json.loads(payload)["bytes"])
    except (ValueError, KeyError, TypeError):
        return payload


_FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}


def _aws_headers(block: bytes) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    position = 0
    while position < len(block):
        length = block[position]
        name = block[position + 1 : position + 1 + length].decode("utf-8", "replace")
        kind = block[position + 1 + length]
        position += 2 + length
        if kind in _FIXED:
            position += _FIXED[kind]
            continue
        size = struct.unpack_from(">H", block, position)[0]
        value = block[position + 2 : position + 2 + size]
        headers[name] = value.decode("utf-8", "replace")
        position += 2 + size
    return headers


def _check(length: int) -> None:
    if length > _LIMIT:
        raise ValueError(f"one event of a stream is longer than {_LIMIT} bytes")


_FRAMERS: Mapping[Framing, Callable[[], Framer]] = {
    "sse": _Sse,
    "ndjson": _Ndjson,
    "aws-eventstream": _AwsEventStream,
}


def framer(framing: Framing) -> Framer:
    """Make a fresh framer for a stream."""
    return _FRAMERS[framing]()


def joined(events: Iterable[Event]) -> bytes:
    """Join the raw bytes of events."""
    return b"".join(event.raw for event in events)
