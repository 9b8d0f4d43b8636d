"""Recorded exchanges as the wire formats see them: heads, bodies and streams as bytes."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from corpus import index, sequence
from sealegs.flow import Event
from sealegs.framing import framer
from sealegs.wire import Assembler, RequestHead, Wire
from sealegs_plugins.wires import ALL

WIRES = {wire.name: wire for wire in ALL}


@dataclass(frozen=True)
class Recorded:
    """One exchange of a recorded sequence whose wire format is known."""

    name: str
    wire: Wire
    head: RequestHead
    request: Any
    status: int
    encoding: str
    response: Any

    @property
    def body(self) -> bytes:
        return json.dumps(self.request, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @property
    def stream(self) -> bytes:
        """The reply's bytes, where it streams; an empty text otherwise."""
        if self.encoding in ("sse", "ndjson"):
            return str(self.response).encode()
        if self.encoding == "aws-eventstream":
            return base64.b64decode(self.response["base64"])
        if self.encoding == "chunks" and self.wire.framing == "sse":
            return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in self.response)
        return b""


def head_of(request: dict[str, Any]) -> RequestHead:
    path, _, query = request["url_path"].partition("?")
    host = (request["host"] or "localhost").lower()
    path = "/" + path.partition("/")[2]  # a recorder may have put a placeholder for the base URL
    return RequestHead(request["method"], f"https://{host}{path}", host, path, query)


def claimed(head: RequestHead) -> Wire | None:
    """The first format, by name, that claims a request, as the catalog does it."""
    return next((wire for _, wire in sorted(WIRES.items()) if wire.claims(head)), None)


def _wire(head: RequestHead, row: str) -> Wire | None:
    found = claimed(head)
    # some recordings lack the host, which tells Mistral from others
    return WIRES.get(row) if found and found.name == "openai-chat" and row == "mistral" else found


def _of_row(row: dict[str, Any]) -> Iterator[tuple[str, Recorded]]:
    for number, exchange in enumerate(sequence(row["file"])["exchanges"]):
        request, response = exchange["request"], exchange["response"]
        head = head_of(request) if request else RequestHead("POST", "", "", "")
        wire = _wire(head, row["wire"]) if request else WIRES.get(row["wire"])
        if wire is None or response is None:
            continue
        yield (
            row["file"],
            Recorded(
                f"{row['file']}#{number}",
                wire,
                head,
                request and request["body"],
                response["status"],
                response["body_encoding"],
                response["body"],
            ),
        )


@functools.cache
def exchanges() -> Sequence[Recorded]:
    """Every recorded exchange in one of our formats."""
    return [one for row in index() for _, one in _of_row(row)]


def streams() -> Sequence[Recorded]:
    """Every recorded reply that streams."""
    return [one for one in exchanges() if one.stream]


def events(wire: Wire, pieces: Sequence[bytes]) -> list[Event]:
    """Frame a stream that comes in pieces."""
    cut = framer(wire.framing)
    found = [event for piece in pieces for event in cut.feed(piece)]
    return found + cut.close()


def assembled(wire: Wire, found: Sequence[Event]) -> Assembler:
    """Feed a stream's events to a fresh assembler."""
    assembler = wire.assembler()
    for event in found:
        if event.text:
            assembler.feed(event.name, event.data)
    return assembler
