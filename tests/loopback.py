"""A model server on 127.0.0.1 that says what a script tells it, and writes down all it is asked.

Answers are data: a status, headers, and the body in parts. A part is bytes, sent at once and on
their own, or an event, for which the server waits before it goes on.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

Part: TypeAlias = "bytes | threading.Event"
_PATIENCE = 20.0


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True)
class Answer:
    """One reply to be.

    ``cut``: the connection is closed after the parts, though the body has not ended.
    """

    parts: tuple[Part, ...] = ()
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    chunked: bool = False
    cut: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(part for part in self.parts if isinstance(part, bytes))

    def encoded(self, coding: str) -> Answer:
        """The same, compressed."""
        import brotli  # type: ignore[import-untyped]

        press: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "br": brotli.compress}
        headers = (*self.headers, ("content-encoding", coding))
        parts = (press[coding](self.body),)
        return replace(self, parts=parts, headers=headers)

    def in_pieces(self, size: int) -> Answer:
        """The same body in parts of a size, whatever they cut through."""
        body = self.body
        parts = tuple(body[at : at + size] for at in range(0, len(body), size))
        return replace(self, parts=parts, chunked=True)

    def cut_after(self, count: int) -> Answer:
        """The first parts only, and then no connection any more."""
        return replace(self, parts=self.parts[:count], chunked=True, cut=True)


def whole(value: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON body in one piece."""
    more = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    kind = ("content-type", "application/json")
    return Answer((json.dumps(value).encode(),), status, (kind, *more))


def events(texts: Iterable[bytes]) -> Answer:
    """Server-sent events, one part each."""
    return Answer(tuple(texts), 200, (("content-type", "text/event-stream"),), chunked=True)


def sse(value: Any, name: str = "") -> bytes:
    """One event."""
    text = value if isinstance(value, str) else json.dumps(value)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


Script: TypeAlias = "Callable[[Asked], Answer]"


@dataclass
class Loopback:
    """The server. Answers come from the list, in order, or from a function of the request."""

    answers: list[Answer] = field(default_factory=list)
    script: Script | None = None
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def say(self, *answers: Answer) -> None:
        self.answers.extend(answers)

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            if self.script is None:
                return self.answers.pop(0) if self.answers else whole({"error": "no script"}, 500)
        return self.script(asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128
    loopback: Loopback
    connections: set[socket.socket]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def do_POST(self) -> None:
        asked = Asked(self.command, self.path, tuple(self.headers.items()), self._body())
        self._reply(self.server.loopback.answer(asked))

    do_GET = do_PUT = do_POST

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _reply(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.chunked:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        for part in answer.parts:
            self._write(part, answer.chunked)
        if answer.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif answer.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _write(self, part: Part, chunked: bool) -> None:
        if isinstance(part, threading.Event):
            if not part.wait(_PATIENCE):
                raise TimeoutError("nobody set the event")
        elif chunked:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        else:
            self.wfile.write(part)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def loopback(*answers: Answer, script: Script | None = None) -> Iterator[Loopback]:
    """Serve until the end of the block; every connection is closed then."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.connections = set()
    server.loopback = Loopback(list(answers), script, port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.loopback
    finally:
        server.shutdown()
        thread.join()
        for connection in tuple(server.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()


# ------------------------------------------------------------------ what models say

CALL = {"id": "call_Zb2kQ7LmWx4", "type": "function"}


def chat(text: str | None, *, reasoning: str = "", call: str = "", call_id: str = "") -> Any:
    """A chat completion; ``call`` is the name of a tool that it calls."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if reasoning:
        message["reasoning_content"] = reasoning
    if call:
        function = {"name": call, "arguments": '{"city": "Oslo"}'}
        message["tool_calls"] = [{**CALL, "id": call_id or CALL["id"], "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": usage,
    }


def chat_events(text: str, *, reasoning: str = "", call: str = "") -> list[bytes]:
    """The same as a stream: words one by one, a finish reason, the usage, ``[DONE]``."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": word} for word in _words(reasoning)]
    deltas += [{"content": word} for word in _words(text)]
    if call:
        function = {"name": call, "arguments": ""}
        deltas.append({"tool_calls": [{"index": 0, **CALL, "function": function}]})
        for piece in ('{"city":', ' "Oslo"}'):
            deltas.append({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    chunks = [_chunk({"delta": delta, "finish_reason": None}) for delta in deltas]
    chunks.append(_chunk({"delta": {}, "finish_reason": "tool_calls" if call else "stop"}))
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    chunks.append({**_chunk({}), "choices": [], "usage": usage})
    return [*map(sse, chunks), sse("[DONE]")]


def _chunk(choice: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, **choice}],
    }


def _words(text: str) -> Sequence[str]:
    *words, last = text.split(" ")
    return [*(word + " " for word in words), *([last] if last else [])]


def responses(text: str, *, sealed: str = "", call: str = "") -> Any:
    """A response whose reasoning item is sealed."""
    return {**_RESPONSE, "status": "completed", "output": _items(text, sealed, call)}


_RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "m",
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "store": False,
    "usage": {
        "input_tokens": 7,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 12,
    },
}


def _items(text: str, sealed: str, call: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if sealed:
        thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": sealed}
        items.append(thought)
    if text:
        part = {"type": "output_text", "text": text, "annotations": []}
        said = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
        items.append({**said, "content": [part]})
    if call:
        given = {"name": call, "call_id": CALL["id"], "arguments": '{"city": "Oslo"}'}
        items.append({"type": "function_call", "id": "fc_1", "status": "completed", **given})
    return items


def responses_events(text: str, *, sealed: str = "", call: str = "") -> list[bytes]:
    """The same as a stream."""
    values: list[dict[str, Any]] = []
    begun = {**_RESPONSE, "status": "in_progress", "output": []}
    values.append({"type": "response.created", "response": begun})
    items = _items(text, sealed, call)
    for index, item in enumerate(items):
        empty = {**item, "content": []} if item["type"] == "message" else item
        values.append({"type": "response.output_item.added", "output_index": index, "item": empty})
        if item["type"] == "message":
            values += _text_events(item, index)
        values.append({"type": "response.output_item.done", "output_index": index, "item": item})
    ended = {**_RESPONSE, "status": "completed", "output": items}
    values.append({"type": "response.completed", "response": ended})
    return [sse({**one, "sequence_number": n}, one["type"]) for n, one in enumerate(values)]


def _text_events(item: dict[str, Any], index: int) -> list[dict[str, Any]]:
    place = {"item_id": item["id"], "output_index": index, "content_index": 0}
    part = item["content"][0]
    empty = {**part, "text": ""}
    deltas = [
        {"type": "response.output_text.delta", **place, "delta": word, "logprobs": []}
        for word in _words(part["text"])
    ]
    done = {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []}
    return [
        {"type": "response.content_part.added", **place, "part": empty},
        *deltas,
        done,
        {"type": "response.content_part.done", **place, "part": part},
    ]


def anthropic(text: str, *, thinking: str = "", signature: str = "", call: str = "") -> Any:
    """A message with a signed thinking block."""
    return {**_MESSAGE, "content": _blocks(text, thinking, signature, call), **_stop(call)}


_MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-model",
    "usage": {"input_tokens": 7, "output_tokens": 5},
}


def _stop(call: str) -> dict[str, Any]:
    return {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}


def _blocks(text: str, thinking: str, signature: str, call: str) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if thinking:
        blocks.append({"type": "thinking", "thinking": thinking, "signature": signature})
    if text:
        blocks.append({"type": "text", "text": text})
    if call:
        used = {"id": "toolu_01Ab2Cd3Ef4Gh5", "name": call, "input": {"city": "Oslo"}}
        blocks.append({"type": "tool_use", **used})
    return blocks


def anthropic_events(
    text: str, *, thinking: str = "", signature: str = "", call: str = ""
) -> list[bytes]:
    """The same as a stream."""
    begun = {**_MESSAGE, "content": [], "stop_reason": None, "stop_sequence": None}
    values: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    for index, block in enumerate(_blocks(text, thinking, signature, call)):
        values += _block_events(index, block)
    usage = {"output_tokens": 5}
    values.append({"type": "message_delta", "delta": _stop(call), "usage": usage})
    values.append({"type": "message_stop"})
    return [sse(value, value["type"]) for value in values]


def _block_events(index: int, block: dict[str, Any]) -> list[dict[str, Any]]:
    match block["type"]:
        case "thinking":
            empty = {**block, "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": w} for w in _words(block["thinking"])]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        case "text":
            empty = {**block, "text": ""}
            deltas = [{"type": "text_delta", "text": word} for word in _words(block["text"])]
        case _:
            empty = {**block, "input": {}}
            given = json.dumps(block["input"])
            deltas = [{"type": "input_json_delta", "partial_json": given}]
    return [
        {"type": "content_block_start", "index": index, "content_block": empty},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def gemini(text: str, *, signature: str = "", call: str = "") -> Any:
    """A generated content whose call carries a thought signature."""
    return _candidates(_parts(text, signature, call), "STOP")


def _parts(text: str, signature: str, call: str) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"text": text}] if text else []
    if call:
        parts.append({"functionCall": {"name": call, "args": {"city": "Oslo"}}})
    if signature and parts:
        parts[-1]["thoughtSignature"] = signature
    return parts


def _candidates(parts: list[dict[str, Any]], reason: str) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": parts}}
    if reason:
        candidate["finishReason"] = reason
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 5, "totalTokenCount": 12}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3-pro"}


def gemini_events(text: str, *, signature: str = "", call: str = "") -> list[bytes]:
    """The same as a stream (``alt=sse``)."""
    parts = _parts(text, signature, call)
    last = len(parts) - 1
    return [
        sse(_candidates([part], "STOP" if number == last else ""))
        for number, part in enumerate(parts)
    ]
