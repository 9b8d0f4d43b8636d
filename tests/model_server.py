"""A loopback model server that thinks: it speaks many APIs, and remembers what it was sent.

Each reply thinks a thought that no other reply thinks. After a user's message it calls the tool
``look``, after a tool's result it answers; what it says and calls is the same every time, so that
nothing but ids and thoughts tells two conversations apart.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

ANSWER = "It is sunny."
ARGUMENTS = {"city": "Rome"}
Body = dict[str, Any]
Emit = Callable[[bytes], None]


@dataclass(frozen=True)
class Thought:
    """What one reply thinks and says."""

    text: str
    id: str
    calls: bool

    @property
    def call(self) -> str:
        """Give the tool call's id; Mistral wants nine characters."""
        return self.id[:9]


@dataclass(frozen=True)
class Dialect:
    """One API.

    ``asks`` says whether a request ends in a user's message, ``whole`` makes a reply, ``stream``
    its pieces, ``given`` what a reply carries as reasoning, ``kept`` what a request's assistant
    turns carry, in order, ``None`` for nothing.
    """

    asks: Callable[[Body], bool]
    whole: Callable[[Body, Thought], Body]
    stream: Callable[[Body, Thought], Iterator[Body]]
    given: Callable[[Thought], Any]
    kept: Callable[[Body], list[Any]]
    kind: str = "text/event-stream"
    named: bool = False
    end: bytes = b""


@dataclass
class Server:
    """What has come and gone."""

    origin: str
    dialect: Dialect
    requests: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    thoughts: list[Thought] = field(default_factory=list)
    refuse: Callable[[Body], Body | None] = lambda _: None

    def kept(self) -> list[list[Any]]:
        """Give the reasoning that each request carried, turn by turn."""
        return [self.dialect.kept(body) for body in self.requests]

    def given(self) -> list[Any]:
        """Give the reasoning of all replies in order."""
        return [self.dialect.given(thought) for thought in self.thoughts]

    def forget(self) -> None:
        """Begin anew."""
        self.requests.clear()
        self.headers.clear()
        self.thoughts.clear()


@contextmanager
def serving(dialect: Dialect) -> Iterator[Server]:
    """Run a server on a free port of the loopback interface."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            streams = _streams(self.path, body, dialect)
            with lock:
                server.requests.append(body)
                server.headers.append({k.lower(): v for k, v in self.headers.items()})
                refusal = server.refuse(body)
                if refusal is None:
                    number = len(server.thoughts)
                    thought = Thought(
                        f"thought {number} {uuid4().hex}", uuid4().hex, dialect.asks(body)
                    )
                    server.thoughts.append(thought)
            if refusal is not None:
                self._send(400, "application/json", json.dumps(refusal).encode())
            elif streams:
                pieces = [_framed(dialect, piece) for piece in dialect.stream(body, thought)]
                self._send(200, dialect.kind, b"".join([*pieces, dialect.end]))
            else:
                reply = json.dumps(dialect.whole(body, thought)).encode()
                self._send(200, "application/json", reply)

        def _send(self, status: int, kind: str, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None: ...

    with Quiet(("127.0.0.1", 0), Handler) as http:
        # A path of its own: LangChain keeps one HTTP client for each base URL, and ports return.
        place = f"http://127.0.0.1:{http.server_address[1]}/{uuid4().hex[:8]}"
        server = Server(place, dialect)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def _streams(path: str, body: Body, dialect: Dialect) -> bool:
    if "streamGenerateContent" in path:
        return True
    return bool(body.get("stream", dialect.kind == "application/x-ndjson"))


def _framed(dialect: Dialect, piece: Body) -> bytes:
    data = json.dumps(piece).encode()
    if dialect.kind == "application/x-ndjson":
        return data + b"\n"
    name = f"event: {piece['type']}\n".encode() if dialect.named else b""
    return name + b"data: " + data + b"\n\n"


# --- chat completions: reasoning in one member of the message


def _chat_asks(body: Body) -> bool:
    return bool(body["messages"][-1]["role"] == "user" and body.get("tools"))


def _assistants(body: Body) -> list[Body]:
    return [message for message in body["messages"] if message["role"] == "assistant"]


def _chat_message(name: str, given: Callable[[Thought], Any], thought: Thought) -> Body:
    message: Body = {"role": "assistant", "content": None if thought.calls else ANSWER}
    message[name] = given(thought)
    if thought.calls:
        function = {"name": "look", "arguments": json.dumps(ARGUMENTS)}
        message["tool_calls"] = [{"id": thought.call, "type": "function", "function": function}]
    return message


_DONE = b"data: [DONE]\n\n"
_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def chat(name: str = "reasoning_content") -> Dialect:
    """Chat completions, with reasoning as ``reasoning_content``, ``reasoning`` or details."""
    details = name == "reasoning_details"

    def given(thought: Thought) -> Any:
        if not details:
            return thought.text
        return [{"type": "reasoning.text", "text": thought.text, "signature": f"s{thought.id}",
                 "format": "unknown", "index": 0, "id": f"r{thought.id}"}]  # fmt: skip

    def head(body: Body, thought: Thought, kind: str) -> Body:
        return {"id": f"gen-{thought.id}", "object": kind, "created": 1, "model": body["model"],
                "system_fingerprint": "f"}  # fmt: skip

    def whole(body: Body, thought: Thought) -> Body:
        message = _chat_message(name, given, thought)
        reason = "tool_calls" if thought.calls else "stop"
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return head(body, thought, "chat.completion") | {"choices": [choice], "usage": _USAGE}

    def stream(body: Body, thought: Thought) -> Iterator[Body]:
        message = _chat_message(name, given, thought)
        middle = len(thought.text) // 2
        if details:
            part = message.pop(name)[0]
            first = {**part, "text": thought.text[:middle], "signature": None}
            deltas: list[Body] = [
                {name: [first]},
                {name: [{**part, "text": thought.text[middle:]}]},
            ]
        else:
            deltas = [{name: thought.text[:middle]}, {name: thought.text[middle:]}]
        deltas[0] |= {"role": "assistant", "content": ""}
        if thought.calls:
            deltas.append({"tool_calls": [{"index": 0, **message["tool_calls"][0]}]})
        else:
            deltas += [{"content": ANSWER[:3]}, {"content": ANSWER[3:]}]
        last = "tool_calls" if thought.calls else "stop"
        for number, delta in enumerate([*deltas, {}]):
            reason = last if number == len(deltas) else None
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            yield head(body, thought, "chat.completion.chunk") | {"choices": [choice]}
        yield head(body, thought, "chat.completion.chunk") | {"choices": [], "usage": _USAGE}

    def kept(body: Body) -> list[Any]:
        return [message.get(name) for message in _assistants(body)]

    return Dialect(_chat_asks, whole, stream, given, kept, end=_DONE)


# --- Mistral: reasoning as a chunk of the content


def _mistral_given(thought: Thought) -> Any:
    return {"type": "thinking", "thinking": [{"type": "text", "text": thought.text}]}


def mistral() -> Dialect:
    """Mistral's chat completions."""
    plain = chat("reasoning_content")

    def content(thought: Thought) -> list[Body]:
        said = [] if thought.calls else [{"type": "text", "text": ANSWER}]
        return [_mistral_given(thought), *said]

    def whole(body: Body, thought: Thought) -> Body:
        reply = plain.whole(body, thought)
        message = reply["choices"][0]["message"]
        message.pop("reasoning_content")
        message["content"] = content(thought)
        return reply

    def stream(body: Body, thought: Thought) -> Iterator[Body]:
        pieces = list(plain.stream(body, thought))
        for piece in pieces:
            for choice in piece["choices"]:
                text = choice["delta"].pop("reasoning_content", None)
                if text is not None:
                    choice["delta"]["content"] = [
                        {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
                    ]
            yield piece

    def kept(body: Body) -> list[Any]:
        return [_first(message.get("content"), "thinking") for message in _assistants(body)]

    return Dialect(_chat_asks, whole, stream, _mistral_given, kept, end=_DONE)


def _first(content: Any, *kinds: str) -> Any:
    parts = content if isinstance(content, list) else []
    return next((part for part in parts if part.get("type") in kinds), None)


# --- Ollama


def _ollama_reply(body: Body, thought: Thought, message: Body, done: bool) -> Body:
    reply = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z", "message": message}
    return reply | {"done": done} | ({"done_reason": "stop"} if done else {})


def _ollama_message(thought: Thought) -> Body:
    message: Body = {"role": "assistant", "content": "" if thought.calls else ANSWER}
    message["thinking"] = thought.text
    if thought.calls:
        message["tool_calls"] = [{"function": {"name": "look", "arguments": ARGUMENTS}}]
    return message


def _ollama_stream(body: Body, thought: Thought) -> Iterator[Body]:
    middle = len(thought.text) // 2
    for text in (thought.text[:middle], thought.text[middle:]):
        message: Body = {"role": "assistant", "content": "", "thinking": text}
        yield _ollama_reply(body, thought, message, False)
    rest = _ollama_message(thought)
    rest.pop("thinking")
    yield _ollama_reply(body, thought, rest, False)
    yield _ollama_reply(body, thought, {"role": "assistant", "content": ""}, True)


def ollama() -> Dialect:
    """Ollama's own API."""
    return Dialect(
        _chat_asks,
        lambda body, thought: _ollama_reply(body, thought, _ollama_message(thought), True),
        _ollama_stream,
        lambda thought: thought.text,
        lambda body: [message.get("thinking") for message in _assistants(body)],
        kind="application/x-ndjson",
    )


# --- Anthropic


def _anthropic_asks(body: Body) -> bool:
    content = body["messages"][-1]["content"]
    blocks = content if isinstance(content, list) else []
    return bool(body.get("tools")) and not (blocks and blocks[-1]["type"] == "tool_result")


def _anthropic_given(thought: Thought) -> Any:
    return {"type": "thinking", "thinking": thought.text, "signature": f"sig-{thought.id}"}


def _anthropic_content(thought: Thought) -> list[Body]:
    said: Body = {"type": "text", "text": ANSWER}
    if thought.calls:
        said = {"type": "tool_use", "id": thought.call, "name": "look", "input": ARGUMENTS}
    return [_anthropic_given(thought), said]


def _anthropic_whole(body: Body, thought: Thought) -> Body:
    reason = "tool_use" if thought.calls else "end_turn"
    return {"id": f"msg_{thought.id}", "type": "message", "role": "assistant",
            "model": body["model"], "content": _anthropic_content(thought), "stop_reason": reason,
            "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip


def _anthropic_stream(body: Body, thought: Thought) -> Iterator[Body]:
    whole = _anthropic_whole(body, thought)
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}}
    for index, block in enumerate(whole["content"]):
        at = {"index": index}
        match block["type"]:
            case "thinking":
                start: Body = {"type": "thinking", "thinking": "", "signature": ""}
                deltas: list[Body] = [{"type": "thinking_delta", "thinking": block["thinking"][:5]},
                          {"type": "thinking_delta", "thinking": block["thinking"][5:]},
                          {"type": "signature_delta", "signature": block["signature"]}]  # fmt: skip
            case "text":
                start = {"type": "text", "text": ""}
                deltas = [{"type": "text_delta", "text": block["text"]}]
            case _:
                start = {**block, "input": {}}
                deltas = [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
        yield {"type": "content_block_start", **at, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", **at, "delta": delta}
        yield {"type": "content_block_stop", **at}
    end = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": 1}}
    yield {"type": "message_stop"}


def anthropic() -> Dialect:
    """Anthropic's Messages."""
    return Dialect(
        _anthropic_asks,
        _anthropic_whole,
        _anthropic_stream,
        _anthropic_given,
        lambda body: [_first(message["content"], "thinking") for message in _assistants(body)],
        named=True,
    )


# --- OpenAI Responses


def _responses_asks(body: Body) -> bool:
    last = body["input"][-1]
    return bool(body.get("tools")) and last.get("type") != "function_call_output"


def _responses_given(thought: Thought) -> Any:
    return {"id": f"rs_{thought.id}", "type": "reasoning", "summary": [],
            "encrypted_content": f"gAAA{thought.text}"}  # fmt: skip


def _responses_items(thought: Thought) -> list[Body]:
    text = {"type": "output_text", "text": ANSWER, "annotations": []}
    said: Body = {"id": f"msg_{thought.id}", "type": "message", "role": "assistant",
                  "status": "completed", "content": [text]}  # fmt: skip
    if thought.calls:
        said = {"id": f"fc_{thought.id}", "type": "function_call", "call_id": thought.call,
                "name": "look", "arguments": json.dumps(ARGUMENTS),
                "status": "completed"}  # fmt: skip
    return [_responses_given(thought), said]


def _responses_whole(body: Body, thought: Thought) -> Body:
    return {"id": f"resp_{thought.id}", "object": "response", "created_at": 1,
            "status": "completed",
            "model": body["model"], "output": _responses_items(thought), "error": None,
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "metadata": {},
            "incomplete_details": None, "instructions": None, "temperature": 1, "top_p": 1,
            "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
                      "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                      "output_tokens_details": {"reasoning_tokens": 1}}}  # fmt: skip


def _responses_stream(body: Body, thought: Thought) -> Iterator[Body]:
    for number, event in enumerate(_responses_events(_responses_whole(body, thought))):
        yield {**event, "sequence_number": number}


def _responses_events(whole: Body) -> Iterator[Body]:
    empty = {**whole, "output": [], "status": "in_progress", "usage": None}
    yield {"type": "response.created", "response": empty}
    for index, item in enumerate(whole["output"]):
        at: Body = {"output_index": index, "item_id": item["id"]}
        start = {k: v for k, v in item.items() if k != "encrypted_content"}
        if item["type"] == "message":
            start |= {"content": [], "status": "in_progress"}
        if item["type"] == "function_call":
            start |= {"arguments": ""}
        yield {"type": "response.output_item.added",
               "output_index": index, "item": start}  # fmt: skip
        if item["type"] == "message":
            part = {"type": "output_text", "text": "", "annotations": []}
            at |= {"content_index": 0}
            yield {"type": "response.content_part.added", **at, "part": part}
            yield {"type": "response.output_text.delta", **at, "delta": ANSWER, "logprobs": []}
            yield {"type": "response.output_text.done", **at, "text": ANSWER, "logprobs": []}
            yield {"type": "response.content_part.done", **at, "part": {**part, "text": ANSWER}}
        if item["type"] == "function_call":
            said = item["arguments"]
            yield {"type": "response.function_call_arguments.delta", **at, "delta": said}
            yield {"type": "response.function_call_arguments.done", **at, "arguments": said}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {"type": "response.completed", "response": whole}


def _responses_kept(body: Body) -> list[Any]:
    """Give for each assistant's item that speaks the reasoning item right before it."""
    found: list[Any] = []
    before: Body = {}
    for item in body["input"]:
        if item.get("type") == "function_call" or item.get("role") == "assistant":
            found.append(before if before.get("type") == "reasoning" else None)
        before = item
    return found


def responses() -> Dialect:
    """OpenAI's Responses, with encrypted reasoning."""
    return Dialect(
        _responses_asks,
        _responses_whole,
        _responses_stream,
        _responses_given,
        _responses_kept,
        named=True,
    )


# --- Gemini


def _gemini_asks(body: Body) -> bool:
    parts = body["contents"][-1]["parts"]
    return bool(body.get("tools")) and not any("functionResponse" in part for part in parts)


def _gemini_parts(thought: Thought) -> list[Body]:
    said: Body = {"text": ANSWER}
    if thought.calls:
        said = {"functionCall": {"name": "look", "args": ARGUMENTS}}
    return [{**said, "thoughtSignature": _gemini_given(thought)}]


def _gemini_given(thought: Thought) -> str:
    return f"{thought.id}AA=="


def _gemini_whole(body: Body, thought: Thought) -> Body:
    content = {"role": "model", "parts": _gemini_parts(thought)}
    return {"candidates": [{"index": 0, "content": content, "finishReason": "STOP"}],
            "modelVersion": "g", "responseId": thought.id,
            "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1,
                              "totalTokenCount": 2}}  # fmt: skip


def _gemini_kept(body: Body) -> list[Any]:
    turns = [turn["parts"] for turn in body["contents"] if turn["role"] == "model"]
    return [
        next((p["thoughtSignature"] for p in parts if p.get("thoughtSignature")), None)
        for parts in turns
    ]


def gemini() -> Dialect:
    """Gemini's generateContent."""
    return Dialect(
        _gemini_asks,
        _gemini_whole,
        lambda b, t: iter([_gemini_whole(b, t)]),
        _gemini_given,
        _gemini_kept,
    )
