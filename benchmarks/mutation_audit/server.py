"""A model server on loopback: the script, in whole replies and in streams of small chunks.

It speaks chat completions under `/CONVERSATION/CELL/v1/chat/completions` and keeps every request
body as it came. What to say next is read from the request alone: after a tool's result it answers,
otherwise it calls the tool.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from script import (
    ANSWERS,
    ARGUMENTS,
    PREAMBLE,
    QUESTIONS,
    RESULT,
    TOOL,
    TOOL_ID,
    Cell,
    Reply,
    details,
    reasoning,
    tagged,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ModelServer", "Received"]

_CHUNK = 61  # bytes per write, so that an event's bytes seldom arrive together
_PIECE = 9  # characters per delta


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived, and the number of the reply that it got."""

    body: str
    number: int


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that leave: some frameworks end by dropping the connection."""


@dataclass(slots=True)
class ModelServer:
    """The server, and what it received by conversation (`FRAMEWORK-ARM/CELL`)."""

    received: dict[str, list[Received]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _http: ThreadingHTTPServer | None = None

    def __enter__(self) -> ModelServer:
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()

    @property
    def origin(self) -> str:
        """Return the server's own URL."""
        assert self._http is not None
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def note(self, key: str, body: str) -> Reply:
        """Keep a request and return the reply to it."""
        request = json.loads(body)
        with self._lock:
            calls = self.received.setdefault(key, [])
            reply = _next(request, len(calls) + 1)
            calls.append(Received(body, reply.number))
        return reply


def _next(request: dict[str, Any], number: int) -> Reply:
    seen = json.dumps(request.get("messages", []), ensure_ascii=False)
    turn = 1 if QUESTIONS[1] in seen else 0
    if seen.rfind(RESULT) < seen.rfind(QUESTIONS[turn]):
        return Reply(number, PREAMBLE, (TOOL, ARGUMENTS))
    tools = {tool["function"]["name"] for tool in request.get("tools") or ()}
    if "final_answer" in tools:  # smolagents ends a turn by a call
        return Reply(number, "", ("final_answer", json.dumps({"answer": ANSWERS[turn]})))
    return Reply(number, ANSWERS[turn], None)


def _whole(key: str, cell: Cell, reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    thought = reasoning(key, reply.number)
    if cell.form == "think_tags":
        message["content"] = tagged(key, reply.number) + reply.text
    elif cell.form == "reasoning_details":
        message |= {"reasoning": thought, "reasoning_details": details(key, reply.number)}
    else:
        message[cell.form] = thought
    if reply.call:
        name, arguments = reply.call
        function = {"name": name, "arguments": arguments}
        message["tool_calls"] = [{"id": TOOL_ID, "type": "function", "function": function}]
    return message


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    for entry in message.get("reasoning_details", ()):
        yield from _fragments(entry)
    if "reasoning_details" not in message:
        for name in ("reasoning_content", "reasoning"):
            yield from ({name: piece} for piece in _pieces(message.get(name, "")))
    yield from ({"content": piece} for piece in _pieces(message["content"]))
    for call in message.get("tool_calls", ()):
        function = call["function"]
        first = {"index": 0, **call, "function": {**function, "arguments": ""}}
        yield {"tool_calls": [first]}
        for piece in _pieces(function["arguments"]):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _fragments(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an entry as OpenRouter streams it: text in pieces, the signature alone and last."""
    if entry["type"] != "reasoning.text":
        yield {"reasoning_details": [entry]}
        return
    common = {name: entry[name] for name in ("type", "format", "index")}
    for piece in _pieces(entry["text"]):
        yield {"reasoning": piece, "reasoning_details": [{**common, "text": piece}]}
    yield {"reasoning_details": [{**common, "signature": entry["signature"]}]}


def _pieces(text: str) -> Iterator[str]:
    yield from (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))


_USAGE = {"prompt_tokens": 40, "completion_tokens": 20, "total_tokens": 60}


def _events(base: dict[str, Any], message: dict[str, Any], finish: str) -> Iterator[bytes]:
    for delta in _deltas(message):
        yield _event(base, [{"index": 0, "delta": delta, "finish_reason": None}])
    yield _event(base, [{"index": 0, "delta": {}, "finish_reason": finish}])
    yield _event({**base, "usage": _USAGE}, [])
    yield b"data: [DONE]\n\n"


def _event(base: dict[str, Any], choices: list[dict[str, Any]]) -> bytes:
    chunk = {**base, "object": "chat.completion.chunk", "choices": choices}
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            self._json({"error": {"message": "nothing here"}}, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            conversation, cell, *rest = self.path.strip("/").split("/")
            if rest != ["v1", "chat", "completions"]:
                self._json({"error": {"message": f"no such path: {self.path}"}}, 404)
                return
            key = f"{conversation}/{cell}"
            reply = server.note(key, body)
            self._answer(json.loads(body), _whole(key, Cell.named(cell), reply), reply)

        def _answer(self, request: dict[str, Any], message: dict[str, Any], reply: Reply) -> None:
            finish = "tool_calls" if reply.call else "stop"
            name = f"chatcmpl-{reply.number}"
            model = request.get("model", "")
            base = {"id": name, "created": 1, "model": model, "system_fingerprint": "scripted"}
            if request.get("stream"):
                self._stream(b"".join(_events(base, message, finish)))
                return
            choice = {"index": 0, "message": message, "finish_reason": finish}
            whole = {**base, "object": "chat.completion", "usage": _USAGE, "choices": [choice]}
            self._json(whole)

        def _json(self, value: object, status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, data: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for at in range(0, len(data), _CHUNK):
                part = data[at : at + _CHUNK]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

    return Handler
