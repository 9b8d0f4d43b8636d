"""Framing cuts a stream into events and changes no byte, however the stream is cut."""

from __future__ import annotations

import base64
import itertools
import json
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsontexts import patient
from sealegs.flow import Event
from sealegs.framing import framer
from sealegs.wire import Framing

FRAMINGS: tuple[Framing, ...] = ("sse", "ndjson", "aws-eventstream")


def framed(framing: Framing, pieces: Sequence[bytes]) -> list[Event]:
    cut = framer(framing)
    return [event for piece in pieces for event in cut.feed(piece)] + cut.close()


def facts(events: Sequence[Event]) -> list[tuple[bytes, str, bytes]]:
    return [(event.raw, event.name, event.text) for event in events]


def aws_frame(name: str, payload: bytes, kind: str = ":event-type") -> bytes:
    def header(key: str, value: str) -> bytes:
        text = value.encode()
        return bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(text)) + text

    flag = bytes([4]) + b"flag" + b"\x00"  # a header that is no text
    headers = header(kind, name) + flag + header(":message-type", "event")
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    frame = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return frame + struct.pack(">I", zlib.crc32(frame))


lines = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1, max_size=20)


@st.composite
def sse(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, str]]]:
    """Events by the standard, with one kind of line end, comments and other fields among them."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text, said = "", list[tuple[str, str]]()
    for _ in range(draw(st.integers(0, 6))):
        name, data = draw(st.just("") | lines), draw(st.lists(lines, min_size=1, max_size=3))
        name = name.removeprefix(" ")
        parts = [f"event: {name}"] if name else []
        parts += [f"data: {one}" for one in data]
        noise = st.sampled_from([": keep-alive", "id: 1", "retry: 10", ":"])
        parts += draw(st.lists(noise, max_size=2))
        text += end.join(parts) + end + end
        said.append((name, "\n".join(data)))
    return text.encode(), said


@patient
@given(sse())
def test_server_sent_events_are_read_by_the_standard(made: tuple[bytes, Any]) -> None:
    text, said = made
    events = framed("sse", [text])
    assert [(event.name, event.text.decode()) for event in events] == said
    assert b"".join(event.raw for event in events) == text


@st.composite
def streams(draw: st.DrawFn) -> tuple[Framing, bytes]:
    framing: Framing = draw(st.sampled_from(FRAMINGS))
    if framing == "sse":
        return framing, draw(sse())[0] + draw(st.sampled_from([b"", b"data: cut", b": x\n"]))
    if framing == "ndjson":
        made = draw(st.lists(st.dictionaries(lines, lines, max_size=2), max_size=5))
        end = draw(st.sampled_from([b"\n", b"\r\n"]))
        return framing, b"".join(json.dumps(one).encode() + end for one in made)
    payloads = draw(st.lists(st.tuples(lines, st.binary(max_size=30)), max_size=5))
    whole = b"".join(aws_frame(name, payload) for name, payload in payloads)
    return framing, whole[: len(whole) - draw(st.integers(0, 3))]


@patient
@given(streams(), st.data())
def test_any_way_of_cutting_a_stream_gives_the_same_events(
    made: tuple[Framing, bytes], data: Any
) -> None:
    framing, text = made
    places = st.lists(st.integers(0, len(text)), max_size=8)
    cuts = sorted({0, len(text), *data.draw(places)})
    pieces = [text[a:b] for a, b in itertools.pairwise(cuts)]
    whole = facts(framed(framing, [text]))
    assert facts(framed(framing, pieces)) == whole
    assert facts(framed(framing, [text[n : n + 1] for n in range(len(text))])) == whole
    assert b"".join(raw for raw, _, _ in whole) == text


def test_an_event_leaves_with_the_byte_that_completes_it() -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        cut = framer("sse")
        assert cut.feed(b"data: a" + end + end[:-1]) == []
        assert facts(cut.feed(end[-1:])) == [(b"data: a" + end + end, "", b"a")]


def test_a_comment_alone_is_an_event_without_data() -> None:
    events = framed("sse", [b": keep-alive\n\ndata:{}\n\n"])
    assert [(event.text, event.data) for event in events] == [(b"", None), (b"{}", {})]


def test_what_is_no_json_is_given_as_text() -> None:
    (event,) = framed("sse", [b"data: [DONE]\n\n"])
    assert event.data == "[DONE]"


def test_a_cr_between_data_lines_separates_them() -> None:
    (event,) = framed("sse", [b"data: a\rdata: b\n\n"])
    assert event.text == b"a\nb"


@pytest.mark.parametrize(
    ("framing", "raw"),
    [
        ("sse", b"event: delta\ndata: 1\n\n"),
        ("sse", b"data: 1\r\n\r\n"),
        ("ndjson", b'{"a": 1}\n'),
        ("aws-eventstream", aws_frame("delta", b'{"a": 1}')),
        (
            "aws-eventstream",
            aws_frame("chunk", b'{"bytes":"' + base64.b64encode(b"{}") + b'","p":"ab"}'),
        ),
    ],
)
def test_new_data_is_framed_as_the_event_was(framing: Framing, raw: bytes) -> None:
    (event,) = framed(framing, [raw])
    new = framer(framing).write(event, b'{"b":2}')
    (read,) = framed(framing, [new])
    assert (read.name, read.data) == (event.name, {"b": 2})


def test_aws_exceptions_are_named() -> None:
    raw = aws_frame("throttlingException", b"{}", kind=":exception-type")
    assert framed("aws-eventstream", [raw])[0].name == "throttlingException"


def test_payloads_of_bedrock_invoke_are_unwrapped() -> None:
    inner = base64.b64encode(b'{"type":"ping"}').decode()
    raw = aws_frame("chunk", json.dumps({"bytes": inner}, separators=(",", ":")).encode())
    assert framed("aws-eventstream", [raw])[0].data == {"type": "ping"}


def test_a_damaged_aws_frame_is_refused() -> None:
    raw = bytearray(aws_frame("delta", b"{}"))
    raw[3] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        framer("aws-eventstream").feed(bytes(raw))
